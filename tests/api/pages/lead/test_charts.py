"""Charts are rectangles: lengths follow the numbers, nothing leaves the canvas, and nothing is drawn of nothing."""

from itertools import pairwise

import pytest

from api.pages.lead.charts import LABELS, LINE, TALL, VALUES, WIDTH, Drawing, Row, draw_columns, draw_rows, find_ticks


def inside(drawing: Drawing) -> bool:
    right, low = drawing.width + 0.1, drawing.height
    return all(
        min(box.x, box.y) >= 0 and box.x + box.width <= right and box.y + box.height <= low for box in drawing.boxes
    )


def test_rows_are_as_long_as_their_numbers() -> None:
    drawing = draw_rows(
        [Row("Finden", (40,), "40"), Row("Entwickeln", (10,), "10"), Row("Stützen", (0,), "0")], ("So weit",)
    )
    room = WIDTH - LABELS - VALUES
    assert [box.width for box in drawing.boxes] == [room, pytest.approx(room / 4, abs=0.1)]
    assert [word.text for word in drawing.words] == ["Finden", "40", "Entwickeln", "10", "Stützen", "0"]
    assert drawing.boxes[0].text == "Finden – So weit: 40"
    assert inside(drawing)


def test_series_stand_below_or_behind_each_other() -> None:
    rows, series = [Row("Büro", (3, 1)), Row("Amt", (1, 1))], ("offen", "zu Ende")
    below, behind = draw_rows(rows, series), draw_rows(rows, series, stacked=True)
    first, second = below.boxes[:2]
    assert first.x == second.x
    assert first.y + first.height == second.y
    assert behind.boxes[1].x == pytest.approx(behind.boxes[0].x + behind.boxes[0].width)
    assert behind.height < below.height
    assert [box.series for box in behind.boxes] == [0, 1, 0, 1]
    assert all(map(inside, (below, behind)))


def test_columns_reach_the_number_on_the_grid_and_names_do_not_collide() -> None:
    months = [Row(f"{n:02}/26", (n % 7, n % 3)) for n in range(36)]
    drawing = draw_columns(months, ("kam", "ging"))
    top, ticks = find_ticks(6)
    lines = [line.y for line in drawing.lines]
    assert (top, lines[0] - lines[-1]) == (8, TALL)
    assert max(box.height for box in drawing.boxes) == TALL * 6 / top
    names = [word.x for word in drawing.words if word.anchor == "middle"]
    assert len(names) == 8
    assert min(right - left for left, right in pairwise(names)) > 50
    assert ticks[-1] == 8
    assert inside(drawing)


def test_nothing_draws_nothing() -> None:
    assert draw_rows([], ()).boxes == ()
    assert draw_rows([Row("Finden", (0,))], ("x",)).boxes == ()
    assert draw_columns([Row("01/26", (0, 0))], ("a", "b")).boxes == ()


def test_long_names_take_two_lines_and_stay_off_the_next_row() -> None:
    name = "Nachbarschaftshilfe und gegenseitige Unterstützung"
    drawing = draw_rows([Row(name, (2,), "2"), Row("Wohnen", (1,), "1")], ("Ideen",))
    first, second, _, wohnen, _ = drawing.words
    assert f"{first.text} {second.text}" == name
    assert second.y - first.y == LINE
    assert wohnen.y - second.y > LINE
    assert drawing.boxes[0].text.startswith(name)
    assert inside(drawing)


def test_endless_names_are_cut_where_they_stand() -> None:
    name = "und noch ein Wort " * 20
    words = draw_rows([Row(name, (2,))], ("Ideen",)).words
    assert [word.anchor for word in words] == ["end", "end", "start"]
    assert words[1].text.endswith("…")
