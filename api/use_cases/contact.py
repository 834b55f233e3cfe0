"""How somebody is reached, and what of it the other side of an idea sees."""

from pydantic import BaseModel, ConfigDict, Field

from api.runtime.services import Services
from models.single_line import Phone, Reach
from models.tables import Account
from models.tables.account import LONGEST_POST
from models.typed_text import Text


class ContactForm(BaseModel):
    """All of it. It replaces what was there."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    phone: Phone = ""
    reach: Reach = ""
    post: Text = Field(default="", max_length=LONGEST_POST)
    shows_mail: bool = False
    shows_phone: bool = False


async def save_contact(services: Services, account_id: str, form: ContactForm) -> None:
    async with services.database.transaction() as session:
        account = await session.get_one(Account, account_id, with_for_update=True)
        for name, value in form.model_dump().items():
            setattr(account, name, value)
        account.post = form.post if account.held else ""
