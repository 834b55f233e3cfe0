"""Simulation of the process: a year in minutes, with the real workflows and activities on a server that skips time.

Only the people are made up: `behaviour` says what they do and how long they take, `population` what they have in mind,
`year` lets day follow day, `summary` counts what the timelines tell.
"""
