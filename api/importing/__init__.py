"""Ideas out of somebody else's table: read the file, map its columns, check every row, write drafts, hand them in.

Imports `api.exporting`, `api.ideas`, `api.letters`, `api.services` and models.
`api/commands/import_.py` and `runs.py`, for pages, put the parts together.
"""
