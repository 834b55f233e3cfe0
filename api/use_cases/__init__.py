"""Use cases: what people ask of the platform, one file for each noun, one function for each verb. They know no HTTP
status and no template.

They may import runtime and everything below `api`.
"""
