"""Replication: what a story tells of is tried elsewhere, from the question to its team to the report."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from models.messages.cases import Taken
    from models.messages.replication import ReplicationCommand, ReplicationState
    from models.rules.replication import REPLICATIONS
    from workflows import names
    from workflows.case import CaseWorkflow
    from workflows.signing import refuse_unless_signed


@workflow.defn(name=names.REPLICATION)
class Replication(CaseWorkflow[ReplicationState]):
    """The states are in `models.lifecycles.replication`, what a step changes in `models.rules.replication`."""

    kind = REPLICATIONS

    @workflow.init
    def __init__(self, replication: ReplicationState) -> None:
        refuse_unless_signed(replication)
        self.arrive(replication)

    @workflow.update(name=names.COMMAND)
    def command(self, command: ReplicationCommand) -> Taken:
        return self.take(command)

    @command.validator
    def refuse_what_is_not_allowed(self, command: ReplicationCommand) -> None:
        self.refuse(command)

    @workflow.run
    async def run(self, replication: ReplicationState) -> ReplicationState:
        return await self.live()
