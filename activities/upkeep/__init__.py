"""Upkeep: comparing SQL with the workflows, letting go of what has had its time, the leads' weekly overview.

The activities of the scheduled workflows; the commands `ideenweg reconcile`, `rebuild`, `retention` and `erase` call
the same functions.
"""
