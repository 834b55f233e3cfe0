"""HEAD: the headers of a GET, and no body."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

KNOWN_LATER = ("route", "endpoint", "path_params")
"""What the router notes, for the log."""


class HeadAsGet:
    """Answers HEAD as GET would be answered, on every route that has one. Stands outside whatever makes the headers."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self.app(scope, receive, send)
            return

        async def send_without_body(message: Message) -> None:
            if message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        asked = {**scope, "method": "GET"}
        try:
            await self.app(asked, receive, send_without_body)
        finally:
            scope.update({name: asked[name] for name in KNOWN_LATER if name in asked})
