"""What the caller was told, and how they want to be told."""

from api.routes.idea_representation import Listing
from api.runtime.services import Services
from api.sign_in.dependencies import ApiAccount
from api.use_cases.deliveries import read_notices
from api.use_cases.mail_preferences import PreferencesForm, save_preferences
from api.web.dependencies import ServicesHere
from api.web.problems import responses
from api.web.routers import api_router
from models.queries.deliveries import NoticeLine
from models.queries.notice_settings import NoticePreferences, read_preferences
from models.tables import Account

router = api_router("/me", "me")


@router.get("/notices", summary="The caller's newest notices, and what became of each")
async def get_notices(services: ServicesHere, account: ApiAccount) -> Listing[NoticeLine]:
    return Listing(items=await read_notices(services, account))


@router.get("/notice-settings", summary="When the caller's mails come, and who reads them meanwhile")
async def get_settings(services: ServicesHere, account: ApiAccount) -> NoticePreferences:
    return await _load(services, account)


@router.put("/notice-settings", summary="Choose when mails come, and name a deputy", responses=responses(413, 422))
async def put_settings(services: ServicesHere, account: ApiAccount, form: PreferencesForm) -> NoticePreferences:
    await save_preferences(services, account, form)
    return await _load(services, account)


async def _load(services: Services, account: Account) -> NoticePreferences:
    async with services.database.reading() as session:
        return await read_preferences(session, account, services.today())
