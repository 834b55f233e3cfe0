"""The steps of a plain case, each as a small form with exactly the fields its event needs. Its words are named by its
kind: `{kind}.event.{event}`, with `.help` behind it where there is more to say."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from api.pages.kit.fields import Entered, Field, new_key
from api.pages.kit.forms import FormWriter
from api.pages.kit.step_forms import StepForm, Steps
from models.cases.refusals import EXTEND, GIVE_UP, SNOOZE
from models.i18n import Texts
from models.lifecycles.event_spec import Group

GRAVE = frozenset({GIVE_UP})


@dataclass(frozen=True)
class PlainStepWriter:
    """Writes the forms of one case for one visitor. A kind says which steps it has, and which fields those need."""

    t: Texts
    allowed: Collection[str]
    entered: Entered | None = None
    at: str = ""
    """Tells its forms from those of other cases on the page."""
    shown: Mapping[str, Any] = field(default_factory=dict)
    """What its page shows beside them."""

    kind: ClassVar[str]
    order: ClassVar[tuple[str, ...]]
    """What leads along, as the page sorts it."""
    forward: ClassVar[Collection[str]]
    """The steps whose button is the one that is wished for."""
    aside: ClassVar[Mapping[Group, tuple[str, ...]]] = {
        Group.TIME: (SNOOZE, EXTEND),
        Group.ENDING: (GIVE_UP,),
    }
    """What is needed now and then."""

    def fields(self, event: str, form: FormWriter) -> Iterator[Field]:
        """All that an event asks for: of the clock a day, or a number of days; else what is its own, and words."""
        if event == SNOOZE:
            yield form.write("until", "date", required=True)
        elif event == EXTEND:
            yield form.write("days", "number", required=True, least="1")
        else:
            yield from self.own_fields(event, form)
            yield form.write("note", "text", self.t(f"{self.kind}.field.note"))

    def own_fields(self, event: str, form: FormWriter) -> Iterator[Field]:
        yield from ()

    def pairs(self, event: str, form: FormWriter) -> Iterator[tuple[Field, Field]]:
        """Fields that stand beside each other, above the others."""
        yield from ()

    def known(self, event: str) -> Mapping[str, object]:
        """With what its fields are filled as long as nobody has entered anything."""
        return {}

    def hidden(self, event: str) -> Mapping[str, str]:
        """What is sent along."""
        return {}

    def write(self, *, mine: bool) -> Steps:
        """What is allowed. What leads along is the decision of whoever is on turn, and a rare step for others."""
        along = self._forms(self.order)
        groups = {group: self._forms(events) for group, events in self.aside.items()}
        wanted = self.entered.event if self.entered else ""
        return Steps(along, (), groups, wanted) if mine else Steps((), along, groups, wanted)

    def _forms(self, events: Iterable[str]) -> tuple[StepForm, ...]:
        return tuple(self.form(event) for event in events if event in self.allowed)

    def form(self, event: str) -> StepForm:
        t, entered = self.t, self.entered if self.entered and self.entered.event == self.at + event else None
        help_, label = f"{self.kind}.event.{event}.help", t(f"{self.kind}.event.{event}")
        writer = FormWriter(t, entered.values if entered else self.known(event), entered.errors if entered else {})
        return StepForm(
            event=event,
            label=label,
            title=label,
            help=t(help_) if t.has(help_) else "",
            fields=tuple(self.fields(event, writer)),
            look="primary" if event in self.forward else "grave" if event in GRAVE else "",
            open=entered is not None,
            key=entered.key if entered and entered.key else new_key(),
            error=entered.error or entered.errors.get("form", "") if entered else "",
            hidden=self.hidden(event),
            pairs=tuple(self.pairs(event, writer)),
        )
