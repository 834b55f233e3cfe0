"""Contribution: what a citizen adds to a story, until it has an answer or a reason."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from models.messages.cases import Taken
    from models.messages.contribution import ContributionCommand, ContributionState
    from models.rules.contribution import CONTRIBUTIONS
    from workflows import names
    from workflows.case import CaseWorkflow
    from workflows.signing import refuse_unless_signed


@workflow.defn(name=names.CONTRIBUTION)
class Contribution(CaseWorkflow[ContributionState]):
    """The states are in `models.lifecycles.contribution`, what a step changes in `models.rules.contribution`."""

    kind = CONTRIBUTIONS

    @workflow.init
    def __init__(self, contribution: ContributionState) -> None:
        refuse_unless_signed(contribution)
        self.arrive(contribution)

    @workflow.update(name=names.COMMAND)
    def command(self, command: ContributionCommand) -> Taken:
        return self.take(command)

    @command.validator
    def refuse_what_is_not_allowed(self, command: ContributionCommand) -> None:
        self.refuse(command)

    @workflow.run
    async def run(self, contribution: ContributionState) -> ContributionState:
        return await self.live()
