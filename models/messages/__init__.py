"""Messages between processes: commands, receipts, the travelling state, effects. Pydantic, frozen where it can be.

Ids, enums, dates and numbers only: these values are written into workflow histories in plain text.
Imports `models.vocabulary` only.
"""
