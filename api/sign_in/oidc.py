"""Signing the staff in at a provider of theirs, by OpenID Connect: authorization code with PKCE, state and nonce.

https://openid.net/specs/openid-connect-core-1_0.html, section 3.1. Who comes from there has to have an account here
with a role of the staff, the first time under an address that both sides have proved, and from then on as the same
subject; roles are given here and not there.

What reads tokens is loaded with the first sign-in: few processes meet one, and all would start a tenth of a second
later.
"""

import time
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

import httpx
from sqlalchemy import ColumnElement, or_, true, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import col, select

from models.addresses import WrongAddress, canonical_address
from models.authorities import trusted_authorities
from models.database import Database
from models.secrets import hash_secret, keyed_hash, new_secret
from models.settings import Settings, is_loopback
from models.tables import Account, SignIn, can_come_in, has_role, is_staff
from models.tables.columns import utc_now
from models.vocabulary import STAFF

if TYPE_CHECKING:
    from authlib.oidc.core import CodeIDToken
    from joserfc.jwk import KeySet

CALLBACK = "anmelden/dienst/zurueck"
SCOPE = "openid email"
ALGORITHMS = ["RS256", "ES256"]
"""Signed with a key that the provider alone has. No HS256: its key is our own secret."""

LASTS = timedelta(minutes=15)
"""How long somebody may take to sign in over there."""
LEEWAY = 60
"""Seconds by which two clocks may differ."""
KEPT_FOR = 3600.0
"""Seconds for which the provider's own description is not asked for again."""
PATIENCE = 10.0


class OidcRefused(Exception):
    """Nobody is signed in. `why` names the words for it: "state", "provider", "token" or "nobody"."""

    def __init__(self, why: str) -> None:
        self.why = why
        super().__init__(why)


class ProviderAway(Exception):
    """The provider does not answer, or not as its specification says. Trying again later may help."""


class Oidc:
    """The provider of the staff. Nothing of a sign-in under way is kept but a digest of its state."""

    def __init__(self, settings: Settings, key: str) -> None:
        self._issuer = settings.oidc_issuer or ""
        self._client_id = settings.oidc_client_id or ""
        self._secret = settings.oidc_client_secret
        self._back = f"{settings.base_url}/{CALLBACK}"
        self._key = key
        self._alone = settings.staff_need_provider
        self._described: tuple[float, dict[str, Any]] | None = None
        self._keys: KeySet | None = None

    async def begin(self, database: Database, browser: str, next_path: str | None, *, anew: bool = False) -> str:
        """The address to send somebody to. `anew`: they shall prove who they are once more. Raises ProviderAway."""
        from authlib.oauth2.rfc7636 import create_s256_code_challenge

        state, described = new_secret(), await self._describe()
        asked = SignIn(
            by_mail=False,
            browser_hash=hash_secret(browser),
            link_hash=hash_secret(state),
            next_path=next_path,
            expires_at=utc_now() + LASTS,
        )
        async with database.transaction() as session:
            session.add(asked)
        query = {
            "response_type": "code",
            "client_id": self._client_id,
            "redirect_uri": self._back,
            "scope": SCOPE,
            "state": state,
            "nonce": self._derive("nonce", state),
            "code_challenge": create_s256_code_challenge(self._derive("verifier", state)),
            "code_challenge_method": "S256",
        } | ({"prompt": "login"} if anew else {})
        address = self._endpoint(described, "authorization_endpoint")
        return f"{address}{'&' if urlsplit(address).query else '?'}{urlencode(query)}"

    async def complete(
        self, database: Database, browser: str | None, state: str, code: str
    ) -> tuple[Account, str | None]:
        """Who has come back, and where they wanted to go. Raises OidcRefused, ProviderAway."""
        next_path = await self._use_state(database, browser, state)
        if not code:
            raise OidcRefused("provider")
        tokens = await self._redeem(code, self._derive("verifier", state))
        claims = await self._read_token(tokens, self._derive("nonce", state))
        async with database.session() as session:
            account = (await session.exec(select(Account).where(*self._is_bound_to(claims)))).one_or_none()
        if account is None:
            account = await self._bind(database, claims, await self._read_address(tokens, claims))
        if not is_staff(account) or not account.can_come_in:
            raise OidcRefused("nobody")
        return account, next_path

    # -- whose account it is ---------------------------------------------------------------------------------

    def _is_bound_to(self, claims: "CodeIDToken") -> tuple[ColumnElement[bool], ...]:
        """OpenID Connect Core 1.0, section 5.7: issuer and subject alone name somebody, whatever their address is."""
        return col(Account.oidc_issuer) == self._issuer, col(Account.oidc_subject) == str(claims["sub"])

    async def _bind(self, database: Database, claims: "CodeIDToken", email: str) -> Account:
        """At the first sign-in the address tells whose account it is, where its owner has proved that here, too. Where
        nothing but the provider opens an account, nobody could: its word is the proof.

        From then on it is the subject: an address that goes over to another person there opens nothing here.
        """
        proved = true() if self._alone else col(Account.proved_at).is_not(None)
        theirs = (col(Account.email) == email, col(Account.oidc_subject).is_(None), proved, can_come_in())
        bound: Any = update(Account).where(*theirs, or_(*(has_role(role) for role in STAFF)))
        bound = bound.values(oidc_issuer=self._issuer, oidc_subject=str(claims["sub"])).returning(Account)
        try:
            async with database.transaction() as session:
                account: Account | None = (await session.exec(bound)).scalar_one_or_none()
        except IntegrityError:
            # Two windows at once: the other one was faster.
            raise OidcRefused("state") from None
        if account is None:
            raise OidcRefused("nobody")
        return account

    # -- the steps -------------------------------------------------------------------------------------------

    async def _use_state(self, database: Database, browser: str | None, state: str) -> str | None:
        """A state counts once, and in the browser that was sent away with it."""
        used = (
            update(SignIn)
            .where(
                col(SignIn.link_hash) == hash_secret(state),
                col(SignIn.browser_hash) == hash_secret(browser or ""),
                col(SignIn.by_mail).is_(False),
                col(SignIn.used_at).is_(None),
                col(SignIn.expires_at) > utc_now(),
            )
            .values(used_at=utc_now())
            .returning(col(SignIn.next_path))
        )
        async with database.transaction() as session:
            found = (await session.exec(used)).all()
        if not found:
            raise OidcRefused("state")
        next_path: str | None = found[0][0]
        return next_path

    async def _redeem(self, code: str, verifier: str) -> dict[str, Any]:
        described = await self._describe()
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._back,
            "code_verifier": verifier,
            "client_id": self._client_id,
        }
        secret = self._secret.get_secret_value() if self._secret else ""
        async with httpx.AsyncClient(timeout=PATIENCE, verify=trusted_authorities()) as client:
            try:
                answer = await client.post(
                    self._endpoint(described, "token_endpoint"), data=form, auth=(self._client_id, secret)
                )
            except httpx.HTTPError as error:
                raise ProviderAway from error
        if answer.status_code >= 500:
            raise ProviderAway
        tokens = _read_json(answer) if answer.status_code == 200 else {}
        if not isinstance(tokens.get("id_token"), str):
            raise OidcRefused("provider")
        return tokens

    async def _read_token(self, tokens: dict[str, Any], nonce: str) -> "CodeIDToken":
        """Its signature, and that it is from this provider, for us, for this sign-in, and for now."""
        from authlib.oidc.core import CodeIDToken
        from joserfc import jwt
        from joserfc.errors import InvalidKeyIdError, JoseError

        text = tokens["id_token"]
        try:
            try:
                token = jwt.decode(text, await self._read_keys(), algorithms=ALGORITHMS)
            except InvalidKeyIdError:
                # The provider has changed its keys since we looked.
                token = jwt.decode(text, await self._read_keys(anew=True), algorithms=ALGORITHMS)
            claims = CodeIDToken(
                token.claims,
                token.header,
                options={
                    "iss": {"essential": True, "value": self._issuer},
                    "aud": {"essential": True, "value": self._client_id},
                },
                params={"nonce": nonce, "client_id": self._client_id, "access_token": tokens.get("access_token")},
            )
            claims.validate(leeway=LEEWAY)
        except (JoseError, ValueError, TypeError) as error:
            raise OidcRefused("token") from error
        return claims

    async def _read_address(self, tokens: dict[str, Any], claims: "CodeIDToken") -> str:
        """The verified address; where the token has none, as the provider tells it to who has its access token."""
        told: dict[str, Any] = dict(claims)
        if "email" not in told and isinstance(tokens.get("access_token"), str):
            told = await self._ask_who(tokens["access_token"])
            if told.get("sub") != claims["sub"]:
                raise OidcRefused("token")
        email = told.get("email")
        if not isinstance(email, str) or told.get("email_verified") is not True:
            raise OidcRefused("nobody")
        try:
            return canonical_address(email)
        except WrongAddress:
            raise OidcRefused("nobody") from None

    async def _ask_who(self, access_token: str) -> dict[str, Any]:
        address = self._endpoint(await self._describe(), "userinfo_endpoint")
        return await _fetch(address, {"Authorization": f"Bearer {access_token}"})

    # -- what the provider says of itself --------------------------------------------------------------------

    async def _describe(self) -> dict[str, Any]:
        now = time.monotonic()
        if self._described is None or now - self._described[0] > KEPT_FOR:
            described = await _fetch(self._issuer.rstrip("/") + "/.well-known/openid-configuration")
            if described.get("issuer") != self._issuer:
                raise ProviderAway
            self._described, self._keys = (now, described), None
        return self._described[1]

    async def _read_keys(self, *, anew: bool = False) -> "KeySet":
        from joserfc.jwk import KeySet

        if self._keys is None or anew:
            described = await self._describe()
            self._keys = KeySet.import_key_set(await _fetch(self._endpoint(described, "jwks_uri")))  # type: ignore[arg-type]
        return self._keys

    def _endpoint(self, described: dict[str, Any], name: str) -> str:
        """Only over an encrypted line, or to this very machine."""
        address = described.get(name)
        parts = urlsplit(address) if isinstance(address, str) else None
        if parts is None or not (parts.scheme == "https" or is_loopback(parts.hostname or "")):
            raise ProviderAway
        return str(address)

    def _derive(self, purpose: str, state: str) -> str:
        """A secret of this one sign-in that needs not be kept: whoever knows its state alone cannot make it."""
        return keyed_hash(self._key, f"oidc/{purpose}", state)


async def _fetch(address: str, headers: dict[str, str] | None = None) -> dict[str, Any]:
    async with httpx.AsyncClient(timeout=PATIENCE, verify=trusted_authorities()) as client:
        try:
            answer = await client.get(address, headers=headers)
        except httpx.HTTPError as error:
            raise ProviderAway from error
    if answer.status_code != 200:
        raise ProviderAway
    return _read_json(answer)


def _read_json(answer: httpx.Response) -> dict[str, Any]:
    try:
        found = answer.json()
    except ValueError:
        raise ProviderAway from None
    if not isinstance(found, dict):
        raise ProviderAway
    return found
