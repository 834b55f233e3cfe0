"""The workflow of a plain kind of case: it takes the commands of its kind, and has no story of its own.

One is made for each kind, by the name of the kind: `Replication`. The states are in `models.lifecycles`, what a step
changes in `models.rules`.
"""

from typing import Any

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from models.cases.plain_case import PlainKind
    from models.messages.cases import Taken
    from models.rules.kinds import PLAIN
    from workflows import names
    from workflows.case import CaseWorkflow
    from workflows.signing import refuse_unless_signed


def plain_workflow(rules: PlainKind[Any, Any], module: str = __name__) -> type[CaseWorkflow[Any]]:
    """`module`: where it is found by its name, as the sandbox imports it."""
    # What travels is read by these types: Temporal finds them where a type stands.
    state: Any = rules.state
    asked: Any = rules.command
    name = rules.name.capitalize()

    class Plain(CaseWorkflow[Any]):
        kind = rules

        @workflow.init
        def __init__(self, case: state) -> None:
            refuse_unless_signed(case)
            self.arrive(case)

        @workflow.update(name=names.COMMAND)
        def command(self, command: asked) -> Taken:
            return self.take(command)

        @command.validator
        def refuse_what_is_not_allowed(self, command: asked) -> None:
            self.refuse(command)

        async def run(self, case: state) -> state:
            return await self.live()

    # The SDK takes none that is only to be found within a function, so it is told first where this one will be.
    Plain.__module__, Plain.__name__, Plain.__qualname__ = module, name, name
    Plain.run.__module__, Plain.run.__qualname__ = module, f"{name}.run"
    workflow.run(Plain.run)
    return workflow.defn(Plain)


WORKFLOWS = {kind.name: plain_workflow(kind) for kind in PLAIN}
globals().update({each.__name__: each for each in WORKFLOWS.values()})
