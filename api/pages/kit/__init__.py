"""Shared parts of pages: rendering, forms, fields, visitors, presenters of turns and timelines. No route is here.

It may import no page.
"""
