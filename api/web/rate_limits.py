"""Rate limits: how often something may be done, by whom it is counted, and the refusal (429).

Refused is by *who asks*: a network, an account, a session. Nobody is refused for *whom* something is asked for, since
then any stranger could lock them out; how many mails one address gets is decided in silence, where mails are
written.
"""

from enum import StrEnum

from starlette.requests import Request

from api.runtime.rate_limiter import Counter, Rate
from api.runtime.services import Services
from api.use_cases.audit import audit
from api.web.networks import networks_of
from api.web.problems import ProblemError
from api.web.request_caller import caller_of
from models.vocabulary import AuditEvent

MINUTE, HOUR = 60, 3600


class Limited(StrEnum):
    """What may be done only so often."""

    SIGN_IN = "sign_in"
    ONE_ADDRESS = "one_address"
    """Sign-ins for one address, from one network."""
    ONE_ADDRESS_IN_A_DAY = "one_address_in_a_day"
    """So that no network alone uses up the mails that an address gets in a day."""
    FORM_ERROR = "form_error"
    """Forms of strangers with an address that is none: nothing comes of them, so they use up nothing else."""
    PROVIDER = "provider"
    PASSKEY = "passkey"
    STEP_UP = "step_up"
    WRONG_PROOF = "wrong_proof"
    """Codes and links that prove nothing. What is right is not counted."""
    SECOND_FACTOR = "second_factor"
    """Tries of an account at its second factor, after the mail: a million codes are not tried out by who reads it."""
    KEEP = "keep"
    """Forms that wait until their sender has signed in."""
    HAND_IN = "hand_in"
    ADDRESS = "address"
    HINT = "hint"
    """Looks for ideas in the same direction: each costs the database something, and many are a search."""
    FEEDBACK = "feedback"
    CONTRIBUTE = "contribute"
    """To stories, and reports of what others wrote there."""
    CALENDAR = "calendar"
    INVITE = "invite"
    UPLOAD = "upload"


LIMITS: dict[Limited, Rate] = {
    Limited.SIGN_IN: Rate(300, 10 * MINUTE),
    Limited.ONE_ADDRESS: Rate(5, 30 * MINUTE),
    Limited.ONE_ADDRESS_IN_A_DAY: Rate(10, 24 * HOUR),
    Limited.FORM_ERROR: Rate(60, 10 * MINUTE),
    Limited.PROVIDER: Rate(600, 10 * MINUTE),
    Limited.PASSKEY: Rate(600, 10 * MINUTE),
    Limited.STEP_UP: Rate(5, 10 * MINUTE),
    Limited.WRONG_PROOF: Rate(100, 10 * MINUTE),
    Limited.SECOND_FACTOR: Rate(30, 24 * HOUR),
    Limited.KEEP: Rate(120, HOUR),
    Limited.HAND_IN: Rate(120, HOUR),
    Limited.ADDRESS: Rate(10, HOUR),
    Limited.HINT: Rate(600, HOUR),
    Limited.FEEDBACK: Rate(20, HOUR),
    Limited.CONTRIBUTE: Rate(20, HOUR),
    Limited.CALENDAR: Rate(600, 10 * MINUTE),
    Limited.INVITE: Rate(60, HOUR),
    Limited.UPLOAD: Rate(30, HOUR),
}
"""Behind one IPv4 address work whole offices, and phones of one carrier by the thousand. A town hall of 2,000 that
begins between eight and nine makes some 330 sign-ins in ten minutes, most of them at the provider, which costs no more
than a redirect; an evening in a school hall hands in some fifty ideas in an hour, each with a draft to begin and one to
send. Each figure leaves such a place room and stops a machine; of mails there is a count of its own for each address.
Counted by account or session it is one person, and they get what a person needs.
"""

WIDER = 4
"""So many times as much for the /48 of an IPv6 network: an office with many /64, and no more than four of them."""


class Whose(StrEnum):
    """By what somebody was counted, so that the refusal says what is true."""

    NETWORK = "network"
    ACCOUNT = "account"
    SESSION = "session"
    ADDRESS = "address"


async def limit_rate(request: Request, services: Services, what: Limited, account_id: str | None = None) -> None:
    """Count a request: of the account where somebody is signed in, else of the network. Raises a problem (429).

    Whoever is signed in has room of their own, whatever strangers behind the same line do.
    """
    if account_id is not None:
        await limit_whose(request, services, what, Whose.ACCOUNT, account_id)
        return
    most, seconds = LIMITS[what]
    near, *around = networks_of(request)
    wider = [Counter(what, network, Rate(most * WIDER, seconds)) for network in around]
    await _refuse_beyond(request, services, what, Whose.NETWORK, Counter(what, near, LIMITS[what]), *wider)


async def has_room(request: Request, services: Services, what: Limited, account_id: str | None = None) -> bool:
    """The same for what may be left out without a word."""
    try:
        await limit_rate(request, services, what, account_id)
    except ProblemError:
        return False
    return True


async def limit_whose(request: Request, services: Services, what: Limited, whose: Whose, who: str) -> None:
    """Count a request by something else than where it comes from. Raises a problem (429)."""
    await _refuse_beyond(request, services, what, whose, Counter(what, f"{whose}/{who}", LIMITS[what]))


async def limit_address(request: Request, services: Services, email: str) -> None:
    """Count the mails that are asked for an address from this network: from any other one, its owner is none the
    worse for it. One person needs no more in a whole /48 than in a /64.
    """
    counters = [
        Counter(what, f"{Whose.ADDRESS}/{email} {network}", LIMITS[what])
        for what in (Limited.ONE_ADDRESS, Limited.ONE_ADDRESS_IN_A_DAY)
        for network in networks_of(request)
    ]
    await _refuse_beyond(request, services, Limited.ONE_ADDRESS, Whose.ADDRESS, *counters)


def too_many(seconds: int, whose: Whose = Whose.NETWORK) -> ProblemError:
    code = "too_many" if whose is Whose.NETWORK else f"too_many_by_{whose}"
    return ProblemError(429, code, "too many requests of this kind", headers={"Retry-After": str(seconds)})


async def _refuse_beyond(request: Request, services: Services, what: Limited, whose: Whose, *counters: Counter) -> None:
    if seconds := await services.rate_limiter.hit(*counters):
        await _tell(request, services, what, whose, counters[0])
        raise too_many(seconds, whose)


async def _tell(request: Request, services: Services, what: Limited, whose: Whose, counter: Counter) -> None:
    """Once for each who, and window: whoever is refused a thousand times does not fill the audit log."""
    once = counter._replace(what=f"told/{what}", rate=Rate(1, counter.rate.seconds))
    if await services.rate_limiter.hit(once) == 0:
        async with services.database.transaction() as session:
            await audit(session, caller_of(services, request), AuditEvent.SLOWED, what, whose=whose)
