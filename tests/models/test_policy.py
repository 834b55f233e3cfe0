"""`pipeline.toml`: the real file loads, and every kind of error names its key."""

import copy
import tomllib
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from models.lifecycles import LIFECYCLES
from models.messages.rulebook import Duration, Rulebook
from models.policy import PolicyError, days_of, load_policy, parse_policy, read_policy
from models.vocabulary import Stage
from tests.cast import PIPELINE, POLICY, RULEBOOK, SHIPPED_RULEBOOK

RAW = tomllib.loads(PIPELINE.read_text(encoding="utf-8"))

Change = Callable[[dict[str, Any]], object]


def changed(change: Change) -> dict[str, Any]:
    raw = copy.deepcopy(RAW)
    change(raw)
    return raw


def problems_of(change: Change) -> list[str]:
    with pytest.raises(PolicyError) as caught:
        parse_policy(changed(change))
    assert all(problem in str(caught.value) for problem in caught.value.problems)
    return caught.value.problems


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"[calendar]\ntimezone = Europe", "line 2"),
        (b"a = " + b"[" * 20_000, "nested too deeply"),
        (b"a = " + b"9" * 5_000, "not valid TOML"),
        (b"a = '\xe4'", "not valid TOML"),
        (b"\xef\xbb\xbfa = 1", "a: Extra inputs"),
    ],
    ids=["cut off", "nested", "a long number", "not UTF-8", "with a mark of its order of bytes"],
)
def test_what_is_no_toml_is_refused_with_its_line(content: bytes, says: str) -> None:
    with pytest.raises(PolicyError, match=says):
        read_policy(content)


def test_the_file_of_the_repository_loads_and_knows_every_state() -> None:
    rulebook = load_policy(PIPELINE).rulebook(date(2026, 6, 1))
    for stage, lifecycle in LIFECYCLES.items():
        for state in lifecycle.open_states():
            assert rulebook.limit_of(stage, state).limit.amount >= 1
    assert str(rulebook.limit_of(Stage.IDENTIFY, "matching").limit) == "5wd"


@pytest.mark.parametrize(
    ("change", "key", "word"),
    [
        (lambda raw: raw["limits"]["develop"].pop("planning"), "limits", "develop.planning is missing"),
        (lambda raw: raw["limits"].pop("support"), "limits", "support.assessing is missing"),
        (
            lambda raw: raw["limits"]["develop"].update(dreaming={"limit": "5d"}),
            "limits",
            "develop.dreaming is no state",
        ),
        (lambda raw: raw["limits"].update(celebrate={}), "limits.celebrate", ""),
        (lambda raw: raw["limits"].pop("crowdfunding"), "limits", "crowdfunding.funding is missing"),
        (lambda raw: raw["limits"]["crowdfunding"].pop("paying"), "limits", "crowdfunding.paying is missing"),
        (
            lambda raw: raw["limits"]["crowdfunding"].update(linked={"limit": "never"}),
            "limits.crowdfunding.linked.limit",
            "never",
        ),
        (
            lambda raw: raw["engine"].update(crowdfunding_expires_after="soon"),
            "engine.crowdfunding_expires_after",
            "soon",
        ),
        (
            lambda raw: raw["limits"]["develop"]["planning"].update(limit="soon"),
            "limits.develop.planning.limit",
            "soon",
        ),
        (lambda raw: raw["limits"]["develop"]["planning"].update(limit=10), "limits.develop.planning.limit", "10"),
        (lambda raw: raw["limits"]["develop"]["planning"].update(limit="-3d"), "limits.develop.planning.limit", "-3d"),
        (lambda raw: raw["limits"]["develop"]["planning"].update(limit="0d"), "limits", "develop.planning.limit"),
        (lambda raw: raw["limits"]["develop"]["planning"].pop("limit"), "limits.develop.planning.limit", "required"),
        (
            lambda raw: raw["limits"]["develop"]["planning"].update(remind=["3wd", "x"]),
            "limits.develop.planning.remind.1",
            "x",
        ),
        (lambda raw: raw["limits"]["develop"]["planning"].update(remnid=["3wd"]), "limits.develop.planning.remnid", ""),
        (lambda raw: raw["calendar"].update(timezone="Europe/Dresden"), "calendar.timezone", "Europe/Dresden"),
        (lambda raw: raw["calendar"].update(country="XX"), "calendar", "XX"),
        (lambda raw: raw["calendar"].update(subdivision="XX"), "calendar.subdivision", "XX"),
        (lambda raw: raw["calendar"].update(closed=["tomorrow"]), "calendar.closed.0", ""),
        (lambda raw: raw["calendar"].update(send_at="25:00"), "calendar.send_at", ""),
        (lambda raw: raw["calendar"].pop("timezone"), "calendar.timezone", "required"),
        (lambda raw: raw.pop("calendar"), "calendar", "required"),
        (lambda raw: raw.pop("limits"), "limits", "required"),
        (lambda raw: raw.update(colour="blue"), "colour", ""),
        (lambda raw: raw["engine"].update(renew_after_steps=0), "engine.renew_after_steps", ""),
        (lambda raw: raw["engine"].update(chased_for="a week"), "engine.chased_for", "a week"),
        (lambda raw: raw["coach_search"].update(offer="5 wd"), "coach_search.offer", "5 wd"),
        (lambda raw: raw["region"].update(default_office="berlin"), "region", "default_office"),
        (lambda raw: raw["region"]["offices"].pop("leipzig"), "region", "districts.DED51.office"),
        (lambda raw: raw["region"]["contacts"].update(pirna={}), "region", "contacts.pirna"),
        (lambda raw: raw["region"]["districts"]["DED21"].pop("office"), "region.districts.DED21.office", "required"),
        (lambda raw: raw["region"]["districts"]["DED21"].update(tile=[1, 1]), "region", ".tile is that of DED21"),
        (lambda raw: raw["region"]["districts"]["DED21"].update(tile=[0, 1]), "region.districts.DED21.tile", ""),
        (lambda raw: raw["region"].update(default_language="sorbian"), "region", "default_language"),
        (lambda raw: raw["region"].update(story_licence="permission"), "region.story_licence", "cc_by_sa"),
        (lambda raw: raw["region"].update(offices={}), "region.offices", ""),
        (lambda raw: raw["region"].update(themes={}), "region.themes", ""),
        (lambda raw: raw["plans"][1].update(tasks=[]), "plans.1.tasks", ""),
        (lambda raw: raw["plans"][0]["tasks"][2].update(who="mayor"), "plans.0.tasks.2.who", "'lead'"),
        (lambda raw: raw["plans"][0]["tasks"][2].update(what="Zwei\nZeilen"), "plans.0.tasks.2.what", "one line"),
        (lambda raw: raw["plans"][0]["tasks"][2].update(after="bald"), "plans.0.tasks.2.after", "bald"),
        (lambda raw: raw["plans"][0]["tasks"][2].update(after="9999d"), "plans.0.tasks.2.after", "730"),
        (lambda raw: raw["plans"][0]["tasks"].pop(), "plans.0.translated", "en.tasks says 4 tasks"),
        (lambda raw: raw["plans"][0]["translated"].update(xx=raw["plans"][0]["translated"]["en"]), "plans", "xx"),
    ],
)
def test_an_error_names_its_key(change: Change, key: str, word: str) -> None:
    problems = problems_of(change)
    assert any(problem.startswith(key) and word in problem for problem in problems), problems


def test_all_problems_are_told_at_once() -> None:
    def spoil(raw: dict[str, Any]) -> None:
        raw["calendar"]["timezone"] = "Nowhere"
        raw["engine"]["chased_for"] = "long"
        raw["limits"]["develop"]["planning"]["limit"] = "soon"

    problems = problems_of(spoil)
    assert [problem.partition(":")[0] for problem in problems] == [
        "calendar.timezone",
        "engine.chased_for",
        "limits.develop.planning.limit",
    ]


def test_a_missing_file_is_named_with_the_setting_that_leads_to_it(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match="IDEENWEG_PIPELINE") as caught:
        load_policy(tmp_path / "nowhere.toml")
    assert str(tmp_path / "nowhere.toml") in str(caught.value)


@pytest.mark.parametrize("content", [b"[calendar\n", b"\xff\xfe", b"a = 1\na = 2\n"])
def test_a_file_that_is_no_toml_is_told_so(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "pipeline.toml"
    path.write_bytes(content)
    with pytest.raises(PolicyError, match="not valid TOML"):
        load_policy(path)


def digest_of(change: Change) -> str:
    return parse_policy(changed(change)).rulebook(date(2026, 1, 1)).digest


def test_the_digest_changes_with_every_rule_that_decisions_depend_on() -> None:
    digests = {
        SHIPPED_RULEBOOK.digest,
        digest_of(lambda raw: raw["limits"]["develop"]["planning"].update(limit="11wd")),
        digest_of(lambda raw: raw["limits"]["develop"]["planning"].update(remind=["4wd"])),
        digest_of(lambda raw: raw["calendar"].update(closed=["2026-12-24"])),
        digest_of(lambda raw: raw["calendar"].update(subdivision="BE")),
        digest_of(lambda raw: raw["calendar"].update(send_at="09:00")),
        digest_of(lambda raw: raw["coach_search"].update(offer="4wd")),
        digest_of(lambda raw: raw["engine"].update(longest_pause_days=30)),
    }
    assert len(digests) == 8


def test_the_digest_stays_for_what_decisions_do_not_depend_on() -> None:
    assert digest_of(lambda _raw: None) == SHIPPED_RULEBOOK.digest
    assert digest_of(lambda raw: raw["region"].update(platform="Other")) == SHIPPED_RULEBOOK.digest
    assert digest_of(lambda raw: raw["calendar"].update(closed=["2026-06-06"])) == SHIPPED_RULEBOOK.digest, "a Saturday"


def test_the_digest_of_a_new_year_is_another() -> None:
    assert POLICY.rulebook(date(2026, 12, 31)).digest == RULEBOOK.digest
    assert POLICY.rulebook(date(2027, 1, 1)).digest != RULEBOOK.digest


def test_the_rulebook_travels_through_json_unchanged() -> None:
    assert Rulebook.model_validate_json(RULEBOOK.model_dump_json()) == RULEBOOK


@pytest.mark.parametrize(
    ("text", "code"),
    [("Görlitz", "DED2D"), (" görlitz ", "DED2D"), ("ded2d", "DED2D"), ("14626", "DED2D"), ("Berlin", None)],
)
def test_a_district_is_found_by_code_key_or_name(text: str, code: str | None) -> None:
    assert POLICY.region.find_district(text) == code


def test_an_empty_district_is_none_also_where_a_key_is_left_out() -> None:
    raw = changed(lambda raw: raw["region"]["districts"]["DED21"].pop("ags"))
    assert parse_policy(raw).region.find_district("  ") is None


def test_a_theme_is_found_by_key_or_name() -> None:
    assert POLICY.region.find_theme("Pflege und Gesundheit") == "care"
    assert POLICY.region.find_theme("CARE") == "care"
    assert POLICY.region.find_theme("Raumfahrt") is None


@pytest.mark.parametrize(("district", "office"), [("DED51", "leipzig"), (None, "dresden"), ("unknown", "dresden")])
def test_an_idea_belongs_to_the_office_of_its_district(district: str | None, office: str) -> None:
    assert POLICY.region.office_of(district) == office


def test_thresholds_count_plain_days() -> None:
    assert days_of(Duration(42, "d")) == timedelta(days=42)
