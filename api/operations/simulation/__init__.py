"""A year of the platform in minutes: the real workflows and activities on a server that skips time.

Only the people are made up: `habits` says what they do and how long they take, `crowd` what they have in mind,
`year` lets day follow day, `summary` counts what the timelines tell.
"""
