"""Startnext by hand: any way of pasting an address leads to its one normal form, and nothing else is taken."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from activities.adapters.crowdfunding.startnext_manual import PAGES_OF_STARTNEXT, PREFIXES, StartnextManual
from activities.ports.crowdfunding import CampaignAddress, Cause, PlatformError, WrongAddress
from models.i18n import languages, texts_in
from models.messages.package import Package

STARTNEXT = StartnextManual()
LETTERS = string.ascii_letters + string.digits

campaigns = st.builds(
    lambda first, rest: first + rest, st.sampled_from(LETTERS), st.text(LETTERS + "-_", max_size=99)
).filter(lambda key: key.lower() not in PAGES_OF_STARTNEXT | PREFIXES)
pasted = st.builds(
    lambda before, scheme, host, prefix, tail, after: (f"{before}{scheme}{host}/{prefix}", f"{tail}{after}"),
    st.sampled_from(["", " ", "\n", "<", "„", "\ufeff"]),
    st.sampled_from(["", "https://", "HTTPS://", "http://"]),
    st.sampled_from(["startnext.com", "www.startnext.com", "WWW.Startnext.COM"]),
    st.sampled_from(["", "/", "project/", "projekt/", "de/", "en/project/"]),
    st.sampled_from(["", "/", "/blog", "/widget/?w=200&l=de", "?utm_source=mail", "#faq", "/?a=/b#c"]),
    st.sampled_from(["", " ", "\n", ">", "“", ".", ","]),
)


def read_or_refuse(text: str) -> CampaignAddress | str:
    """The address, or the key of the words that refuse it."""
    try:
        return STARTNEXT.read_address(text)
    except WrongAddress as error:
        return error.key


def key_of(text: str) -> str:
    refused = read_or_refuse(text)
    assert isinstance(refused, str)
    return refused.removeprefix("crowdfunding.address.")


@given(campaigns, pasted)
def test_however_it_is_pasted_a_campaign_has_one_address(campaign: str, around: tuple[str, str]) -> None:
    before, after = around
    address = STARTNEXT.read_address(before + campaign + after)
    assert address == CampaignAddress(
        platform="startnext", reference=campaign, url=f"https://www.startnext.com/{campaign}"
    )
    assert STARTNEXT.read_address(address.url) == address


@given(
    st.text(max_size=200)
    | st.text(alphabet="startnex.comwhp:/?#@\\%[]-\u212a\u017f\u0131\t ", max_size=60)
    | st.builds(lambda text: f"https://www.startnext.com{text}", st.text(max_size=60))
)
def test_any_text_is_an_address_in_its_normal_form_or_a_wrong_one(text: str) -> None:
    answer = read_or_refuse(text)
    if isinstance(answer, CampaignAddress):
        assert STARTNEXT.read_address(answer.url) == answer
        assert answer.url.isascii()
    else:
        assert all(texts_in(language).has(answer) for language in languages())


@pytest.mark.parametrize("text", ["", "   ", "\n", "<>", "„“"])
def test_nothing_is_no_address(text: str) -> None:
    assert key_of(text) == "empty"


@pytest.mark.parametrize("text", ["ftp://www.startnext.com/a", "javascript://www.startnext.com/a", "file:///a"])
def test_only_web_addresses_are_taken(text: str) -> None:
    assert key_of(text) == "no_address"


@pytest.mark.parametrize(
    "text",
    [
        "pflegelotsen",
        "https://example.org/pflegelotsen",
        "https://startnext.com.example.org/pflegelotsen",
        "https://example.org/www.startnext.com/pflegelotsen",
        "https://notstartnext.com/pflegelotsen",
        "https://startnext.de/pflegelotsen",
        "https://api.startnext.com/pflegelotsen",
        "https://alma@www.startnext.com/pflegelotsen",
        "https://alma:geheim@www.startnext.com/pflegelotsen",
        "https://www.startnext.com@example.org/pflegelotsen",
        "https://www.startnext.com\\@example.org/pflegelotsen",
        "https://example.org\\@www.startnext.com/pflegelotsen",
        "https://www.startnext.com:443/pflegelotsen",
        "https://www.startnext.com:8443/pflegelotsen",
        "https://www.startnext.com./pflegelotsen",
        "https://www.ſtartnext.com/pflegelotsen",
        "https://www.stаrtnext.com/pflegelotsen",  # a Cyrillic a
        "https://www.startnext。com/pflegelotsen",
        "https://xn--strtnext-2fg.com/pflegelotsen",
        "https://www.start\tnext.com/pflegelotsen",
        "//www.startnext.com/pflegelotsen",
        "https:/www.startnext.com/pflegelotsen",
        "https://[::1]/pflegelotsen",
        "https://[",
        "Meine Kampagne: www.startnext.com/pflegelotsen",
    ],
)
def test_other_sites_and_look_alikes_are_refused(text: str) -> None:
    assert key_of(text) == "other_site"


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/",
        "/?pflegelotsen",
        "/#pflegelotsen",
        "/hilfe/FAQ/starten~dbJ-ntbj9.html",
        "/Help/handbook/project-page.html",
        "/myty/api/crowdfunding/project/pflegelotsen",
        "/Projekte.html",
        "/project/",
        "/en",
        "/en/project",
        "/pflege%2Flotsen",
        "/pflegelösen",
        "/pflege lotsen",
        "/-pflegelotsen",
        "/..",
        "/" + "a" * 101,
    ],
)
def test_startnexts_own_pages_are_no_campaigns(path: str) -> None:
    assert key_of(f"https://www.startnext.com{path}") == "no_campaign"


async def test_a_person_enters_the_draft_and_is_told_how_in_every_language() -> None:
    submission = await STARTNEXT.submit_draft(Package(), key="crowdfunding/1/1")
    assert not submission.done
    assert [step.key for step in submission.steps][:2] == ["account", "draft"]
    assert {step.url for step in submission.steps} == {"", "https://www.startnext.com"}
    for language in languages():
        assert all(texts_in(language).has(f"crowdfunding.step.{step.key}") for step in submission.steps)


async def test_nothing_is_read() -> None:
    assert not STARTNEXT.capabilities().reads_status
    assert not STARTNEXT.capabilities().creates_drafts
    with pytest.raises(PlatformError) as caught:
        await STARTNEXT.read_status("pflegelotsen")
    assert caught.value.cause is Cause.NOT_SUPPORTED


@pytest.mark.parametrize("language", languages())
def test_every_cause_and_every_platform_has_its_words(language: str) -> None:
    texts = texts_in(language)
    assert [cause for cause in Cause if not texts.has(f"crowdfunding.cause.{cause}")] == []
    assert all(texts.has(f"crowdfunding.platform.{name}") for name in ("startnext", "sandbox"))
