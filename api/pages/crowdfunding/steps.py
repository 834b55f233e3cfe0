"""The steps of a crowdfunding hand-off, each as a small form with exactly the fields its event needs."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pydantic import ValidationError

from activities.ports.ideas import CommandRefused
from api.pages.kit.fields import Choice, Entered, Field, WrongFields
from api.pages.kit.forms import FormWriter, list_wrong
from api.pages.kit.plain_case_steps import PlainStepWriter
from api.use_cases.crowdfunding import SAID_OF_CAMPAIGNS, CampaignForm, HandOffSeen, WrongCampaignAddress
from models.i18n import Texts
from models.lifecycles.crowdfunding import ENDED_WELL, STATUS_MOVES
from models.messages.commands import RefusalCode
from models.rules.days import read_day
from models.rules.money import read_euros
from models.workflow_ids import CROWDFUNDING

SHOWS_PACKAGE = frozenset({"confirm", "pack"})
"""Steps that count for the package as the page shows it, and for no other."""

MONEY = ("funded_cents", "threshold_cents")


@dataclass(frozen=True, kw_only=True)
class CrowdfundingStepWriter(PlainStepWriter):
    """Writes the forms of one hand-off for one visitor."""

    seen: HandOffSeen

    kind = CROWDFUNDING
    order = ("confirm_link", "reject_link", "link", "observe", "confirm", "pack")
    """`edit` has its own pages."""
    forward = frozenset({"confirm_link", "link", "observe", "confirm", "pack"})

    def hidden(self, event: str) -> Mapping[str, str]:
        return {"digest": self.seen.kept.facts.digest} if event in SHOWS_PACKAGE else {}

    def fields(self, event: str, form: FormWriter) -> Iterator[Field]:
        t = self.t
        for name, kind, required in self._wanted(event):
            help_ = f"crowdfunding.field.{name}.help"
            label, told = t(f"crowdfunding.field.{name}"), t(help_) if t.has(help_) else ""
            yield form.write(
                name, kind, label, told, required, self._statuses() if name == "status" else (), longest=400
            )

    def _wanted(self, event: str) -> Iterator[tuple[str, str, bool]]:
        """Name, kind, and whether it is needed."""
        if event == "link":
            yield "address", "line", True
        if event == "observe":
            yield "status", "radio", True
            yield from ((name, "money", False) for name in MONEY)
            if self.seen.standing.status not in ENDED_WELL:
                yield "ends_on", "date", False
        if event == "extend_deadline":
            yield "days", "number", True
        if event == "snooze":
            yield "until", "date", True
        if event in ("reject_link", "withdraw"):
            yield "note", "text", False

    def _statuses(self) -> tuple[Choice, ...]:
        possible = STATUS_MOVES[self.seen.standing.status]
        return tuple(Choice(s, self.t(f"crowdfunding.status.{s}")) for s in SAID_OF_CAMPAIGNS if s in possible)


def read_action(event: str, values: Mapping[str, str], t: Texts) -> CampaignForm:
    """What was sent, with sums as people write them. Raises WrongFields."""
    given: dict[str, object] = {**values}
    errors = {}
    for name in MONEY:
        if values.get(name):
            given[name] = read_euros(values[name], t.language)
            if given[name] is None:
                errors[name] = t("package.wrong.money")
    for name in ("ends_on", "until"):
        if values.get(name):
            given[name] = read_day(values[name])
            if given[name] is None:
                errors[name] = t("package.wrong.date")
    if event == "observe" and not values.get("status"):
        errors["status"] = t("crowdfunding.field.status.missing")
    if event == "link" and not values.get("address"):
        errors["address"] = t("crowdfunding.address.empty")
    if errors:
        raise WrongFields(errors)
    try:
        return CampaignForm.model_validate({**given, "event": event})
    except ValidationError as wrong:
        found = list_wrong(wrong)
        words = {"string_too_long": t("page.too_long")}
        raise WrongFields({name: words.get(kind, t("package.wrong.value")) for name, kind in found.items()}) from None


def explain(refused: CommandRefused, event: str, values: Mapping[str, str], t: Texts) -> Entered:
    """A refusal in words, beside its field where it has one."""
    refusal = refused.refusal
    if isinstance(refused, WrongCampaignAddress):
        return Entered(event, values, {"address": t(refused.key)})
    match refusal.field:
        case "address":
            return Entered(event, values, {"address": t("crowdfunding.field.address.taken")})
        case "status":
            return Entered(event, values, {"status": t("crowdfunding.field.status.wrong")})
        case "funded_cents":
            return Entered(event, values, {"funded_cents": t("crowdfunding.field.sums.wrong")})
        case "ends_on":
            return Entered(event, values, {"ends_on": t("package.wrong.date")})
        case "days" | "until" as name:
            return Entered(event, values, {name: t(f"refusal.field.{name}")})
        case "package":
            changed = refusal.code is RefusalCode.STALE
            return Entered(event, values, {}, t(f"crowdfunding.field.package.{'changed' if changed else 'not_ready'}"))
    return Entered(event, values, {}, t(f"refusal.{refusal.code}"))
