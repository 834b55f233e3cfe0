"""A real browser: where it is found, and how somebody signs in with it."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from playwright.async_api import Browser, BrowserContext, async_playwright

NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
"""The first one there is taken. A shell without windows opens a page for half of what the whole browser needs."""
HOW_TO_GET_ONE = "These tests need a browser: apt install chromium-headless-shell (as root), then run them again."


def find_chromium() -> str:
    """The program. Fails with what to do where there is none; a test that looks at pages is never left out."""
    found = next((path for path in map(shutil.which, NAMES) if path), None)
    assert found is not None, HOW_TO_GET_ONE
    return found


@asynccontextmanager
async def open_chromium() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=find_chromium(), args=["--disable-gpu"])
        try:
            yield browser
        finally:
            await browser.close()


async def open_as(browser: Browser, url: str, account_id: str, **options: Any) -> BrowserContext:
    """A window of its own, in which somebody has signed in by one click; nobody for an empty id."""
    context = await browser.new_context(base_url=url, **({"locale": "de-DE"} | options))
    if account_id:
        page = await context.new_page()
        await page.goto("/demo/anmelden")
        await page.locator("form", has=page.locator(f'input[value="{account_id}"]')).locator("button").click()
        await page.wait_for_url(lambda address: "/demo/anmelden" not in address)
        await page.close()
    return context


class Watcher:
    """Notes what a page must never do: ask another server, break the security policy, fail in a script."""

    def __init__(self, context: BrowserContext, url: str) -> None:
        self.faults: list[str] = []
        self._url = url
        context.on("request", self._look_at_request)
        context.on("console", self._look_at_console)
        context.on("weberror", lambda error: self.faults.append(str(error.error)))

    def _look_at_request(self, request: Any) -> None:
        if not request.url.startswith((self._url, "data:", "blob:")):
            self.faults.append(f"asks {request.url}")

    def _look_at_console(self, message: Any) -> None:
        # That an error page has its status is told there, too.
        if message.type == "error" and "the server responded with a status of 4" not in message.text:
            self.faults.append(message.text)
