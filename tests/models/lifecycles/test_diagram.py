"""The diagrams say what the machines say."""

from pathlib import Path

import pytest

from models.lifecycles import LIFECYCLES
from models.lifecycles.crowdfunding import CrowdfundingLifecycle
from models.lifecycles.diagram import BEGIN, END, event_table, main, mermaid, readme_section, rewrite
from models.lifecycles.events import COMMON_EVENTS
from models.vocabulary import Stage

in_every_stage = pytest.mark.parametrize("stage", list(Stage))


@in_every_stage
def test_every_state_says_who_is_on_turn_or_where_it_leads(stage: Stage) -> None:
    lifecycle = LIFECYCLES[stage]
    text = mermaid(lifecycle)
    for state, role in lifecycle.on_turn.items():
        assert f'<br/>on turn: {role.replace("_", " ")}" as {state}\n' in text
    for state in lifecycle.leads_to:
        assert f'" as {state}\n' in text
        assert f"    {state} --> [*]" in text


@in_every_stage
def test_every_event_is_an_arrow(stage: Stage) -> None:
    lifecycle = LIFECYCLES[stage]
    lines = mermaid(lifecycle).splitlines()
    arrows = [
        f"    {state} --> {target} : {event}"
        for state in lifecycle.open_states()
        for event in lifecycle.events_in(state)
        for target in lifecycle.targets(state, event)
    ]
    for arrow in arrows:
        assert any(line == arrow or line.startswith(f"{arrow} (") for line in lines)
    assert len([line for line in lines if " --> " in line]) == len(arrows) + 1 + len(lifecycle.leads_to)


def test_the_answers_of_a_check_in_stand_at_their_arrows() -> None:
    assert "    piloting --> helping : check_in (needs help)" in mermaid(LIFECYCLES[Stage.ACCOMPANY])


def test_a_condition_that_must_not_hold_says_so() -> None:
    text = mermaid(CrowdfundingLifecycle)
    assert "    not_ready --> ready : edit (is ready)\n" in text
    assert "    ready --> not_ready : edit (not: is ready)\n" in text
    assert '    state "expired" as expired\n' in text
    assert text.endswith("    expired --> [*]")


def test_the_section_shows_all_five_in_their_order_and_those_beside_them() -> None:
    section = readme_section()
    assert section.startswith(BEGIN)
    assert section.endswith(END)
    titles = [line for line in section.splitlines() if line.startswith("### ")]
    assert titles == [
        *("### 1. Identify", "### 2. Develop", "### 3. Support", "### 4. Accompany", "### 5. Make visible"),
        *(
            "### Beside the path: crowdfunding",
            "### Beside the path: appointment",
            "### Beside the path: replication",
            "### Beside the path: contribution",
            "### In every open state",
        ),
    ]


def test_the_table_tells_of_each_event_that_no_diagram_shows() -> None:
    rows = event_table().splitlines()[2:]
    assert len(rows) == len(COMMON_EVENTS) + 1
    assert "| `pause` | innovator, coach, lead | until, reason | no |  | owner, coach |" in rows
    assert "| `close` | lead | outcome, reason, (duplicate_of) | yes | yes |  |" in rows
    assert "| `reopen` (ended) | lead | reason, (stage) | yes |  | owner, coach |" in rows


def test_a_file_is_rewritten_between_its_markers_only(tmp_path: Path) -> None:
    readme = tmp_path / "README.md"
    readme.write_text(f"# Über\n{BEGIN}\nold\n{END}\nend\n", encoding="utf-8")
    assert main([str(readme)]) == 0
    assert readme.read_text(encoding="utf-8") == f"# Über\n{readme_section()}\nend\n"
    assert main([str(readme)]) == 0
    assert rewrite(readme.read_text(encoding="utf-8")) == readme.read_text(encoding="utf-8")


@pytest.mark.parametrize("text", ["nothing", BEGIN, f"{END}{BEGIN}"])
def test_a_text_without_markers_is_left_alone(text: str) -> None:
    with pytest.raises(ValueError, match="machines:begin"):
        rewrite(text)


def test_without_a_file_it_says_how_it_is_called(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert "usage" in capsys.readouterr().err
