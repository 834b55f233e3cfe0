"""The ports of a town. Test processes open towns side by side, and a port belongs to a town also while nobody
listens there: before it is first used, and whenever its process is dead."""

import contextlib
import socket
from collections.abc import Iterator

BLOCKS = range(61_000, 65_500, 100)
"""Above the ports that Linux gives to connections (32768 to 60999, net.ipv4.ip_local_port_range), where nobody of ours
looks for a free one."""


@contextlib.contextmanager
def ports_of_a_town() -> Iterator[range]:
    """A hundred ports that no other town takes until the end of the block: who listens on the first has them all."""
    for first in BLOCKS:
        with contextlib.ExitStack() as held:
            try:
                held.enter_context(socket.create_server(("127.0.0.1", first), reuse_port=False))
            except OSError:
                continue
            yield range(first + 1, first + BLOCKS.step)
            return
    raise OSError("every block of ports is another town's")
