"""What mails say, as text and as HTML. A mail of notices is written here, a secret one in `activities.secret_mails`.

The first tells one person of all notices that have come together.
"""
