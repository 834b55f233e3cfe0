"""Demo data: made-up people, their ideas, and the loader that tells each idea's story through the real rules.

Imports all layers below `api`; nothing imports it but `api.operations.commands.demo`.
"""
