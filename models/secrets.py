"""What people prove themselves with: long random secrets for links and cookies, short codes for typing.

Only digests are kept. A long secret needs no key for that; a short code could be guessed from its plain digest.
"""

import hashlib
import hmac
import secrets

ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""No 0, 1, I, O: they are mistaken for each other. 32 letters, so eight of them are 40 bits."""

CODE_LENGTH = 8


def new_secret() -> str:
    """256 bits, as text for an address or a cookie."""
    return secrets.token_urlsafe(32)


def hash_secret(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def keyed_hash(key: str, purpose: str, text: str) -> str:
    """The digest of something that could be guessed. Without the key it tells nothing."""
    return hmac.new(key.encode(), f"{purpose}/{text}".encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()


def derive_key(key: str, purpose: str) -> bytes:
    """A key of its own for each purpose: what is signed for one proves nothing for another."""
    return hmac.digest(key.encode(), f"ideenweg/{purpose}".encode(), "sha256")


def new_code() -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))


def show_code(code: str) -> str:
    """In two halves, which are easier to copy.

    >>> show_code("ABCDEFGH")
    'ABCD-EFGH'
    """
    return f"{code[: CODE_LENGTH // 2]}-{code[CODE_LENGTH // 2 :]}"


def read_code(typed: str) -> str | None:
    """A code as it was typed, with or without its hyphen; None for what cannot be one.

    >>> read_code(" abcd efgh ")
    'ABCDEFGH'
    """
    code = "".join(sign for sign in typed[:40].upper() if sign.isalnum())
    return code if len(code) == CODE_LENGTH and set(code) <= set(ALPHABET) else None
