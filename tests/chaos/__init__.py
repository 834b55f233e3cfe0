"""The whole installation under attack, and a checker that proves that nothing was lost.

`town` builds it, `links` are the networks between its parts, `trouble` plans the attacks, `faults` make activities
fail, `people` ask and remember every answer, `witness` writes down what is there at the end, `checker` judges.
"""
