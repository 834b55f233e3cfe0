"""Workflow ids: under which a run is found, in Temporal and in what SQL knows of it."""


def idea_workflow(idea_id: str) -> str:
    return f"idea/{idea_id}"


def schedule(name: str) -> str:
    return f"upkeep/{name}"


def coach_search(idea_id: str, n: int) -> str:
    return f"coach-search/{idea_id}/{n}"


def coach_leave(coach_id: str, n: int) -> str:
    return f"coach-leave/{coach_id}/{n}"


def crowdfunding(idea_id: str, attempt: int) -> str:
    return f"crowdfunding/{idea_id}/{attempt}"


def bulk(run_id: str) -> str:
    return f"bulk/{run_id}"


def secret_mail(mail_id: str) -> str:
    return f"secret-mail/{mail_id}"


def inbox(account_id: str) -> str:
    return f"inbox/{account_id}"
