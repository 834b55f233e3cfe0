"""The tables of a package for a spreadsheet: semicolons, a UTF-8 mark, decimal commas and no cell that computes."""

from collections.abc import Iterable, Mapping
from io import StringIO

from activities.packaging.package_facts import PackageDetails
from models.i18n import Texts
from models.messages.package import Package
from models.rules.money import write_amount
from models.spreadsheet import SheetWriter


def write_rewards(package: Package, texts: Texts) -> bytes:
    """One row a reward."""
    fields = ("title", "text", "price_cents", "limit", "needs_address")
    rows = [
        (
            reward.title,
            reward.text,
            write_amount(reward.price_cents, texts.language),
            reward.limit or texts("package.unlimited"),
            texts("package.yes" if reward.needs_address else "package.no"),
        )
        for reward in package.rewards
    ]
    return _write([texts(f"package.field.rewards.{field}") for field in fields], rows)


def write_budget(package: Package, details: PackageDetails, texts: Texts) -> bytes:
    """One row an item, then the platform's fee and what all of it comes to."""
    items = [(line.label, line.cents) for line in package.budget]
    items.append((texts("package.fee"), details.fee_cents))
    items.append((texts("package.total"), sum(cents for _, cents in items)))
    rows = [(label, write_amount(cents, texts.language)) for label, cents in items]
    return _write([texts(f"package.field.budget.{field}") for field in ("label", "cents")], rows)


def write_credits(package: Package, names: Mapping[str, str], texts: Texts) -> bytes:
    """One row an image: its file, and what has to be said with it."""
    rows = [
        (
            names[image.id],
            image.credit,
            image.alt,
            texts("package.yes" if image.rights_confirmed else "package.no"),
        )
        for image in package.images
    ]
    header = [
        texts("package.file"),
        *(texts(f"package.field.images.{f}") for f in ("credit", "alt", "rights_confirmed")),
    ]
    return _write(header, rows)


def _write(header: list[str], rows: Iterable[tuple[object, ...]]) -> bytes:
    target = StringIO(newline="")
    sheet = SheetWriter(target)
    sheet.write(header)
    for row in rows:
        sheet.write(row)
    return target.getvalue().encode()
