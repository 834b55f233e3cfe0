"""What people ask: one file a noun, each function a verb. No HTTP status and no template.

They may import runtime and everything below `api`.
"""
