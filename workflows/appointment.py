"""Appointment: one meeting of an idea's two sides, from the times that are offered to its line in the session log."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from models.messages.appointment import AppointmentCommand, AppointmentState
    from models.messages.cases import Taken
    from models.rules.appointment import APPOINTMENTS
    from workflows import names
    from workflows.case import CaseWorkflow
    from workflows.signing import refuse_unless_signed


@workflow.defn(name=names.APPOINTMENT)
class Appointment(CaseWorkflow[AppointmentState]):
    """The states are in `models.lifecycles.appointment`, what a step changes in `models.rules.appointment`."""

    kind = APPOINTMENTS

    @workflow.init
    def __init__(self, appointment: AppointmentState) -> None:
        refuse_unless_signed(appointment)
        self.arrive(appointment)

    @workflow.update(name=names.COMMAND)
    def command(self, command: AppointmentCommand) -> Taken:
        return self.take(command)

    @command.validator
    def refuse_what_is_not_allowed(self, command: AppointmentCommand) -> None:
        self.refuse(command)

    @workflow.run
    async def run(self, appointment: AppointmentState) -> AppointmentState:
        return await self.live()
