"""Fragment requests: what htmx asks for a part of a page is never answered by a whole one."""

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class FragmentRedirect:
    """A redirect would be followed unseen, and the whole page put into a part of one. The browser opens it instead."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        asked = Headers(scope=scope) if scope["type"] == "http" else Headers()
        if asked.get("hx-request") != "true" or "hx-boosted" in asked:
            await self.app(scope, receive, send)
            return

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start" and 300 <= message["status"] < 400:
                headers = MutableHeaders(raw=list(message["headers"]))
                headers["HX-Redirect"] = headers.get("location", "/")
                for name in ("location", "content-length"):
                    del headers[name]
                message = {**message, "status": 204, "headers": headers.raw}
            await send(message)

        await self.app(scope, receive, answer)
