"""Every gate and every limit before a campaign: what stops it, what is a hint, and whose rule it is."""

import json
import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from models.i18n import languages, texts_in
from models.messages.package import (
    ANSWERS,
    FIELDS,
    Finding,
    Package,
    PlatformPlan,
    Section,
    Severity,
    Source,
)
from models.policy import CrowdfundingRules, PolicyError, parse_policy
from models.rules.readiness import canonical_json, check, digest, facts, fee_on_level, is_ready, seat_name, section_of
from tests.cast import POLICY
from tests.factories import IMAGE, good_package
from tests.models.test_policy import changed

RULES = POLICY.crowdfunding
TODAY = date(2026, 6, 1)

NO_VIDEO = "video_unseen"
"""The one hint that stays with the good package: nobody but a person can look at the video."""

GOOD = good_package()


def codes(package: Package, rules: CrowdfundingRules = RULES, today: date = TODAY) -> list[str]:
    return [finding.code for finding in check(package, rules, today) if finding.code != NO_VIDEO]


def the_finding(package: Package, rules: CrowdfundingRules = RULES) -> Finding:
    """The only one there is beside the hint on the video."""
    found = [finding for finding in check(package, rules, TODAY) if finding.code != NO_VIDEO]
    assert len(found) == 1, [finding.code for finding in found]
    return found[0]


def answers(**changes: Any) -> dict[str, Any]:
    return {"eligibility": GOOD.eligibility.model_dump() | changes}


def rows(field: str, **changes: Any) -> dict[str, Any]:
    """The good package's list with its last row changed."""
    content = GOOD.model_dump(mode="json")[field]
    return {field: [*content[:-1], content[-1] | changes]}


def rules_with(**changes: Any) -> CrowdfundingRules:
    return parse_policy(changed(lambda raw: raw["crowdfunding"].update(changes))).crowdfunding


def house(value: object) -> dict[str, object]:
    return {"value": value, "source": "house", "since": date(2026, 1, 1)}


def test_a_good_package_has_nothing_left_to_do() -> None:
    findings = check(GOOD, RULES, TODAY)
    assert [(finding.code, finding.severity) for finding in findings] == [(NO_VIDEO, Severity.HINT)]
    assert is_ready(findings)


def test_an_empty_package_is_told_everything_at_once_in_the_order_of_the_sections() -> None:
    findings = check(Package(), RULES, TODAY)
    assert not is_ready(findings)
    sections = [finding.section for finding in findings]
    assert sections == sorted(sections, key=list(Section).index)
    assert set(sections) == set(Section)
    for name in (*FIELDS[Section.STORY], *FIELDS[Section.IMPACT], *FIELDS[Section.PLAN], "legal_form"):
        assert f"{name}_missing" in {finding.code for finding in findings}


BLOCKED: list[tuple[dict[str, Any], str, str, Source]] = [
    *((answers(**{name: None}), f"{name}_unsaid", f"eligibility.{name}", Source.STARTNEXT) for name in ANSWERS),
    *(
        (answers(**{name: False}), f"{name}_denied", f"eligibility.{name}", Source.STARTNEXT)
        for name in ANSWERS
        if name != "acts_as_entrepreneur"
    ),
    (answers(country=""), "country_unsaid", "eligibility.country", Source.STARTNEXT),
    (answers(country="FR"), "country_not_served", "eligibility.country", Source.STARTNEXT),
    *(({name: " "}, f"{name}_missing", name, Source.STARTNEXT) for name in FIELDS[Section.STORY] if name != "subtitle"),
    *(
        ({name: ""}, f"{name}_missing", name, Source.HOUSE)
        for name in ("subtitle", "output", "outcome", "impact", "communication_plan", "risks")
    ),
    ({"title": "T" * 51}, "title_too_long", "title", Source.HOUSE),
    ({"subtitle": "U" * 141}, "subtitle_too_long", "subtitle", Source.HOUSE),
    ({"start_level_cents": None}, "level_missing", "start_level_cents", Source.STARTNEXT),
    ({"start_level_cents": 0}, "level_missing", "start_level_cents", Source.STARTNEXT),
    ({"budget": []}, "budget_missing", "budget", Source.HOUSE),
    (rows("budget", label=""), "budget_label_missing", "budget.1.label", Source.HOUSE),
    (rows("budget", cents=59_999), "budget_below_level", "budget", Source.HOUSE),
    ({"duration_days": None}, "duration_missing", "duration_days", Source.STARTNEXT),
    ({"duration_days": 151}, "duration_too_long", "duration_days", Source.STARTNEXT),
    ({"start_on": None}, "start_missing", "start_on", Source.HOUSE),
    ({"start_on": TODAY}, "start_not_ahead", "start_on", Source.HOUSE),
    ({"start_on": TODAY - timedelta(days=400)}, "start_not_ahead", "start_on", Source.HOUSE),
    ({"rewards": []}, "rewards_missing", "rewards", Source.HOUSE),
    (rows("rewards", title=""), "reward_title_missing", "rewards.1.title", Source.STARTNEXT),
    (rows("rewards", text=""), "reward_text_missing", "rewards.1.text", Source.STARTNEXT),
    (rows("rewards", price_cents=0), "reward_price_missing", "rewards.1.price_cents", Source.STARTNEXT),
    ({"images": []}, "images_missing", "images", Source.HOUSE),
    (rows("images", alt=""), "image_alt_missing", "images.0.alt", Source.HOUSE),
    (rows("images", credit=""), "image_credit_missing", "images.0.credit", Source.HOUSE),
    (rows("images", rights_confirmed=False), "image_rights_missing", "images.0.rights_confirmed", Source.HOUSE),
    ({"video_url": "https://example.org/film"}, "video_not_embeddable", "video_url", Source.STARTNEXT),
    ({"team": []}, "team_missing", "team", Source.STARTNEXT),
    (rows("team", name=""), "member_name_missing", "team.0.name", Source.STARTNEXT),
    ({"legal_form": ""}, "legal_form_missing", "legal_form", Source.STARTNEXT),
    ({"sdgs": []}, "sdgs_missing", "sdgs", Source.HOUSE),
]

HINTED: list[tuple[dict[str, Any], str, str, Source]] = [
    (
        answers(acts_as_entrepreneur=False),
        "acts_as_entrepreneur_denied",
        "eligibility.acts_as_entrepreneur",
        Source.STARTNEXT,
    ),
    ({"summary": "Nur ein Satz."}, "summary_sentences", "summary", Source.STARTNEXT),
    ({"summary": "Eins. Zwei. Drei. Vier."}, "summary_sentences", "summary", Source.STARTNEXT),
    (rows("budget", cents=60_001), "budget_above_level", "budget", Source.HOUSE),
    ({"duration_days": 34}, "duration_of_plan", "duration_days", Source.STARTNEXT),
    ({"video_url": ""}, "video_missing", "video_url", Source.HOUSE),
    (rows("team", name="Alma"), "member_name_short", "team.0.name", Source.STARTNEXT),
    ({"mode": "flexible"}, "level_of_flexible", "start_level_cents", Source.STARTNEXT),
]


@pytest.mark.parametrize(("fields", "code", "field", "source"), BLOCKED, ids=[code for _, code, _, _ in BLOCKED])
def test_what_stops_a_package(fields: dict[str, Any], code: str, field: str, source: Source) -> None:
    finding = the_finding(good_package(**fields))
    assert (finding.code, finding.field, finding.source) == (code, field, source)
    assert finding.severity is Severity.BLOCKER
    assert finding.section is section_of(field)


@pytest.mark.parametrize(("fields", "code", "field", "source"), HINTED, ids=[code for _, code, _, _ in HINTED])
def test_what_is_only_a_hint(fields: dict[str, Any], code: str, field: str, source: Source) -> None:
    package = good_package(**fields)
    finding = the_finding(package)
    assert (finding.code, finding.field, finding.source) == (code, field, source)
    assert finding.severity is Severity.HINT
    assert is_ready(check(package, RULES, TODAY))


def test_a_level_below_the_least_one_is_stopped_and_at_it_is_not() -> None:
    budget = [{"label": "Farbe", "cents": 9_200}]
    assert codes(good_package(start_level_cents=10_000, budget=budget)) == []
    assert codes(good_package(start_level_cents=9_999, budget=budget)) == ["level_too_low", "budget_above_level"]


def test_a_budget_line_without_a_sum_is_stopped_even_where_the_others_suffice() -> None:
    budget = [{"label": "Ausbildung", "cents": 460_000}, {"label": "Telefon", "cents": 0}]
    assert the_finding(good_package(budget=budget)).field == "budget.1.cents"


@pytest.mark.parametrize(
    "fields",
    [
        {"title": "T" * 50, "subtitle": "U" * 140},
        {"duration_days": 1},
        {"duration_days": 33},
        {"start_on": TODAY + timedelta(days=1)},
        {"summary": "Eins. Zwei. Drei."},
        {"video_url": "https://www.youtube.com/watch?v=abc_-1"},
        {"video_url": "https://youtu.be/abc?t=3"},
        answers(country="IT-BZ"),
    ],
)
def test_what_is_just_within_the_limits(fields: dict[str, Any]) -> None:
    assert codes(good_package(**fields)) == []


def test_long_campaigns_are_for_the_larger_plans() -> None:
    budget = [{"label": "Alles", "cents": 450_000}]
    assert codes(good_package(plan="pro", duration_days=150, budget=budget)) == []
    assert codes(good_package(plan="basic", duration_days=150)) == ["duration_of_plan"]


@pytest.mark.parametrize(
    "url",
    [
        "http://vimeo.com/1",
        "https://vimeo.com",
        "https://vimeo.com/",
        "https://vimeo.com:8443/1",
        "https://vimeo.com:abc/1",
        "https://alma@vimeo.com/1",
        "https://vimeo.com.example.org/1",
        "https://example.org/vimeo.com/1",
        "https://vimeо.com/1",
        "https://youtube.com@example.org/1",
        "https://vimeo.com/1 2",
        "https://[vimeo.com/1",
        "vimeo.com/1",
        "javascript:alert(1)",
        "//vimeo.com/1",
    ],
)
def test_only_https_addresses_of_known_video_sites_are_taken(url: str) -> None:
    assert codes(good_package(video_url=url)) == ["video_not_embeddable"]


# -- money -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("plan", "fee"), [("basic", 40_000), ("pro", 50_000), ("premium", 60_000)])
def test_the_fee_follows_the_plan(plan: str, fee: int) -> None:
    package = good_package(plan=plan)
    assert fee_on_level(package, RULES, TODAY) == fee
    assert codes(package) == ([] if fee == 40_000 else ["budget_above_level"])


def test_a_started_cent_of_a_fee_is_a_whole_one() -> None:
    assert fee_on_level(good_package(start_level_cents=10_001), RULES, TODAY) == 801
    assert fee_on_level(good_package(start_level_cents=10_000), RULES, TODAY) == 800
    assert fee_on_level(good_package(start_level_cents=None), RULES, TODAY) == 0


def test_the_texts_name_the_sums_as_each_language_writes_them() -> None:
    finding = the_finding(good_package(**rows("budget", cents=10_000)))
    assert all(sum_ in finding.texts["de"] for sum_ in ("400,00\u00a0€", "4.500,00\u00a0€", "5.000,00\u00a0€"))
    assert all(sum_ in finding.texts["en"] for sum_ in ("€400.00", "€4,500.00", "€5,000.00", "€500.00"))


def test_a_fee_counts_from_its_day_on_which_is_the_campaigns_not_ours() -> None:
    fees = {plan: {"value": 800, "source": "startnext", "since": date(2025, 11, 13)} for plan in PlatformPlan}
    fees[PlatformPlan.BASIC] = [  # type: ignore[assignment]
        fees[PlatformPlan.BASIC] | {"value": 900, "since": date(2026, 10, 1)},
        fees[PlatformPlan.BASIC],
    ]
    rules = rules_with(fees=fees)
    assert fee_on_level(good_package(start_on="2026-09-30"), rules, TODAY) == 40_000
    assert fee_on_level(good_package(start_on="2026-10-01"), rules, TODAY) == 45_000
    assert fee_on_level(good_package(start_on=None), rules, TODAY) == 40_000
    assert fee_on_level(good_package(start_on=None), rules, date(2027, 1, 1)) == 45_000
    assert fee_on_level(good_package(start_on="2025-01-01"), rules, date(2025, 1, 1)) == 40_000, (
        "older than any version"
    )


# -- configuration -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "fields", "code"),
    [
        ({"title_length": house(5)}, {}, "title_too_long"),
        ({"seats": house(["AT"])}, {}, "country_not_served"),
        ({"longest_days": house(20)}, {}, "duration_too_long"),
        ({"least_rewards": house(3)}, {}, "rewards_missing"),
        ({"least_images": house(2)}, {}, "images_missing"),
        ({"video_hosts": house(["youtu.be"])}, {}, "video_not_embeddable"),
        ({"least_level_cents": house(500_001)}, {}, "level_too_low"),
        ({"entrepreneurs_only": house(True)}, answers(acts_as_entrepreneur=False), "acts_as_entrepreneur_denied"),
    ],
)
def test_a_limit_is_a_line_of_configuration_and_says_whose_it_is(
    change: dict[str, Any], fields: dict[str, Any], code: str
) -> None:
    finding = the_finding(good_package(**fields), rules_with(**change))
    assert (finding.code, finding.severity, finding.source) == (code, Severity.BLOCKER, Source.HOUSE)


@pytest.mark.parametrize(
    ("change", "key", "word"),
    [
        ({"title_length": house(0)}, "crowdfunding.title_length", "greater than or equal to 1"),
        ({"title_length": {"value": 50, "source": "neighbour"}}, "crowdfunding.title_length", "'startnext' or 'house'"),
        ({"title_length": []}, "crowdfunding.title_length", "at least one version"),
        ({"title_length": [house(50), house(60)]}, "crowdfunding.title_length", "same day"),
        ({"seats": house([])}, "crowdfunding.seats", "at least 1"),
        ({"fees": {"basic": house(800)}}, "crowdfunding.fees", "pro, premium is missing"),
        ({"sub_title_length": house(1)}, "crowdfunding.sub_title_length", "not permitted"),
    ],
)
def test_a_wrong_limit_is_named_with_its_key(change: dict[str, Any], key: str, word: str) -> None:
    with pytest.raises(PolicyError) as caught:
        rules_with(**change)
    assert any(problem.startswith(key) and word in problem for problem in caught.value.problems), caught.value.problems


def test_nothing_need_be_given_where_nothing_is_required() -> None:
    rules = rules_with(least_rewards=house(0), least_images=house(0))
    assert codes(good_package(rewards=[], images=[]), rules) == []


# -- words -------------------------------------------------------------------------------------------------------


def all_findings() -> Iterator[Finding]:
    for fields in (
        {},
        *(fields for fields, *_ in (*BLOCKED, *HINTED)),
        {"start_level_cents": 1},
        rows("budget", cents=0),
    ):
        yield from check(good_package(**fields), RULES, TODAY)


def test_every_finding_has_its_words_and_no_words_are_left_over() -> None:
    found = {finding.code for finding in all_findings()}
    for language in languages():
        written = {
            key.removeprefix("readiness.") for key in texts_in(language).catalogue if key.startswith("readiness.")
        }
        assert {code for code in written if not code.startswith("seat.")} == found


def test_findings_never_quote_the_package() -> None:
    secret = "Geheimwort"
    spoiled = Package.model_validate(
        good_package().model_dump(mode="json")
        | {"title": secret * 9, "subtitle": secret * 15, "summary": secret, "video_url": secret, "legal_form": ""}
        | {"team": [{"name": secret}], "rewards": [{"title": secret}], "budget": [{"label": secret}]}
        | answers(country=secret)
    )
    findings = check(spoiled, RULES, TODAY)
    assert len(findings) > 8
    assert not any(secret in finding.model_dump_json() for finding in findings)


def test_the_countries_are_named_in_the_readers_language() -> None:
    texts = the_finding(good_package(**answers(country="FR"))).texts
    assert re.search(r"Deutschland, Österreich, Schweiz, .* oder Südtirol\.", texts["de"])
    assert re.search(r"Germany, Austria, .*,? or South Tyrol\.", texts["en"])
    assert seat_name("XX-1", texts_in("de")) == "XX-1"


def test_every_field_belongs_to_one_section() -> None:
    asked = [field for fields in FIELDS.values() for field in fields]
    assert sorted(asked) == sorted(set(Package.model_fields) - {"language"})


# -- digest and facts --------------------------------------------------------------------------------------------


def test_the_digest_is_the_same_for_the_same_package_and_another_after_any_edit() -> None:
    again = Package.model_validate_json(GOOD.model_dump_json())
    assert digest(again) == digest(GOOD) == digest(good_package())
    assert re.fullmatch(r"[0-9a-f]{64}", digest(GOOD))
    edits: list[dict[str, Any]] = [
        {"title": "Pflegelotsen für Dresden!"},
        {"mode": "flexible"},
        {"sdgs": [11, 3]},
        {"start_on": "2026-10-02"},
        answers(accepts_contract=None),
        rows("rewards", limit=21),
        rows("images", id=IMAGE.replace("1a6e", "2a6e")),
    ]
    assert len({digest(GOOD), *(digest(good_package(**edit)) for edit in edits)}) == 1 + len(edits)


def test_canonical_json_has_sorted_keys_and_no_blanks() -> None:
    package = good_package(title="Ä € 😀", summary='"\\ \t/')
    plain = json.dumps(package.model_dump(mode="json"), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert canonical_json(package) == plain.encode()


def test_a_workflow_hears_of_revision_digest_and_readiness_only() -> None:
    known = facts(GOOD, 7, RULES, TODAY)
    assert known.model_dump() == {"revision": 7, "digest": digest(GOOD), "ready": True}
    assert facts(Package(), 0, RULES, TODAY).ready is False


def test_a_package_that_was_ready_is_not_when_its_start_has_come() -> None:
    assert facts(GOOD, 1, RULES, date(2026, 9, 30)).ready is True
    assert facts(GOOD, 1, RULES, date(2026, 10, 1)).ready is False


Mangle = Callable[[str], str]


@pytest.mark.parametrize(
    "mangle",
    [
        lambda text: text.replace("\n", "\r\n"),
        lambda text: f"  {text}\u00a0\n",
        lambda text: text.replace("ö", "o\u0308"),
        lambda text: f"\u200b{text}\x07",
    ],
)
def test_the_way_a_text_was_typed_makes_no_other_package(mangle: Mangle) -> None:
    assert digest(good_package(about=mangle(GOOD.about))) == digest(GOOD)


@pytest.mark.parametrize(
    "wrong", ["image-1", "", "../1a6e0000-0000-4000-8000-000000000001", f"{IMAGE}\n", IMAGE.upper()]
)
def test_an_image_is_named_by_its_id(wrong: str) -> None:
    with pytest.raises(ValidationError, match="pattern"):
        good_package(**rows("images", id=wrong))


def test_a_line_is_one_line() -> None:
    assert good_package(title="Ein\n Titel\tmit  Lücken").title == "Ein Titel mit Lücken"


def test_what_was_taken_once_is_taken_again() -> None:
    grows_in_nfc = "\u0958"
    with pytest.raises(ValidationError, match="at most 300"):
        good_package(title=grows_in_nfc * 300)
    package = good_package(title=grows_in_nfc * 150)
    assert Package.model_validate(package.model_dump(mode="json")) == package


anything = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=60)
"""But for NUL, which the gate for texts refuses before there is a package."""
packages = st.builds(
    good_package,
    title=anything,
    summary=anything,
    video_url=anything,
    start_level_cents=st.none() | st.integers(0, 10**9),
    duration_days=st.none() | st.integers(1, 3650),
    start_on=st.none() | st.dates(),
    budget=st.lists(st.fixed_dictionaries({"label": anything, "cents": st.integers(0, 10**9)}), max_size=3),
    team=st.lists(st.fixed_dictionaries({"name": anything}), max_size=2),
)


@given(packages, st.dates())
def test_any_package_is_checked_and_told_in_every_language(package: Package, today: date) -> None:
    findings = check(package, RULES, today)
    assert is_ready(findings) == all(finding.severity is Severity.HINT for finding in findings)
    for finding in findings:
        assert set(finding.texts) == {"de", "en"}
        assert "{" not in "".join(finding.texts.values())
    assert digest(Package.model_validate(package.model_dump(mode="json"))) == digest(package)
