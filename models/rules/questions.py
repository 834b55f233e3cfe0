"""Questions and their answers, as one text and one by one."""

from collections.abc import Iterable

MOST_QUESTIONS = 8


def split_questions(text: str) -> list[str]:
    """The questions of a text, where it is several of them and nothing else: each line is one.

    >>> split_questions("Wer fährt den Bus?\\n\\n2. Wo steht er?")
    ['Wer fährt den Bus?', '2. Wo steht er?']
    >>> split_questions("Guten Tag! Wer fährt den Bus?")
    ['Guten Tag! Wer fährt den Bus?']
    """
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    are_questions = 1 < len(lines) <= MOST_QUESTIONS and all(line.endswith("?") for line in lines)
    return lines if are_questions else [text.strip()]


def join_answers(pairs: Iterable[tuple[str, str]]) -> str:
    """Each answer under its question. What was not answered is left out."""
    return "\n\n".join(f"{question}\n{answer}" if question else answer for question, answer in pairs if answer)
