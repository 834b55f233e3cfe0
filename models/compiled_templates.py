"""The bytecode cache of templates: what Jinja has made of them is kept beside them, as Python keeps that of modules.

To compile all of them takes a process two seconds, most of it before its first pages.
"""

import sys
from contextlib import suppress
from pathlib import Path

import jinja2
from jinja2 import FileSystemBytecodeCache
from jinja2.bccache import Bucket

from models.settings import TEMPLATES

FOLDER = TEMPLATES / "__pycache__"


class CompiledTemplates(FileSystemBytecodeCache):
    """A template that was changed is compiled anew, and all are by another Jinja. Where nothing may be written, nothing
    is kept."""

    def __init__(self, folder: Path = FOLDER) -> None:
        super().__init__(str(folder), f"%s.jinja-{jinja2.__version__}")

    def dump_bytecode(self, bucket: Bucket) -> None:
        if sys.dont_write_bytecode:
            return
        with suppress(OSError):
            Path(self.directory).mkdir(exist_ok=True)
            super().dump_bytecode(bucket)
