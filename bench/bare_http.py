"""The least that a command over HTTP can be: a bearer token is looked up, a note is stored, a bare update is asked.

`python -m bench.bare_http` is its web process. It stands beside ours as what HTTP, a token and words cost by
themselves.
"""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Annotated
from uuid import UUID, uuid4

import uvicorn
from fastapi import FastAPI, Header, HTTPException, Request
from pydantic import BaseModel
from sqlalchemy import text

from api.sign_in.bearer import hash_token
from bench import bare
from models.database import Database
from models.settings import load_settings
from workflows.client import connect

CALLER = text("""
    SELECT account.id FROM account JOIN access_token ON access_token.account_id = account.id
    WHERE access_token.hash = :hash AND access_token.revoked_at IS NULL
""")
NOTE = text("""
    INSERT INTO note (id, idea_id, author_id, event, internal, body, created_at)
    VALUES (:id, :idea_id, :author_id, :event, false, :body, now()) ON CONFLICT DO NOTHING
""")


class Step(BaseModel):
    """What a caller sends."""

    event: str
    note: str


class Receipt(BaseModel):
    """What they get back."""

    version: int


@asynccontextmanager
async def live(app: FastAPI) -> AsyncIterator[None]:
    settings = load_settings()
    assert settings.database_url is not None
    app.state.database = Database(settings.database_url.get_secret_value(), pool_size=10)
    app.state.client = await connect(settings)
    yield
    await app.state.database.dispose()


app = FastAPI(lifespan=live)


@app.get("/readyz")
async def ready() -> dict[str, str]:
    return {}


@app.post("/api/v1/ideas/{idea_id}/commands")
async def post_command(
    idea_id: UUID,
    step: Step,
    request: Request,
    authorization: Annotated[str, Header()],
    idempotency_key: Annotated[str, Header()],
) -> Receipt:
    database, client = request.app.state.database, request.app.state.client
    async with database.reading() as session:
        asked = {"hash": hash_token(authorization.removeprefix("Bearer "))}
        caller = (await (await session.connection()).execute(CALLER, asked)).scalar_one_or_none()
    if caller is None:
        raise HTTPException(401)
    async with database.transaction() as session:
        note = {"id": uuid4(), "idea_id": idea_id, "author_id": caller, "event": step.event, "body": step.note}
        await (await session.connection()).execute(NOTE, note)
    handle = client.get_workflow_handle(f"bare/{idea_id}")
    command = bare.Asked(str(idea_id), idempotency_key)
    version = await handle.execute_update(
        bare.COMMAND, command, id=idempotency_key, result_type=int, rpc_timeout=timedelta(seconds=10)
    )
    return Receipt(version=version)


if __name__ == "__main__":
    port = int(os.environ["IDEENWEG_PORT"])
    uvicorn.run(app, host="127.0.0.1", port=port, access_log=False, log_level="warning", loop="uvloop")
