"""Pictures and materials of a story: kept, checked against what it says of them, handed out.

A story names them by their ids; the files are those of its own idea and of no other.
"""

import hashlib
from collections.abc import Sequence
from uuid import NAMESPACE_URL, uuid5

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from activities.attachments.content import FileProblem, FileRefused
from activities.packaging.images import LARGE, SMALL, SizedImage
from activities.ports.ideas import CommandRefused
from api.use_cases.attachments import FilesRefused, check_room, load_case
from api.use_cases.command_sender import wrong_field
from api.use_cases.errors import Gone, NotFound
from models.messages.commands import Refusal, RefusalCode
from models.messages.story import MOST_PICTURES, StoryParts, StoryPicture
from models.queries.stories import is_public
from models.tables import Account, Attachment, Document, Picture, PublishedStory
from models.vocabulary import AttachedTo, DocumentKind

WEBP = "image/webp"


def row_of(account: Account, idea_id: str, image: SizedImage) -> Picture:
    """Its id derives from what is in it: sent twice, it is one."""
    digest = hashlib.sha256(image.large).hexdigest()
    return Picture(
        id=str(uuid5(NAMESPACE_URL, f"picture/{idea_id}/{digest}")),
        idea_id=idea_id,
        media_type=WEBP,
        width=image.width,
        height=image.height,
        size=len(image.small) + len(image.large),
        small=image.small,
        large=image.large,
        uploaded_by=account.id,
    )


def with_picture(parts: StoryParts, row: Picture) -> StoryParts:
    """Raises FilesRefused where the story shows as many as it may."""
    if any(one.id == row.id for one in parts.pictures):
        return parts
    if len(parts.pictures) >= MOST_PICTURES:
        raise FilesRefused([FileRefused(FileProblem.TOO_MANY)])
    added = StoryPicture(id=row.id, width=row.width, height=row.height)
    return parts.model_copy(update={"pictures": (*parts.pictures, added)})


def with_said(parts: StoryParts, said: StoryPicture) -> StoryParts:
    """What is said of one of them, where it stands."""
    pictures = tuple(said if one.id == said.id else one for one in parts.pictures)
    return parts.model_copy(update={"pictures": pictures})


def without_picture(parts: StoryParts, picture_id: str) -> StoryParts:
    return parts.model_copy(update={"pictures": tuple(one for one in parts.pictures if one.id != picture_id)})


def moved_forward(parts: StoryParts, picture_id: str) -> StoryParts:
    """One place nearer to the beginning; the first one stays where it is."""
    pictures = list(parts.pictures)
    at = next((n for n, one in enumerate(pictures) if one.id == picture_id), 0)
    if at > 0:
        pictures.insert(at - 1, pictures.pop(at))
    return parts.model_copy(update={"pictures": tuple(pictures)})


async def keep_pictures(session: AsyncSession, idea_id: str, rows: Sequence[Picture]) -> None:
    """Raises FilesRefused where the idea has no room for them."""
    if rows:
        await check_room(session, idea_id, sum(row.size for row in rows))
    for row in rows:
        await session.exec(insert(Picture).values(row.model_dump()).on_conflict_do_nothing())


async def check_parts(session: AsyncSession, idea_id: str, parts: StoryParts) -> StoryParts:
    """The same with the sizes of its pictures as they are kept. Raises CommandRefused for files of elsewhere."""
    if not (parts.pictures or parts.materials):
        return parts
    kept = select(Picture.id, Picture.width, Picture.height).where(Picture.idea_id == idea_id)
    sizes = {its: {"width": width, "height": height} for its, width, height in (await session.exec(kept)).all()}
    for number, picture in enumerate(parts.pictures):
        if picture.id not in sizes:
            raise wrong_field(f"pictures.{number}.id", "there is no such picture of this idea")
    files = await _files_of_story(session, idea_id)
    for number, material in enumerate(parts.materials):
        if material.attachment_id not in files:
            raise wrong_field(f"materials.{number}.attachment_id", "there is no such file of this story")
    sized = tuple(one.model_copy(update=sizes[one.id]) for one in parts.pictures)
    return parts.model_copy(update={"pictures": sized})


def refuse_lacking(story: Document) -> None:
    """Raises CommandRefused for a picture of which something is not said yet; it names all that is missing."""
    if lacks := StoryParts.model_validate(story.parts).lacks:
        detail = f"the story cannot be shown yet; it lacks {', '.join(lacks)}"
        raise CommandRefused(Refusal(code=RefusalCode.NOT_ALLOWED, field=lacks[0], fields=tuple(lacks), detail=detail))


async def drop_unshown(session: AsyncSession, idea_id: str) -> None:
    """Pictures that no version of the story shows any more are deleted."""
    told = select(Document.parts).where(Document.idea_id == idea_id, Document.kind == DocumentKind.STORY)
    shown = {one["id"] for parts in (await session.exec(told)).all() for one in parts.get("pictures", ())}
    left = delete(Picture).where(col(Picture.idea_id) == idea_id, col(Picture.id).not_in(shown))
    await session.exec(left)


async def open_picture(session: AsyncSession, account: Account, idea_id: str, picture_id: str, width: int) -> bytes:
    """For whoever may see the idea. Raises IdeaNotFound, NotFound."""
    await load_case(session, account, idea_id)
    return await _read_content(session, idea_id, picture_id, width)


async def check_shown(session: AsyncSession, picture_id: str) -> str:
    """The idea whose story shows a picture to everybody now. Raises NotFound, Gone."""
    held = select(PublishedStory.idea_id, Document.parts, is_public())
    held = held.join(Document, col(Document.id) == col(PublishedStory.document_id))
    held = held.join(Picture, col(Picture.idea_id) == col(PublishedStory.idea_id)).where(Picture.id == picture_id)
    found = (await session.exec(held)).first()
    if found is None or all(one["id"] != picture_id for one in found[1].get("pictures", ())):
        raise NotFound("no story shows such a picture")
    if not found[2]:
        raise Gone("its story is withdrawn")
    return found[0]


async def read_shown(session: AsyncSession, picture_id: str, width: int) -> bytes:
    """Raises NotFound, Gone."""
    return await _read_content(session, await check_shown(session, picture_id), picture_id, width)


async def open_material(session: AsyncSession, attachment_id: str) -> Attachment:
    """A file that a story offers to everybody now. Raises NotFound, Gone."""
    file = await session.get(Attachment, attachment_id)
    row = await session.get(PublishedStory, file.idea_id) if file is not None else None
    document = await session.get(Document, row.document_id) if row is not None else None
    offered = document.parts.get("materials", ()) if document is not None else ()
    if file is None or row is None or all(one["attachment_id"] != attachment_id for one in offered):
        raise NotFound("no story offers such a file")
    if row.taken_down_at is not None:
        raise Gone("its story is withdrawn")
    return file


async def _read_content(session: AsyncSession, idea_id: str, picture_id: str, width: int) -> bytes:
    column = {SMALL: Picture.small, LARGE: Picture.large}.get(width)
    if column is None:
        raise NotFound("there is no such size")
    found = select(column).where(Picture.idea_id == idea_id, Picture.id == picture_id)
    content = (await session.exec(found)).one_or_none()
    if content is None:
        raise NotFound("there is no such picture")
    return content


async def _files_of_story(session: AsyncSession, idea_id: str) -> set[str]:
    told = select(Document.id).where(Document.idea_id == idea_id, Document.kind == DocumentKind.STORY)
    found = select(Attachment.id).where(Attachment.idea_id == idea_id, Attachment.of_kind == AttachedTo.DOCUMENT)
    return set((await session.exec(found.where(col(Attachment.of_id).in_(told)))).all())
