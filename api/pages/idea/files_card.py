"""The files of an idea on its page: those that belong to what it says, and the field that takes more."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from api.pages.kit.fields import Entered, Field
from api.pages.kit.files import FILES, FileView, show_files, write_files_field
from api.pages.kit.turn_presenter import TurnPresenter
from api.use_cases.attachments import may_redact, may_remove
from models.queries.attachments import FileLine, sort_files
from models.rules.permissions import may_attach
from models.tables import Account, Idea, StandingRow

FORM = "dateien"
"""The form as errors of the page name it."""


@dataclass(frozen=True)
class FilesCard:
    """The section. `field` is None for those who only read."""

    files: Sequence[FileView]
    field: Field | None


def describe_files(
    speaker: TurnPresenter, row: StandingRow, idea: Idea, files: Sequence[FileLine], entered: Entered | None
) -> FilesCard | None:
    """None where there is nothing, and nobody who could change that."""
    error = entered.errors.get(FILES, "") if entered is not None and entered.event == FORM else ""
    field = write_files_field(speaker.t, error) if may_attach(row, speaker.visitor.id) else None
    shown = sort_shown(speaker, row, idea, files).get(idea.id, ())
    return FilesCard(shown, field) if shown or field is not None else None


def sort_shown(
    speaker: TurnPresenter, row: StandingRow, idea: Idea, files: Sequence[FileLine]
) -> Mapping[str, Sequence[FileView]]:
    """Files by what they belong to, each with whether the visitor may take it away."""
    account = speaker.visitor.account
    assert account is not None
    gone = [file.id for file in files if may_take_away(row, idea, account, file)]
    return {of_id: show_files(speaker.t, idea.id, those, gone) for of_id, those in sort_files(files).items()}


def may_take_away(row: StandingRow, idea: Idea, account: Account, file: FileLine) -> bool:
    return may_remove(row, idea, account, file) or may_redact(row, account)
