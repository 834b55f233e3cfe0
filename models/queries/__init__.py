"""Read models: what lists and pages show. Each query takes a session, asks a fixed number of statements
and writes nothing.

Imports tables and everything below them.
"""
