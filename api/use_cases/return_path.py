"""Where one wanted to go."""

from urllib.parse import urlsplit

LONGEST = 1000


def own_path(text: str | None) -> str | None:
    """A path of our own pages, with its query; None for everything that could lead elsewhere.

    >>> own_path("/ideen?seite=2")
    '/ideen?seite=2'
    >>> own_path("//example.org/ideen") is own_path("https://example.org") is own_path("/\\\\example.org") is None
    True
    """
    if not text or len(text) > LONGEST or not text.startswith("/") or text.startswith("//"):
        return None
    # Browsers read a backslash as a slash, and leave out signs that cannot be seen.
    if "\\" in text or not text.isprintable() or not text.isascii():
        return None
    try:
        parts = urlsplit(text)
    except ValueError:
        return None
    return None if parts.scheme or parts.netloc or parts.fragment else text
