"""Logs, metrics and traces for whoever runs the platform. None of them ever holds anybody's words.

A leaf: it knows nothing of ideas, and everything above may use it.
"""
