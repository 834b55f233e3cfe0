"""How often Python looks for garbage: seldom, and as usual again where much is forgotten."""

import gc

USUALLY = gc.get_threshold()
SELDOM = (50_000, 10, 50)
"""Usually it looks after 700 new objects. Loading makes half a million that all stay, and a tenth of the time until a
process is ready went into looking through them again and again."""


def relax_gc() -> None:
    """For every process while it loads. What ends soon stays with it, and web, whose memory is the same either way."""
    gc.set_threshold(*SELDOM)


def look_as_usual() -> None:
    """Never again at what is there now.

    For a worker: each run it forgets is garbage. Where that is looked for seldom, 5,000 ideas need 380 MiB instead of
    240, for no less processor time.
    """
    gc.freeze()
    gc.set_threshold(*USUALLY)
