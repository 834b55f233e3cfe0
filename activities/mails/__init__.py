"""What mails say and how they look. One mail tells one person of everything that has come together for them."""
