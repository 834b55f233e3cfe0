"""Coming in: by mail, passkey, provider or invitation; the second factor; the way back to where one was."""
