"""Adapters of the mailer port: an SMTP server, or the local mailbox of the database."""
