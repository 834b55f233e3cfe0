"""The domain and its data: vocabulary, messages, state machines, rules, tables and read models. README.md here has the
glossary.

Imports nothing from the packages above it (activities, workflows, api).
"""
