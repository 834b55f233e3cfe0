"""What Jinja has made of a template is kept, follows the template, and is never needed."""

from pathlib import Path

import jinja2
import pytest

from models.compiled_templates import CompiledTemplates


def write(folder: Path, name: str) -> str:
    """One template, as a process reads it that knows none yet."""
    loader = jinja2.FileSystemLoader(folder)
    return (
        jinja2.Environment(loader=loader, bytecode_cache=CompiledTemplates(folder / "kept")).get_template(name).render()
    )


def test_a_template_is_compiled_once_and_anew_where_it_was_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.dont_write_bytecode", False)
    (tmp_path / "a.html").write_text("Guten Tag")
    assert write(tmp_path, "a.html") == "Guten Tag"
    [kept] = (tmp_path / "kept").iterdir()
    with monkeypatch.context() as without_compiler:
        without_compiler.setattr(jinja2.Environment, "compile", lambda *_: pytest.fail("it was compiled"))
        assert write(tmp_path, "a.html") == "Guten Tag"
    (tmp_path / "a.html").write_text("Guten Abend")
    assert write(tmp_path, "a.html") == "Guten Abend"
    assert [kept] == list((tmp_path / "kept").iterdir())


def test_where_nothing_may_be_kept_pages_are_written_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.html").write_text("Guten Tag")
    with monkeypatch.context() as read_only:
        read_only.setattr(Path, "mkdir", lambda *_, **__: (_ for _ in ()).throw(PermissionError()))
        assert write(tmp_path, "a.html") == "Guten Tag"
    monkeypatch.setattr("sys.dont_write_bytecode", True)
    assert write(tmp_path, "a.html") == "Guten Tag"
    assert not (tmp_path / "kept").exists()
