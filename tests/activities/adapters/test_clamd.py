"""ClamAV's daemon, as clamd(8) says it speaks: a stand-in answers on a socket."""

import asyncio
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from activities.adapters.scanner import build_scanner
from activities.adapters.scanner.clamd import CHUNK, Clamd
from activities.ports.scanner import ScannerAway
from models.settings import Settings

DATA = bytes(range(256)) * 1000


@asynccontextmanager
async def daemon(answer: bytes, path: Path) -> AsyncIterator[list[bytes]]:
    """Reads a whole question and gives one answer."""
    heard: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if await reader.readuntil(b"\0") == b"zINSTREAM\0":
            while length := struct.unpack("!I", await reader.readexactly(4))[0]:
                assert length <= CHUNK
                heard.append(await reader.readexactly(length))
        writer.write(answer)
        writer.close()

    async with await asyncio.start_unix_server(serve, path):
        yield heard


async def test_a_file_is_sent_whole_and_its_verdict_read(tmp_path: Path) -> None:
    socket = tmp_path / "clamd"
    async with daemon(b"stream: OK\0", socket) as heard:
        assert await Clamd(str(socket)).find_threat(DATA) is None
        assert b"".join(heard) == DATA
    socket = tmp_path / "other"
    async with daemon(b"stream: Eicar-Signature FOUND\0", socket):
        assert await Clamd(str(socket)).find_threat(DATA) == "Eicar-Signature"
    socket = tmp_path / "third"
    async with daemon(b"ClamAV 1.4.1/27459/Mon Nov 23\0", socket):
        assert await Clamd(str(socket)).describe() == f"ClamAV 1.4.1 at {socket}"


@pytest.mark.parametrize("answer", [b"INSTREAM size limit exceeded. ERROR\0", b"UNKNOWN COMMAND\0", b"", b"stream: OK"])
async def test_anything_but_a_verdict_is_none(tmp_path: Path, answer: bytes) -> None:
    async with daemon(answer, tmp_path / "clamd"):
        with pytest.raises(ScannerAway):
            await Clamd(str(tmp_path / "clamd")).find_threat(DATA)


async def test_nobody_there_is_no_verdict_either(tmp_path: Path) -> None:
    for address in (str(tmp_path / "none"), "127.0.0.1:1"):
        with pytest.raises(ScannerAway):
            await Clamd(address).find_threat(DATA)


async def test_the_operator_chooses_who_looks() -> None:
    assert isinstance(build_scanner(Settings(scanner="clamd")), Clamd)
    assert await build_scanner(Settings()).find_threat(DATA) is None
    for wrong in ("clamav", "clamav:", "clamav:port", ":70000x"):
        with pytest.raises(ValueError, match="host:port"):
            Settings(clamd_address=wrong)
