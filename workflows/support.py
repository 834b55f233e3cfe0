"""Support: the help that the idea needs is found, arranged and used."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from models.messages.idea import IdeaState
    from models.vocabulary import Stage
    from workflows import names
    from workflows.stage import StageWorkflow


@workflow.defn(name=names.STAGE_WORKFLOWS[Stage.SUPPORT])
class Support(StageWorkflow):
    """The states are in `models.lifecycles.support`; what a step changes is in `models.rules.steps`."""

    stage = Stage.SUPPORT

    @workflow.init
    def __init__(self, idea: IdeaState) -> None:
        self.arrive(idea)

    @workflow.run
    async def run(self, idea: IdeaState) -> IdeaState:
        return await self.live()
