"""Strangers' images in a process of their own: whatever becomes of it, the next image is read."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import psutil
import pytest

from activities.packaging import images
from activities.packaging.decoding import MOST_ANSWERED, PROGRAM, ImageReader
from activities.packaging.images import MOST_SCANS, ImageProblem, ImageRefused, read_image
from tests.activities.packaging.bombs import film, scan_bomb
from tests.activities.packaging.test_images import encode, picture

GOOD = encode(picture(), "JPEG")


def giving(data: bytes) -> Callable[[], Awaitable[bytes]]:
    async def give() -> bytes:
        return data

    return give


async def problem_of(reader: ImageReader, data: bytes) -> ImageProblem:
    with pytest.raises(ImageRefused) as caught:
        await reader.read(giving(data))
    return caught.value.problem


def python(*lines: str) -> tuple[str, ...]:
    """A program in the place of the decoder."""
    return (sys.executable, "-I", "-c", "\n".join(("import sys", *lines)))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
async def test_another_process_reads_what_this_one_would(kind: str) -> None:
    data = encode(picture(size=(700, 300)), kind)
    assert await ImageReader().read(giving(data)) == read_image(data)


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", ImageProblem.EMPTY),
        (b"x", ImageProblem.NO_IMAGE),
        (GOOD[:400], ImageProblem.BROKEN),
        (encode(picture(), "GIF"), ImageProblem.NO_IMAGE),
        (scan_bomb(MOST_SCANS), ImageProblem.TOO_COSTLY),
        (film(120), ImageProblem.TOO_COSTLY),
    ],
)
async def test_what_is_no_honest_picture_is_told_apart_there_too(data: bytes, problem: ImageProblem) -> None:
    assert await problem_of(ImageReader(), data) is problem


async def test_the_scans_of_a_bomb_are_counted_before_any_decoder_is_started() -> None:
    bomb = scan_bomb(800)
    assert len(bomb) < 300_000
    assert await problem_of(ImageReader(("/no/such/program",)), bomb) is ImageProblem.TOO_COSTLY
    assert read_image(scan_bomb(20, (40, 40))).width == 40


HOSTILE: dict[str, tuple[str, ...]] = {
    "hangs": python("import time", "time.sleep(3600)"),
    "hangs after reading": python("sys.stdin.buffer.read()", "import time", "time.sleep(3600)"),
    "hangs and says something": python("print('{', flush=True)", "import time", "time.sleep(3600)"),
    "falls over": python("import os", "os.abort()"),
    "says nothing": python("sys.stdin.buffer.read()"),
    "says too much": python(f"sys.stdout.buffer.write(b'x' * {MOST_ANSWERED + 1})", "import time", "time.sleep(3600)"),
}


@pytest.mark.parametrize("program", HOSTILE.values(), ids=HOSTILE)
async def test_a_decoder_that_misbehaves_is_ended_and_the_next_image_is_read(
    program: tuple[str, ...], request: pytest.FixtureRequest
) -> None:
    # Nobody waits for long for one that hangs; the others are found out before.
    reader = ImageReader(program, seconds=0.5 if request.node.callspec.id.startswith("hangs") else 60)
    answers = await asyncio.gather(*(problem_of(reader, GOOD) for _ in range(3)))
    assert set(answers) == {ImageProblem.TOO_COSTLY}
    reader.program, reader.seconds = PROGRAM, 60
    assert (await reader.read(giving(GOOD))).width == 80


LIMITED = (
    "import runpy",
    f"decoder = runpy.run_path({images.__file__!r})['bound_this_process']",
    "decoder.__globals__['CPU_SECONDS'] = 1",
    "decoder()",
)
GREEDY: dict[str, tuple[str, ...]] = {
    "computes for ever": python(*LIMITED, "while True: pass"),
    "eats memory": python(*LIMITED, "kept = []", "while True: kept.append(bytearray(64 * 1024 * 1024))"),
    "writes a file": python(*LIMITED, "open('/tmp/ideenweg-decoder-was-here', 'wb', 0).write(b'x')"),
}


@pytest.mark.parametrize("program", GREEDY.values(), ids=GREEDY)
async def test_the_limits_of_its_process_end_it_where_nobody_waits(program: tuple[str, ...]) -> None:
    assert await problem_of(ImageReader(program, seconds=3600), GOOD) is ImageProblem.TOO_COSTLY


async def test_whoever_goes_away_leaves_no_decoder_behind(tmp_path: Path) -> None:
    here = tmp_path / "here"
    reader = ImageReader(
        python("import os, time", f"open({str(here)!r}, 'w').write(str(os.getpid()))", "time.sleep(3600)"), seconds=3600
    )
    reading = asyncio.create_task(reader.read(giving(GOOD)))
    while not here.exists() or not here.read_text():
        await asyncio.sleep(0.01)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    assert not psutil.pid_exists(int(here.read_text()))


async def test_an_image_is_read_into_memory_when_it_is_its_turn() -> None:
    reader, given, go = ImageReader(), 0, asyncio.Event()

    async def give() -> bytes:
        nonlocal given
        given += 1
        await go.wait()
        return GOOD

    waiting = [asyncio.create_task(reader.read(give)) for _ in range(5)]
    while given < 2:
        await asyncio.sleep(0)
    for _ in range(50):
        await asyncio.sleep(0)
    assert given == 2
    go.set()
    assert len(await asyncio.gather(*waiting)) == 5
