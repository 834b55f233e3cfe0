"""Signing in: sessions and their cookies, letters with a link and a code, the staff's provider. Pages of it are
in `api.pages.sign_in.sign_in`."""
