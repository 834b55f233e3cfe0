"""How the words of a plan are kept."""

from models.rules.plans import read_said, read_titles, replace_titles, write_plan


def test_the_words_of_a_plan_come_back_as_tasks_and_what_was_said() -> None:
    for titles, said in ((["Mieten", "Malen"], "So.\n\nWirklich."), (["Mieten"], ""), ([], "Doch nicht."), ([], "")):
        words = write_plan(titles, said)
        assert (read_titles(words), read_said(words)) == (titles, said)


def test_one_task_loses_its_words_and_all_else_stays() -> None:
    words = write_plan(["Mieten", "Alma anrufen", "Malen"], "So besprochen.")
    assert replace_titles(words, {"b": "…", "z": "…"}, ["a", "b", "c"]) == "Mieten\n…\nMalen\n\nSo besprochen."
    assert replace_titles("", {"b": "…"}, ["a", "b", "c"]) == "", "words that were taken away stay away"
