"""PDFs by Typst: tagged, with a title and a language. Everything travels as data, so no text can be read as markup."""

import json
import shutil
from collections.abc import Mapping
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import typst


def compile_pdf(template: Path, data: Any, written: datetime, files: Mapping[str, bytes] | None = None) -> bytes:
    """The template finds `data` as JSON in `sys.inputs.data`, and `files` under their names beside itself.

    The same gives the same bytes. Takes up to a second of computing, so call it beside an event loop.
    """
    with ExitStack() as stack:
        if files:
            # Typst reads nothing that lies outside of its root.
            root = Path(stack.enter_context(TemporaryDirectory()))
            for name, content in files.items():
                (root / name).write_bytes(content)
            template = Path(shutil.copy(template, root))
        try:
            return _compile(template, data, written, accessible=True)
        except typst.TypstError:
            # A text has a sign that the fonts lack, e.g. an emoji. It shows as a box, which PDF/UA does not allow.
            return _compile(template, data, written, accessible=False)


def _compile(template: Path, data: Any, written: datetime, *, accessible: bool) -> bytes:
    """Accessible: held to PDF/UA-1. The PDF is tagged in any case."""
    made = typst.compile(
        template,
        root=template.parent,
        ignore_system_fonts=True,
        sys_inputs={"data": json.dumps(data)},
        format="pdf",
        pdf_standards=["ua-1"] if accessible else [],
        timestamp=int(written.timestamp()),
    )
    assert isinstance(made, bytes)
    return made
