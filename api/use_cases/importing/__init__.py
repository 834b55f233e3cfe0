"""Ideas out of somebody else's table: read the file, map its columns, check every row, write drafts, hand them in.

Imports `api.use_cases.export`, `api.use_cases.commands`, `api.use_cases.secret_mails`, `api.runtime.services` and models.
`api/operations/commands/import_.py` and `runs.py`, for pages, put the parts together.
"""
