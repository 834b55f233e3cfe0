"""HTTP plumbing: what happens to a request before and after a route, without a word of the domain.

It may import use_cases and runtime.
"""
