"""Rendering of notice mails, as text and as HTML. One mail tells one person of all notices that have come together."""
