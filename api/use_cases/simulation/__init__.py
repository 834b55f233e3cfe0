"""Simulation of the process: a year in seconds, on the rules that the workflows carry out, in memory.

Only the people are made up: `behaviour` says what they do and how long they take, `population` what they have in mind,
`deeds` what they ask. `year` lets day follow day, `books` keeps places and offers, `summary` counts what came of it.
"""
