"""What has just been done, said once at the top of the page that comes after it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class FlashMessage:
    """One message at the top of a page."""

    text: str
    tone: str = ""
    icon: str = "check"
