"""Whether somebody has just proved who they are, which a few pages ask before they do what cannot be taken back: those
of `FreshPage`, `FreshLeadPage`, `FreshOwnerPage` in `api/pages/kit/page.py`. How long a proof is fresh is the setting
`step_up_minutes`; `api/pages/sign_in/step_up.py` asks for another."""

from api.runtime.services import Services
from api.sign_in.sessions import LINGERS
from models.tables import SessionRow
from models.tables.columns import utc_now


def is_fresh(row: SessionRow, services: Services) -> bool:
    """Whether somebody has proved lately that it is really them at this screen. To have come by a link that may be
    weeks old is no such proof."""
    is_old = row.method in LINGERS and row.proved_at == row.created_at
    return not is_old and utc_now() - row.proved_at <= services.settings.step_up_within
