"""Whose idea it is: handing it to somebody else.

Only the idea's workflow changes that; here it is made sure that whoever gets it has said yes.
"""

from api.engine_commands import ask_idea
from api.ideas import wait_until_shown
from api.services import Services
from models.lifecycles.common import CHANGE_OWNER
from models.messages.commands import ENGINE, Command, Receipt
from models.vocabulary import Share


async def change_owner(
    services: Services, idea_id: str, new_owner_id: str, command_id: str, former: Share | None = None
) -> Receipt:
    """Give an open idea to another account, which has agreed, or belongs to the same person. `former`: with what share
    its owner until now stays in the team; without one they are in it no more. The same `command_id` does it once.

    Raises IdeaGone where the path has ended, CommandRefused where the account owns or coaches the idea, EngineAway.
    """
    command = Command(id=command_id, event=CHANGE_OWNER, actor=ENGINE, member_id=new_owner_id, share=former)
    receipt = await ask_idea(services, idea_id, command)
    await wait_until_shown(services, idea_id, receipt.version)
    return receipt
