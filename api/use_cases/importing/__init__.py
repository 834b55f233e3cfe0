"""Import of ideas from tables: read the file, map its columns, check every row, write drafts, hand them in.

Imports the use cases `export`, `commands` and `secret_mails`, `api.runtime` and models.
`api/operations/commands/import_.py` and `runs.py`, for pages, put the parts together.
"""
