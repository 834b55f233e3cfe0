"""Signing in: sessions and their cookies, letters with a link and a code, the staff's provider, and what slows down
whoever asks too often. Pages of it are in `api.pages.sign_in`.
"""
