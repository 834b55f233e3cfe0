"""Accompany: the pilot runs; every few weeks the innovator is asked how it goes."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from models.messages.idea import IdeaState
    from models.vocabulary import Stage
    from workflows import names
    from workflows.stage import StageWorkflow


@workflow.defn(name=names.STAGE_WORKFLOWS[Stage.ACCOMPANY])
class Accompany(StageWorkflow):
    """The states are in `models.lifecycles.accompany`; what a step changes is in `models.rules.steps`."""

    stage = Stage.ACCOMPANY

    @workflow.init
    def __init__(self, idea: IdeaState) -> None:
        self.arrive(idea)

    @workflow.run
    async def run(self, idea: IdeaState) -> IdeaState:
        return await self.live()
