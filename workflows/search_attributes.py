"""Search attributes of cases: by which kind, office and stage Temporal's UI filters them.

They are set when a run begins, which costs no event. Where Temporal does not know them a start with them would fail, so
whoever starts a run asks once; a run that began without them goes on without them.
"""

from datetime import timedelta
from typing import Any

from temporalio import workflow
from temporalio.api.operatorservice.v1 import ListSearchAttributesRequest
from temporalio.client import Client
from temporalio.common import SearchAttributeKey, SearchAttributePair, TypedSearchAttributes
from temporalio.service import RPCError

from workflows import names

ANSWERS_WITHIN = timedelta(seconds=1)
"""Nobody waits longer for it: a start goes without them."""

KIND, OFFICE, STAGE = (SearchAttributeKey.for_keyword(name) for name in names.SEARCH_ATTRIBUTES)


def attributes_of(kind: str, office: str, stage: str) -> TypedSearchAttributes:
    """`kind`: "idea" or "crowdfunding"; `stage`: of the idea, or the hand-off's own name."""
    values = ((KIND, kind), (OFFICE, office), (STAGE, stage))
    return TypedSearchAttributes([SearchAttributePair(key, value) for key, value in values])


def attributes_of_next(kind: str, office: str, stage: str) -> TypedSearchAttributes | None:
    """For a run that this one continues as or starts; None where it knows none itself."""
    knows = workflow.info().typed_search_attributes.get(KIND) is not None
    return attributes_of(kind, office, stage) if knows else None


async def list_missing(client: Client) -> list[str]:
    """Which Temporal does not know in our namespace. Raises RPCError, RuntimeError."""
    asked = ListSearchAttributesRequest(namespace=client.namespace)
    found = await client.operator_service.list_search_attributes(asked, timeout=ANSWERS_WITHIN)
    return [name for name in names.SEARCH_ATTRIBUTES if name not in found.custom_attributes]


class SearchAttributes:
    """What starts may carry. Temporal is asked once; while it does not answer, nothing is carried."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._known: bool | None = None

    async def options(self, kind: str, office: str, stage: str) -> dict[str, Any]:
        """For a start of the SDK."""
        if self._known is None:
            try:
                self._known = not await list_missing(self._client)
            except (RPCError, RuntimeError):
                return {}
        return {"search_attributes": attributes_of(kind, office, stage)} if self._known else {}
