"""The checklist of a package, as a page and as a PDF: what it comes to, what is still open, what only people can do."""

from dataclasses import asdict, dataclass
from datetime import UTC, datetime, time
from functools import cache

from babel.dates import format_date
from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from activities.packaging.copy_blocks import write_field
from activities.packaging.package_facts import PackageDetails
from activities.typst_pdf import compile_pdf
from models.i18n import Texts
from models.messages.package import Finding, Package, Section, Severity
from models.rules.money import write_euros
from models.rules.readiness import is_ready
from models.settings import TEMPLATES

FOLDER = TEMPLATES / "package"


@dataclass(frozen=True)
class SectionState:
    """A section of the package: what still has to be done, and what is worth a thought."""

    name: str
    open: list[str]
    hints: list[str]


@dataclass(frozen=True)
class Step:
    """Something only a person can do on the platform; `url` where there is a certain one."""

    text: str
    url: str


@dataclass(frozen=True)
class Checklist:
    """Every word and number of the checklist, in one language."""

    language: str
    heading: str
    campaign: str
    is_ready: bool
    verdict: str
    as_of: str
    figures: list[tuple[str, str]]
    sections: list[SectionState]
    steps: list[Step]
    words: dict[str, str]
    house: str
    funding_note: str
    key: str


_WORDS = ("figures", "sections", "steps", "steps.about", "done", "open", "hint", "key")


def compile_checklist(package: Package, findings: list[Finding], details: PackageDetails, texts: Texts) -> Checklist:
    """Gather it. What people wrote beyond the title is in the other files."""
    ready = is_ready(findings)
    return Checklist(
        language=texts.language,
        heading=texts("package.checklist.title"),
        campaign=package.title,
        is_ready=ready,
        verdict=texts("package.checklist.ready" if ready else "package.checklist.not_ready"),
        as_of=texts("package.checklist.as_of", day=format_date(details.as_of, "long", locale=texts.language)),
        figures=list(_figures(package, details, texts).items()),
        sections=[_state_of(section, findings, texts) for section in Section],
        steps=[Step(texts(f"crowdfunding.step.{step.key}"), step.url) for step in details.steps],
        words={name: texts(f"package.checklist.{name}") for name in _WORDS},
        house=details.house,
        funding_note=details.funding_note,
        key=details.key,
    )


def _figures(package: Package, details: PackageDetails, texts: Texts) -> dict[str, str]:
    fields = ("start_level_cents", "mode", "plan", "duration_days", "start_on")
    figures = {texts(f"package.field.{field}"): write_field(package, field, texts) for field in fields}
    budget = sum(line.cents for line in package.budget)
    figures |= {
        texts("package.field.budget"): write_euros(budget, texts.language),
        texts("package.fee"): write_euros(details.fee_cents, texts.language),
        texts("package.total"): write_euros(budget + details.fee_cents, texts.language),
        texts("package.field.rewards"): str(len(package.rewards)),
        texts("package.field.images"): str(len(package.images)),
    }
    return {label: value or texts("package.empty") for label, value in figures.items()}


def _state_of(section: Section, findings: list[Finding], texts: Texts) -> SectionState:
    def said(severity: Severity) -> list[str]:
        its_own = [finding for finding in findings if (finding.section, finding.severity) == (section, severity)]
        return [finding.texts[texts.language] for finding in its_own]

    return SectionState(texts(f"package.section.{section}"), said(Severity.BLOCKER), said(Severity.HINT))


def write_html(checklist: Checklist) -> bytes:
    """One page that needs nothing but itself."""
    return _page().render(asdict(checklist)).encode()


def write_pdf(checklist: Checklist, details: PackageDetails) -> bytes:
    """A tagged PDF."""
    written = datetime.combine(details.as_of, time(), tzinfo=UTC)
    return compile_pdf(FOLDER / "checklist.typ", asdict(checklist), written)


@cache
def _page() -> Template:
    environment = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template("checklist.html")
