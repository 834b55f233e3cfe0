"""Handing in an idea, one topic a page."""
