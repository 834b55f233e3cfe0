"""What happens, told to whoever runs the platform: log lines, figures, traces. None of them ever holds anybody's words.

A leaf: it knows nothing of ideas, and everything above may use it.
"""
