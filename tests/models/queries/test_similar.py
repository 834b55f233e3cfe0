"""Which words of a title are looked for among the ideas of others."""

from models.queries.similar import MOST_STEMS, stems_of


def test_words_that_say_something_are_looked_for_by_their_beginnings() -> None:
    assert stems_of("Ein Dorfladen auf Rädern, für alle unsere Dörfer!") == ["dorfla", "dorfe", "rader"]
    assert stems_of("Ein Projekt mit einer Idee") == []
    assert stems_of("") == []


def test_signs_that_mean_something_to_the_database_are_no_words() -> None:
    assert stems_of("100 % _Pflege_ \\ 'oder 1=1") == ["pfleg"]
    assert stems_of("<script>") == ["scrip"]


def test_a_pasted_text_is_looked_for_by_its_longest_words() -> None:
    stems = stems_of(
        "Nachbarschaftshilfe Mehrgenerationenhaus Gemeinschaftsgarten Lebensmittel Begegnung Werkstatt Rad Bus"
    )
    assert len(stems) == MOST_STEMS
    assert stems[0].startswith("mehrgenera")
