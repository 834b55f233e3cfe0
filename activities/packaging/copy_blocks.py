"""The package as plain text, field by field in the order in which the platform asks, to be copied by hand."""

from collections.abc import Iterator

from babel.dates import format_date

from models.i18n import Texts
from models.messages.package import FIELDS, Package, Reward, Section
from models.rules.money import write_euros

_SECTIONS = [section for section in Section if section is not Section.ELIGIBILITY]
"""The gates are between the starter and us; the platform asks for them in its own way."""


def write_copy_blocks(package: Package, texts: Texts) -> bytes:
    """UTF-8 with the line breaks of Windows, where most of those who copy work."""
    lines = [*_headline(texts("package.copy.title"), "="), texts("package.copy.about"), ""]
    for section in _SECTIONS:
        lines += ["", *_headline(texts(f"package.section.{section}"), "=")]
        for label, value in _fields_of(package, section, texts):
            lines += [*_headline(label, "-"), *(value or texts("package.empty")).split("\n"), ""]
    return "\r\n".join(lines).encode()


def _headline(text: str, under: str) -> list[str]:
    return [text, under * len(text)]


def _fields_of(package: Package, section: Section, texts: Texts) -> Iterator[tuple[str, str]]:
    """Label and value of every field of a section."""
    for field in FIELDS[section]:
        match field:
            case "rewards":
                for number, reward in enumerate(package.rewards, start=1):
                    yield texts("package.reward", number=number), _write_reward(reward, texts)
            case "images":
                for number, image in enumerate(package.images, start=1):
                    parts = (("credit", image.credit), ("alt", image.alt))
                    lines = [f"{texts(f'package.field.images.{name}')}: {value}" for name, value in parts]
                    yield texts("package.image", number=number), "\n".join(lines)
            case _:
                yield texts(f"package.field.{field}"), write_field(package, field, texts)


def write_field(package: Package, field: str, texts: Texts) -> str:
    """The value of a field as a person writes it; empty where there is none yet."""
    value = getattr(package, field)
    match field:
        case "start_level_cents":
            return write_euros(value, texts.language) if value else ""
        case "mode" | "plan":
            return texts(f"package.{field}.{value}")
        case "duration_days":
            return texts("package.days", count=value) if value else ""
        case "start_on":
            return format_date(value, "long", locale=texts.language) if value else ""
        case "budget":
            return "\n".join(f"{line.label}: {write_euros(line.cents, texts.language)}" for line in package.budget)
        case "team":
            return "\n".join(f"{member.name}, {member.part}" if member.part else member.name for member in package.team)
        case "sdgs":
            return "\n".join(texts(f"package.sdg.{goal}") for goal in sorted(set(package.sdgs)))
        case _:
            return str(value)


def _write_reward(reward: Reward, texts: Texts) -> str:
    values = {
        "title": reward.title,
        "text": reward.text,
        "price_cents": write_euros(reward.price_cents, texts.language),
        "limit": str(reward.limit or texts("package.unlimited")),
        "needs_address": texts("package.yes" if reward.needs_address else "package.no"),
    }
    return "\n".join(f"{texts(f'package.field.rewards.{field}')}: {value}" for field, value in values.items())
