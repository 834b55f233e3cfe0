"""Signed links do one thing, for one person, and nothing once a sign of them is changed."""

from datetime import timedelta

import pytest
from itsdangerous import TimestampSigner

from activities.mails.links import LinkBroken, LinkExpired, Links, Question, Refused
from models.tables.columns import new_id
from models.vocabulary import NoticeGroup

LINKS = Links("a key of tests, long enough to sign", "https://ideen.example.org")
QUESTION = Question(new_id(), new_id(), new_id(), 17)
MONTH = timedelta(days=30)


def token_of(url: str) -> str:
    return url.rpartition("/")[2]


def test_a_question_comes_back_as_it_was_asked() -> None:
    url = LINKS.answer(QUESTION)
    assert url.startswith("https://ideen.example.org/antwort/")
    assert LINKS.read_question(token_of(url), MONTH) == QUESTION


def test_a_refusal_comes_back_and_never_expires(monkeypatch: pytest.MonkeyPatch) -> None:
    refused = Refused(QUESTION.account_id, NoticeGroup.NEWS)
    assert LINKS.read_refused(token_of(LINKS.unsubscribe(refused))) == refused


def test_each_sign_of_a_link_counts() -> None:
    token = token_of(LINKS.answer(QUESTION))
    for place in range(0, len(token) - 1, 7):
        changed = token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
        with pytest.raises(LinkBroken):
            LINKS.read_question(changed, MONTH)


@pytest.mark.parametrize("token", ["", ".", "x.y.z", "💌", "." * 300, "null"])
def test_what_is_no_link_is_told_so(token: str) -> None:
    with pytest.raises(LinkBroken):
        LINKS.read_question(token, MONTH)
    with pytest.raises(LinkBroken):
        LINKS.read_refused(token)


def test_another_installation_signs_otherwise() -> None:
    other = Links("another key of tests, long enough too", "https://ideen.example.org")
    with pytest.raises(LinkBroken):
        other.read_question(token_of(LINKS.answer(QUESTION)), MONTH)


def test_a_link_of_one_kind_opens_no_other() -> None:
    refusal = token_of(LINKS.unsubscribe(Refused(QUESTION.account_id, NoticeGroup.NEWS)))
    with pytest.raises(LinkBroken):
        LINKS.read_question(refusal, MONTH)
    with pytest.raises(LinkBroken):
        LINKS.read_refused(token_of(LINKS.answer(QUESTION)))


def test_an_old_link_says_what_it_was_about_and_opens_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    token = token_of(LINKS.answer(QUESTION))
    now = TimestampSigner("x").get_timestamp()
    for days, is_good in ((29, True), (31, False)):
        later = now + days * 24 * 3600
        monkeypatch.setattr(TimestampSigner, "get_timestamp", lambda _self, at=later: at)
        if is_good:
            assert LINKS.read_question(token, MONTH) == QUESTION
        else:
            with pytest.raises(LinkExpired) as expired:
                LINKS.read_question(token, MONTH)
            assert expired.value.question == QUESTION


def test_links_hold_ids_alone() -> None:
    for url in (LINKS.answer(QUESTION), LINKS.unsubscribe(Refused(QUESTION.account_id, NoticeGroup.DIGEST))):
        assert url.isascii()
        assert len(url) < 300
