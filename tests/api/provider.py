"""A provider of OpenID Connect on this machine, which can be made to misbehave."""

import base64
import hashlib
import json
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from fastapi import FastAPI, Request
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, OctKey, RSAKey
from starlette.responses import JSONResponse, Response

CLIENT, SECRET = "ideenweg", "a secret between us and the provider"


@dataclass
class Provider:
    """Signs in whoever it is told to, as its specification says, unless `claims`, `header` or `key` say otherwise."""

    issuer: str = ""
    person: dict[str, Any] = field(default_factory=lambda: {"email": "carla@example.org", "email_verified": True})
    claims: dict[str, Any] = field(default_factory=dict)
    userinfo: dict[str, Any] = field(default_factory=dict)
    algorithm: str = "RS256"
    forges: bool = False
    """Signs with a key that it has not published, under the name of one that it has."""
    asked: dict[str, str] = field(default_factory=dict)
    """What the browser brought along when it came here."""
    keys: list[Any] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.change_keys("first")

    def change_keys(self, name: str) -> None:
        self.keys = [
            RSAKey.generate_key(2048, {"kid": f"{name}-rsa", "use": "sig"}, private=True),
            ECKey.generate_key("P-256", {"kid": f"{name}-ec", "use": "sig"}, private=True),
        ]

    def app(self) -> FastAPI:
        app = FastAPI()
        app.add_api_route("/.well-known/openid-configuration", self.describe)
        app.add_api_route("/keys", self.publish_keys)
        app.add_api_route("/token", self.give_token, methods=["POST"])
        app.add_api_route("/userinfo", self.tell_who)
        return app

    async def describe(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
            "jwks_uri": f"{self.issuer}/keys",
        }

    async def publish_keys(self) -> Any:
        return KeySet(self.keys).as_dict(private=False)

    def authorize(self, address: str) -> dict[str, str]:
        """What a browser that was sent here brings back."""
        self.asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        return {"state": self.asked["state"], "code": "a code"}

    async def give_token(self, request: Request) -> Response:
        """Checks what a provider has to: the client, the code, and who began (RFC 7636)."""
        form = {name: str(value) for name, value in (await request.form()).items()}
        known = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        digest = hashlib.sha256(form["code_verifier"].encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if (
            request.headers.get("authorization") != f"Basic {known}"
            or form["code"] != "a code"
            or form["grant_type"] != "authorization_code"
            or form["redirect_uri"] != self.asked["redirect_uri"]
            or challenge != self.asked["code_challenge"]
            or self.asked["code_challenge_method"] != "S256"
        ):
            return JSONResponse({"error": "invalid_grant"}, 400)
        return JSONResponse({"access_token": "an access token", "token_type": "Bearer", "id_token": self.write_token()})

    def write_token(self) -> str:
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "aud": CLIENT,
            "sub": "42",
            "iat": now,
            "exp": now + 300,
            "nonce": self.asked["nonce"],
            **self.person,
            **self.claims,
        }
        claims = {name: value for name, value in claims.items() if value is not None}
        if self.algorithm == "none":
            parts = (json.dumps(part).encode() for part in ({"alg": "none"}, claims))
            return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts) + "."
        if self.algorithm == "HS256":
            return jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(SECRET))
        key = self.keys[self.algorithm == "ES256"]
        signing = RSAKey.generate_key(2048, {"kid": key.kid}, private=True) if self.forges else key
        return jwt.encode({"alg": self.algorithm, "kid": key.kid}, claims, signing)

    async def tell_who(self, request: Request) -> Response:
        if request.headers.get("authorization") != "Bearer an access token":
            return JSONResponse({"error": "invalid_token"}, 401)
        return JSONResponse({"sub": "42", **self.userinfo})
