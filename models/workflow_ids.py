"""Workflow ids: under which a run is found, in Temporal and in what SQL knows of it."""

from uuid import NAMESPACE_URL, UUID, uuid5

IDEA, CROWDFUNDING, APPOINTMENT, REPLICATION = "idea", "crowdfunding", "appointment", "replication"
CONTRIBUTION = "contribution"
"""Kinds of cases."""


def case(kind: str, idea_id: str, number: int = 0) -> str:
    return f"{kind}/{idea_id}/{number}" if number else f"{kind}/{idea_id}"


def case_id(kind: str, idea_id: str, number: int = 0) -> str:
    """The key of a case in SQL: of an idea its own id, so that it is found without knowing what a case is."""
    return idea_id if kind == IDEA else str(uuid5(NAMESPACE_URL, case(kind, idea_id, number)))


def read_case(workflow_id: str) -> tuple[str, str, int] | None:
    """Kind, idea and number of a case; None where no case can have this id."""
    kind, _, rest = workflow_id.partition("/")
    idea_id, _, number = rest.partition("/")
    try:
        return kind, str(UUID(idea_id)), int(number or 0)
    except ValueError:
        return None


def idea_workflow(idea_id: str) -> str:
    return case(IDEA, idea_id)


def schedule(name: str) -> str:
    return f"upkeep/{name}"


def coach_search(idea_id: str, n: int) -> str:
    return f"coach-search/{idea_id}/{n}"


def coach_leave(coach_id: str, n: int) -> str:
    return f"coach-leave/{coach_id}/{n}"


def crowdfunding(idea_id: str, attempt: int) -> str:
    return case(CROWDFUNDING, idea_id, attempt)


def bulk(run_id: str) -> str:
    return f"bulk/{run_id}"


def secret_mail(mail_id: str) -> str:
    return f"secret-mail/{mail_id}"


def inbox(account_id: str) -> str:
    return f"inbox/{account_id}"
