"""State of a running process: services, caches, the rate limiter, the wait for the read model.

It may import everything below `api`, and no other room.
"""
