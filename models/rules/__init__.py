"""Pure decisions: deadlines, who is on turn, who may do what, the next step, the rank of coaches, what a jury judges.

No I/O, no clock of its own: `now` is always an argument. Imports lifecycles, messages and vocabulary.
"""
