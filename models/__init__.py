"""What the platform knows: vocabulary, messages, state machines, rules, tables and read models.

Imports nothing from the packages above it (activities, workflows, api).
"""
