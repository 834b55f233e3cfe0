"""`ideenweg people`: who works here, for the operator. What is done here needs no second lead, and is kept in the
history as done by the command line."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from api.operations.console import DONE, carry_out

if TYPE_CHECKING:
    from rich.console import Console

    from api.runtime.services import Services
    from models.tables import Account
    from models.vocabulary import PersonChangeKind, Role

app = typer.Typer(help="Who works here: list, invite, roles, offices, block, sign out.", no_args_is_help=True)

Email = Annotated[str, typer.Argument(metavar="EMAIL", help="The address of their account.")]

WHY_NOT = {
    "no_change": "It is so already.",
    "last_lead": "This is the only lead. Give another account the role first: ideenweg people role EMAIL --add lead",
    "has_ideas": "They coach or cover open ideas, or have open offers. Hand these over first, under Menschen.",
    "blocked": "This account is blocked. First: ideenweg people unblock EMAIL",
    "is_staff": "They work here already. Give them another role with: ideenweg people role EMAIL --add ROLE",
    "invited": "An invitation to this address is open. Send it again or withdraw it under Menschen.",
}


@app.command("set-up")
def set_up() -> None:
    """Print a link that makes the first lead: it works once, for a day. Prints nothing where somebody leads."""

    async def work(services: Services, _console: Console) -> int:
        from api.use_cases.staff.first_lead import open_set_up, tell_set_up

        address = await open_set_up(services)
        if address is not None:
            typer.echo(tell_set_up(address))
        return DONE

    carry_out(work)


@app.command("list")
def list_(as_json: Annotated[bool, typer.Option("--json", help="As JSON instead of a table.")] = False) -> None:
    """Everybody who works here or was invited: name, address, roles, office, places, open ideas, state."""

    async def work(services: Services, console: Console) -> int:
        from models.queries.staff_list import list_staff

        async with services.database.reading() as session:
            lines = [line.told() for line in await list_staff(session, services.today())]
        if as_json:
            typer.echo(json.dumps(lines, ensure_ascii=False, indent=2))
        else:
            _show(console, lines)
        return DONE

    carry_out(work)


@app.command()
def invite(
    email: Email,
    role: Annotated[str, typer.Option(help="coach or lead.")],
    office: Annotated[str, typer.Option(help="An office of the region, by its key in pipeline.toml.")],
    name: Annotated[str, typer.Option(help="As you know them; they may correct it.")] = "",
) -> None:
    """Invite somebody by mail, and print the link as well: it works without a mail server, for 14 days, once."""
    from models.single_line import is_name

    asked_role = _read_role(role, "--role")
    address = _read_address(email)
    if name and not is_name(name):
        _refuse("--name", "it is no name: one line, without addresses")

    async def work(services: Services) -> None:
        from api.use_cases.audit import OPERATOR
        from api.use_cases.staff.inviting import NewStaff, invite

        where = _read_office(services, office, "--office")
        language = services.policy.region.default_language
        form = NewStaff(address, " ".join(name.split()), asked_role, where, language=language)
        asked = await invite(services, OPERATOR, form, with_link=True)
        typer.echo(asked.link)
        told = "A mail is on its way, too." if asked.sent else "No mail was sent: the engine is away."
        typer.echo(f"{told} Whoever opens the link can accept or decline it; give it to nobody else.", err=True)

    _change(work)


@app.command()
def role(
    email: Email,
    add: Annotated[str | None, typer.Option(help="coach or lead.")] = None,
    remove: Annotated[str | None, typer.Option(help="coach or lead.")] = None,
) -> None:
    """Give a role, or take one. They are signed out everywhere, since they are somebody else here from now on."""
    from models.vocabulary import PersonChangeKind

    if (add is None) == (remove is None):
        raise typer.BadParameter("give either --add ROLE or --remove ROLE")
    if add is not None:
        _change_person(email, PersonChangeKind.ROLE_GIVEN, f"has the role {add} now", _read_role(add, "--add"))
    elif remove is not None:
        told = f"has the role {remove} no more"
        _change_person(email, PersonChangeKind.ROLE_TAKEN, told, _read_role(remove, "--remove"))


@app.command()
def office(
    email: Email, key: Annotated[str, typer.Argument(metavar="OFFICE", help="Its key in pipeline.toml.")]
) -> None:
    """Somebody works in another office from now on. Ideas stay where they are."""

    async def work(services: Services) -> None:
        from api.use_cases.audit import OPERATOR
        from api.use_cases.staff.changes import change_office

        account = await _find(services, email)
        where = _read_office(services, key, "OFFICE")
        await change_office(services, OPERATOR, account.id, where)
        typer.echo(f"They work in {where} now.")

    _change(work)


@app.command()
def block(email: Email) -> None:
    """Nothing lets them in any more: no mail, no provider, no passkey, no token. Nothing of theirs is deleted."""
    from models.vocabulary import PersonChangeKind

    _change_person(email, PersonChangeKind.BLOCKED, "is blocked; their open ideas are to be handed over under Menschen")


@app.command()
def unblock(email: Email) -> None:
    """They can sign in again, with the roles they had."""
    from models.vocabulary import PersonChangeKind

    _change_person(email, PersonChangeKind.UNBLOCKED, "can sign in again")


@app.command("sign-out")
def sign_out(email: Email) -> None:
    """End all their sessions, links under way, tokens and the calendar address. They can sign in anew."""
    from models.vocabulary import PersonChangeKind

    _change_person(email, PersonChangeKind.SIGNED_OUT, "is signed out everywhere")


@app.command("reset-proofs")
def reset_proofs(email: Email) -> None:
    """For somebody who has lost their phone and their codes: passkeys, app and recovery codes count no more, and they
    are signed out. They come in by mail and set up another second factor. Make sure first that it is them.
    """

    from models.vocabulary import PersonChangeKind

    _change_person(email, PersonChangeKind.PROOFS_RESET, "sets up a second factor at the next sign-in")


def _change_person(email: str, kind: PersonChangeKind, told: str, role: Role | None = None) -> None:
    async def work(services: Services) -> None:
        from api.use_cases.audit import OPERATOR
        from api.use_cases.staff.changes import change_person

        account = await _find(services, email)
        await change_person(services, OPERATOR, account.id, kind, role=role, confirmed=True)
        typer.echo(f"{account.name or email} {told}.")

    _change(work)


def _change(work: Callable[[Services], Awaitable[None]]) -> None:
    """Carry a change out, or say why it cannot be."""

    async def carry(services: Services, _console: Console) -> int:
        from api.use_cases.staff.changes import NotChanged

        try:
            await work(services)
        except NotChanged as refused:
            raise RuntimeError(WHY_NOT.get(refused.why, str(refused.why))) from None
        return DONE

    carry_out(carry)


async def _find(services: Services, email: str) -> Account:
    from sqlmodel import col, select

    from models.tables import Account

    address = _read_address(email)
    async with services.database.reading() as session:
        known = select(Account).where(Account.email == address, col(Account.erased_at).is_(None))
        account = (await session.exec(known)).one_or_none()
    if account is None:
        _refuse("EMAIL", "there is no such account. To ask somebody new: ideenweg people invite")
    return account


def _read_address(email: str) -> str:
    from models.addresses import WrongAddress, canonical_address

    try:
        return canonical_address(email)
    except WrongAddress as wrong:
        _refuse("EMAIL", f"it {wrong}")


def _read_role(text: str, option: str) -> Role:
    from models.rules.staff_roles import STAFF_ROLES
    from models.vocabulary import Role

    if text not in STAFF_ROLES:
        _refuse(option, f"{text} is no role: take {' or '.join(STAFF_ROLES)}")
    return Role(text)


def _read_office(services: Services, text: str, option: str) -> str:
    offices = services.policy.region.offices
    if text not in offices:
        _refuse(option, f"{text} is no office of this region: take one of {', '.join(offices)}")
    return text


def _refuse(argument: str, why: str) -> NoReturn:
    raise typer.BadParameter(why, param_hint=argument)


def _show(console: Console, lines: list[dict[str, Any]]) -> None:
    from rich.table import Table

    if not lines:
        console.print("Nobody works here yet: ideenweg people set-up")
        return
    table = Table("name", "address", "roles", "office", "places", "ideas", "last sign-in", "state")
    for line in lines:
        places = "" if line["capacity"] is None else f"{line['taken']}/{line['capacity']}"
        seen = (line["signed_in_at"] or "")[:10]
        cells = (", ".join(line["roles"]), line["office"] or "", places, str(line["ideas"]), seen, line["state"])
        table.add_row(line["name"], line["email"], *cells)
    console.print(table)
