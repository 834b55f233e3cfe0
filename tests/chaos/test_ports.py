"""Towns that run side by side take no port from each other."""

from tests.chaos.ports import BLOCKS, ports_of_a_town


def test_two_towns_share_no_port() -> None:
    with ports_of_a_town() as ours, ports_of_a_town() as theirs:
        assert not set(ours) & set(theirs)


def test_a_town_that_is_gone_leaves_its_ports_to_others() -> None:
    for _ in range(2 * len(BLOCKS)):
        with ports_of_a_town():
            pass
