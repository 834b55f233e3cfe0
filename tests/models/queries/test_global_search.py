"""What somebody looks for, as patterns: they stand in the statement itself, and mean nothing there."""

import re

from hypothesis import example, given
from hypothesis import strategies as st

from models.queries.search_conditions import Terms


@given(st.text(max_size=60))
@example("'; DROP TABLE idea; --")
@example("100 % :name %(name)s {x}")
@example("\\' ＇ ʼ ′ ％ ＿ a_b")
@example("„x'y“ \u2019 \x00 $$")
def test_a_pattern_holds_letters_digits_and_blanks_alone(typed: str) -> None:
    for term in Terms.of(typed).patterns:
        for pattern in term:
            assert "_" not in pattern
            assert not re.search(r"[\x00-\x7f]", re.sub("[a-z0-9 ]", "", pattern[1:-1])), pattern
