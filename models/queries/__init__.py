"""Read models: what lists and pages show. Each takes a session, asks a fixed number of statements, writes nothing.

Imports tables and everything below them.
"""
