"""An idea whose address is still to be confirmed."""

from fastapi import Response

from api.pages.hand_in.drafts import address_field, holder_of
from api.pages.kit.address_typo import Given, ask_back
from api.pages.kit.fields import tell_wrong
from api.pages.kit.page import AnyPage
from api.use_cases.drafts import typed_words
from models.tables import Draft


def show_waiting(page: AnyPage, draft: Draft, wrong: Given | None = None) -> Response:
    """What is still to be done, and until when; for who has proved the address in another way, the idea to send."""
    if draft.email is not None and holder_of(page).address == draft.email:
        typed = typed_words(draft)
        return page.render("hand_in/confirm.html", typed=typed, draft=draft, secret=None, is_closed=False)
    t, said = page.t, page.said
    error = tell_wrong(t, "email") if wrong and not wrong.is_open else ""
    return page.render(
        "hand_in/to_confirm.html",
        422 if wrong else 200,
        draft=draft,
        field=address_field(t, wrong.email if wrong else typed_words(draft).email, error),
        question=ask_back(t, wrong.email) if wrong and wrong.is_open else None,
        told=t("page.said.mail_again") if said == "mail_again" else None,
        last_day=t.day(draft.expires_at.astimezone(page.services.policy.zone).date()),
    )
