"""The path, one stage a file, and the satellites that help along it.

`run` tells the story; what is decided stands in `models.rules`, what is done in `activities`.
Imports `models.messages`, `models.lifecycles`, `models.rules` and the activities' signatures.
"""
