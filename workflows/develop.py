"""Develop: coach and innovator agree on a plan and work until the concept is approved."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from models.messages.idea import IdeaState
    from models.vocabulary import Stage
    from workflows import names
    from workflows.stage import StageWorkflow


@workflow.defn(name=names.STAGE_WORKFLOWS[Stage.DEVELOP])
class Develop(StageWorkflow):
    """The states are in `models.lifecycles.develop`; what a step changes is in `models.rules.steps`."""

    stage = Stage.DEVELOP

    @workflow.init
    def __init__(self, idea: IdeaState) -> None:
        self.arrive(idea)

    @workflow.run
    async def run(self, idea: IdeaState) -> IdeaState:
        return await self.live()
