"""Authentication: sessions and their cookies, mails with a link and a code, passkeys, the staff's provider, bearer
tokens. Its pages are in `api.pages.sign_in`."""
