"""How I am reached: phone, a word about it, and what the other side of an idea sees of that."""

from collections.abc import Collection, Mapping

from fastapi import Response
from pydantic import ValidationError

from api.pages.kit.fields import Field, tell_wrong
from api.pages.kit.forms import FormWriter, list_wrong, read_lines, read_texts
from api.pages.kit.page import SignedInPage
from api.pages.kit.rendering import see_other
from api.use_cases.contact import ContactForm, save_contact
from api.web.routers import page_router
from models.queries.account_names import Contact
from models.single_line import LONGEST_PHONE, LONGEST_REACH
from models.tables import Account

router = page_router()

SAID = "contact_saved"
SHOWN = ("shows_mail", "shows_phone")


@router.get("/kontakt")
async def show_contact(page: SignedInPage) -> Response:
    return render_contact(page, known_of(page.person))


@router.post("/kontakt")
async def change_contact(page: SignedInPage) -> Response:
    sent = await page.form()
    values = read_lines(sent, (name for name in ContactForm.model_fields if name in sent and name != "post"))
    values |= read_texts(sent, ["post"])
    try:
        await save_contact(page.services, page.person.id, ContactForm.model_validate(values))
    except ValidationError as wrong:
        return render_contact(page, values, list_wrong(wrong), status=422)
    return see_other("/kontakt", meldung=SAID)


def known_of(account: Account) -> dict[str, str]:
    shown = {name: "true" if getattr(account, name) else "" for name in SHOWN}
    return {"phone": account.phone, "reach": account.reach, "post": account.post, **shown}


def render_contact(
    page: SignedInPage, values: Mapping[str, str], wrong: Collection[str] = (), *, status: int = 200
) -> Response:
    t = page.t
    errors = {name: tell_wrong(t, name) for name in ContactForm.model_fields if name in wrong}
    return page.render(
        "profile/contact.html",
        status,
        told=page.flash({SAID}),
        fields=write_fields(FormWriter(t, values, errors), is_held=page.person.held),
        errors=errors,
        anchors={name: f"kontakt-{name}" for name in errors},
        card=Contact(
            name=page.person.name,
            mail=page.person.email if page.person.shows_mail else "",
            phone=page.person.phone if page.person.shows_phone else "",
            reach=page.person.reach,
        ),
    )


def write_fields(form: FormWriter, *, is_held: bool) -> list[Field]:
    """Where a letter goes is asked for whom the office reads the mail."""
    t = form.t
    return [
        form.write("phone", "line", help_=t("page.contact.phone.help"), longest=LONGEST_PHONE, autocomplete="tel"),
        form.write("reach", "line", help_=t("field.reach.help"), longest=LONGEST_REACH),
        *([form.write("post", "text", help_=t("field.post.help"))] if is_held else ()),
        *(form.write(name, "check") for name in SHOWN),
    ]
