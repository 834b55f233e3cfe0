"""Ideas out of somebody else's table: read the file, map its columns, check every row, write drafts, hand them in.

Imports `api.ideas`, `api.services` and models. `api/commands/import_.py` puts the parts together.
"""
