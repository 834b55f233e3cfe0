"""Backup and restore: one archive with the database and, where it is ours, Temporal's memory.

The secret key is not in it: keep that in another place.
"""
