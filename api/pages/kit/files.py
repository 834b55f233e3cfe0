"""Files on pages: the field in which they are chosen, what was sent, why one is not taken, and those that are there."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass

from babel.numbers import format_decimal
from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.datastructures import FormData, UploadFile

from activities.attachments.reading import CleanFile
from api.pages.kit.fields import Field
from api.pages.kit.page import SignedInPage
from api.use_cases.attachments import FilesRefused, read_files
from api.web.dependencies import check_csrf_token
from api.web.rate_limits import Limited, limit_rate
from models.i18n import Texts
from models.queries.attachments import FileLine

FILES = "dateien"
"""The field of every form that takes files."""

KILOBYTE = 1000
"""As file managers count."""


@dataclass(frozen=True)
class FileView:
    """A file as a line of a list."""

    name: str
    size: str
    path: str
    removable: bool = False


def write_files_field(t: Texts, error: str = "") -> Field:
    return Field(FILES, "files", t("field.files"), t("field.files.help"), error=error)


async def read_sent_files(page: SignedInPage, sent: FormData) -> list[CleanFile]:
    """Those that were chosen, looked through. Raises FilesRefused, and a problem with 429."""
    chosen = [file for file in sent.getlist(FILES) if isinstance(file, UploadFile) and file.filename]
    if not chosen:
        return []
    await limit_rate(page.request, page.services, Limited.UPLOAD, page.person.id)
    return await read_files(page.services, chosen)


async def take_files(
    page: SignedInPage,
    check: Callable[[AsyncSession], Awaitable[object]],
    keep: Callable[[list[CleanFile]], Awaitable[object]],
) -> str:
    """Files that come with a form of their own: who may not send any is refused before they are read. Returns what is
    wrong with them, in words; empty where they are kept.
    """
    async with page.services.database.reading() as session:
        await check(session)
    sent = await page.form()
    check_csrf_token(page.request, page.services, sent)
    try:
        files = await read_sent_files(page, sent)
        if not files:
            return page.t("file.none_chosen")
        await keep(files)
    except FilesRefused as refused:
        return tell_refused(page.t, refused)
    return ""


def tell_refused(t: Texts, refused: FilesRefused) -> str:
    """Each file with why it was not taken. What a browser has chosen it does not choose again by itself."""
    lines = [f"{one.name or t('file.nameless')}: {t(f'file.problem.{one.problem}')}" for one in refused.refused]
    return " ".join([*lines, t("file.again")])


def show_files(t: Texts, idea_id: str, files: Iterable[FileLine], removable: Iterable[str] = ()) -> list[FileView]:
    """`removable`: the ids of those that the visitor may take away."""
    ids = set(removable)
    return [
        FileView(file.name, tell_size(t, file.size), f"/ideen/{idea_id}/dateien/{file.id}", file.id in ids)
        for file in files
    ]


def tell_size(t: Texts, size: int) -> str:
    """ "1,4 MB"; what is smaller than a kilobyte is one.

    >>> from models.i18n import texts_in
    >>> tell_size(texts_in("de"), 1_440_000), tell_size(texts_in("de"), 12)
    ('1,4 MB', '1 kB')
    """
    kilobytes = max(1, round(size / KILOBYTE))
    if kilobytes < KILOBYTE:
        return f"{kilobytes} kB"
    return f"{format_decimal(round(kilobytes / KILOBYTE, 1), locale=t.language)} MB"
