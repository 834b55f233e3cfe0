"""A device with passkeys, as a browser would speak for it (WebAuthn, section 5.1), and all that it can get wrong."""

import base64
import hashlib
import json
import secrets
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


def write(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def read(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


@dataclass
class Device:
    """One passkey. What a test changes of it, the device says."""

    origin: str
    flags: int = PRESENT | VERIFIED
    counts_up: bool = True
    sign_count: int = 0
    key: EllipticCurvePrivateKey = field(default_factory=lambda: generate_private_key(SECP256R1()))
    credential_id: bytes = field(default_factory=lambda: secrets.token_bytes(16))
    holder: bytes = b""

    def make(self, asked: dict[str, Any]) -> str:
        """The answer to options of registration."""
        self.holder = read(asked["user"]["id"])
        numbers = self.key.public_key().public_numbers()
        public = cbor2.dumps({1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32), -3: numbers.y.to_bytes(32)})
        length = len(self.credential_id).to_bytes(2)
        told = self._tell(asked["rp"]["id"], ATTESTED) + bytes(16) + length + self.credential_id + public
        attested = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": told})
        client = self._write_client("webauthn.create", asked["challenge"])
        return self._answer({"clientDataJSON": write(client), "attestationObject": write(attested)})

    def sign(self, asked: dict[str, Any]) -> str:
        """The answer to options of authentication."""
        self.sign_count += self.counts_up
        told, client = self._tell(asked["rpId"]), self._write_client("webauthn.get", asked["challenge"])
        signature = self.key.sign(told + hashlib.sha256(client).digest(), ECDSA(SHA256()))
        return self._answer(
            {
                "clientDataJSON": write(client),
                "authenticatorData": write(told),
                "signature": write(signature),
                "userHandle": write(self.holder),
            }
        )

    def _tell(self, host: str, flags: int = 0) -> bytes:
        return hashlib.sha256(host.encode()).digest() + bytes([self.flags | flags]) + self.sign_count.to_bytes(4)

    def _write_client(self, kind: str, challenge: str) -> bytes:
        return json.dumps({"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False}).encode()

    def _answer(self, response: dict[str, str]) -> str:
        its_id = write(self.credential_id)
        return json.dumps({"id": its_id, "rawId": its_id, "type": "public-key", "response": response})
