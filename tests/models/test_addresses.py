"""One mailbox, one spelling; and slips that are asked back about."""

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from models.address_typos import COMMON, is_one_slip, suggest_address
from models.addresses import IS_CANONICAL, WrongAddress, canonical_address, is_address, show_address
from models.database import Database
from models.tables import Account

SAME = {
    "alma@example.org": [" Alma@Example.ORG\n", "alma@example.org.", "al\u00adma@exam\u200bple.org"],
    "dora@example.org": ["dora@ｅxample.org", "\ufeffDORA@example.org"],
    "otto@xn--strae-oqa.example": ["otto@straße.example", "otto@STRAẞE.example", "otto@XN--STRAE-OQA.example"],
    "aenne@xn--mllerhof-65a.de": ["aenne@müllerhof.de", "aenne@mu\u0308llerhof.de", "AENNE@Müllerhof。de"],
    "o'brien+ideen@example.org": ["O'Brien+Ideen@example.org"],
}
NONE = [
    *("", "@", "alma", "alma@", "@example.org", "ida@gmail", "alma@example", "alma@.org", "alma@example..org"),
    *("a..b@example.org", ".a@example.org", "a.@example.org", '"alma"@example.org', '"al ma"@example.org'),
    *("alma@example.org>", "Alma <alma@example.org>", "<alma@example.org>", "alma@example.org, dora@example.org"),
    *("al ma@example.org", "alma@exam ple.org", "alma\n@example.org", "alma\x00@example.org", "älma@example.org"),
    *("alma@exa_mple.org", "alma@-example.org", "alma@example-.org", "alma@192.168.1.1", "alma@[192.168.1.1]"),
    *("alma@example.1", f"{'a' * 65}@example.org", f"alma@{'a' * 64}.org", "alma@" + "a." * 130 + "org"),
    *("alma@dora@example.org", "alma@example.org?bcc=dora", "alma@example.org\u0000"),
]


@pytest.mark.parametrize(("one", "typed"), [(one, typed) for one, others in SAME.items() for typed in [one, *others]])
def test_all_spellings_of_a_mailbox_are_one(one: str, typed: str) -> None:
    assert canonical_address(typed) == one


@pytest.mark.parametrize("typed", NONE)
def test_what_no_mail_server_takes_is_no_address(typed: str) -> None:
    assert not is_address(typed)
    with pytest.raises(WrongAddress) as wrong:
        canonical_address(typed)
    assert typed == "" or typed not in str(wrong.value)


PIECES = st.sampled_from(
    [*"abzAZ09äßςİſK.-_+@ \u00ad\u200b\u200d\t\n<>\"'％ｖ。", "xn--", "example", ".org", "@müller.de"]
)


@given(st.lists(PIECES, max_size=14).map("".join) | st.text(max_size=40).map(lambda text: f"{text}@example.org"))
def test_the_canonical_form_is_a_fixed_point_in_ascii_without_blanks(typed: str) -> None:
    try:
        address = canonical_address(typed)
    except WrongAddress:
        return
    assert canonical_address(address) == address
    assert canonical_address(show_address(address)) == address
    assert canonical_address(typed.swapcase() if typed.isascii() else typed) == address
    assert address.isascii()
    assert address.isprintable()
    assert address == address.lower()
    assert not set(address) & set(' <>",;:()[]\\')
    assert address.count("@") == 1
    assert len(address) <= 254


async def test_the_database_takes_what_the_gate_lets_through_and_nothing_else(database: Database) -> None:
    good = [*SAME, "!#$%&'*+/=?^_`{|}~-@example.org", "0@1.de", "6f9619ff-8b86@erased.invalid", "nobody@erased.invalid"]
    bad = [typed for typed in [*NONE, "Alma@example.org", "alma@müller.de", " a@b.de", "a@b.de\n"] if "\0" not in typed]
    assert await _matches(database, good) == good
    # Lengths are for the columns.
    assert [typed for typed in await _matches(database, bad) if len(typed) < 60] == []
    with pytest.raises(Exception, match="ck_account_address"):
        async with database.transaction() as session:
            session.add(Account(email="Alma@example.org", name="Alma"))


async def _matches(database: Database, addresses: Iterable[str]) -> list[str]:
    async with database.engine.connect() as connection:
        asked = text(f"SELECT :typed {IS_CANONICAL}")
        return [typed for typed in addresses if (await connection.execute(asked, {"typed": typed})).scalar_one()]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("alma@gmial.com", "alma@gmail.com"),
        ("alma@gamil.com", "alma@gmail.com"),
        ("alma@web.d", "alma@web.de"),
        ("alma@gmx.dee", "alma@gmx.de"),
        ("alma@t-online.dw", "alma@t-online.de"),
        ("Alma@GMAILCOM", "alma@gmail.com"),
        ("ida@gmail", "ida@gmail.com"),
        ("ida@hotmial.de.", "ida@hotmail.de"),
    ],
)
def test_a_slip_in_a_common_domain_is_noticed(typed: str, meant: str) -> None:
    assert suggest_address(typed) == meant


@pytest.mark.parametrize(
    "typed", ["alma@example.org", "alma@dresden.de", "alma@müllerhof.de", "alma", "", "a b@gmial.com"]
)
def test_other_domains_are_nobodys_slip(typed: str) -> None:
    assert suggest_address(typed) is None


def test_no_common_domain_is_a_slip_of_another() -> None:
    assert [suggest_address(f"alma@{domain}") for domain in COMMON] == [None] * len(COMMON)


@given(st.text("abc.", max_size=6), st.text("abc.", max_size=6))
def test_one_slip_is_one_sign_more_or_less_or_another_or_two_exchanged(one: str, other: str) -> None:
    swapped = {one[:n] + one[n + 1] + one[n] + one[n + 2 :] for n in range(len(one) - 1)}
    shorter = {one[:n] + one[n + 1 :] for n in range(len(one))}
    longer = {one[:n] + sign + one[n:] for n in range(len(one) + 1) for sign in "abc."}
    changed = {one[:n] + sign + one[n + 1 :] for n in range(len(one)) for sign in "abc."}
    if one != other:
        assert is_one_slip(one, other) == (other in swapped | shorter | longer | changed)
