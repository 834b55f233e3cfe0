"""Addresses in mails: pages, and links that act without signing in because we have signed them.

A signed link names accounts, ideas and notices by their ids alone. Whoever holds it may do the one thing it is for.
"""

from datetime import datetime, timedelta
from typing import NamedTuple

from itsdangerous import BadData, SignatureExpired, URLSafeSerializer, URLSafeTimedSerializer

from models.vocabulary import NoticeGroup


class Question(NamedTuple):
    """A question that one notice puts to one person, about an idea as it was at a version."""

    notice_id: str
    account_id: str
    idea_id: str
    version: int


class Refused(NamedTuple):
    """A group of notices that somebody does not want any more."""

    account_id: str
    group: NoticeGroup


class Way(NamedTuple):
    """From a mail to a page. It proves nothing: it saves its reader typing an address."""

    account_id: str
    path: str


class LinkBroken(Exception):
    """We did not sign this, or a piece of it got lost."""


class LinkExpired(Exception):
    """It was good once."""

    def __init__(self, question: Question) -> None:
        self.question = question
        super().__init__("the link has expired")


class Links:
    """Writes and reads the addresses of one installation. `key` is `Settings.signing_key`."""

    def __init__(self, key: str, base_url: str) -> None:
        self.base_url = base_url
        self.key = key
        # The salt keeps a link of one kind from being read as one of another.
        self._questions = URLSafeTimedSerializer(key, salt="ideenweg/answer")
        self._ways = URLSafeTimedSerializer(key, salt="ideenweg/way")
        self._refusals = URLSafeSerializer(key, salt="ideenweg/unsubscribe")

    def page(self, path: str) -> str:
        return f"{self.base_url}/{path}"

    def answer(self, question: Question) -> str:
        return self.page(f"antwort/{self._questions.dumps(question)}")

    def way(self, account_id: str, path: str) -> str:
        """To a page of ours that is for its reader alone. Their address is not in it."""
        return self.page(f"aus-der-mail/{self._ways.dumps(Way(account_id, f'/{path}'))}")

    def unsubscribe(self, refused: Refused) -> str:
        """Holds for ever: who looks at an old mail may still want no more of them."""
        return self.page(f"abbestellen/{self._refusals.dumps(refused)}")

    def read_question(self, token: str, lasts: timedelta) -> Question:
        """Raises LinkBroken, LinkExpired."""
        try:
            return Question(*self._questions.loads(token, max_age=int(lasts.total_seconds())))
        except SignatureExpired:
            raise LinkExpired(Question(*self._questions.loads(token))) from None
        except (BadData, TypeError) as broken:
            raise LinkBroken from broken

    def read_way(self, token: str) -> tuple[Way, datetime]:
        """Where it leads, and when we signed it. Raises LinkBroken."""
        try:
            way, at = self._ways.loads(token, return_timestamp=True)
            return Way(*way), at
        except (BadData, TypeError) as broken:
            raise LinkBroken from broken

    def when_asked(self, token: str) -> datetime:
        """When we signed the link to a question, to the second. Raises LinkBroken."""
        try:
            _, at = self._questions.loads(token, return_timestamp=True)
        except BadData as broken:
            raise LinkBroken from broken
        assert isinstance(at, datetime)
        return at

    def read_refused(self, token: str) -> Refused:
        """Raises LinkBroken."""
        try:
            account_id, group = self._refusals.loads(token)
            return Refused(account_id, NoticeGroup(group))
        except (BadData, TypeError, ValueError) as broken:
            raise LinkBroken from broken
