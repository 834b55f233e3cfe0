"""Scheduled maintenance: reconciling SQL with the workflows, retention, erasure, the leads' weekly digest.

The activities of the scheduled workflows; the commands `ideenweg reconcile`, `rebuild`, `retention` and `erase` call
the same functions.
"""
