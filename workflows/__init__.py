"""Temporal workflows: the path of an idea, one file for each stage, and those beside it, such as the coach search.
README.md here lists them with their diagrams.

`run` tells the story; what is decided stands in `models.rules`, what is done in `activities`.
Imports `models.messages`, `models.lifecycles`, `models.rules` and the activities' signatures.
"""
