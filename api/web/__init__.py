"""HTTP plumbing: middleware, CSRF, cookies, rate limits, static files, problem documents; nothing of the domain.

It may import use_cases and runtime.
"""
