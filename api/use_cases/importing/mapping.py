"""Which column of the file fills which field of an idea."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from api.use_cases.importing.csv_records import Record, name_delimiter
from api.use_cases.importing.problems import ImportImpossible, excerpt, fold_name, suggest
from api.use_cases.importing.reading import Table

SOURCE_REF = "source_ref"
FIELDS = (
    "title",
    "summary",
    "problem",
    "solution",
    "target_group",
    "organisation",
    "district",
    "themes",
    "language",
    "email",
    "name",
    "date",
    "state",
    SOURCE_REF,
)
"""What can be filled, in the order in which it is shown. `email` and `name` are those of the author, `date` is the day
on which the idea was written, and a `state` of "draft" keeps it one."""

USUAL_NAMES = {
    "title": "titel|name der idee|title|name|bezeichnung|überschrift|projekttitel|ideentitel|betreff|subject|headline",
    "summary": "summary|beschreibung|kurzbeschreibung|zusammenfassung|text|description|body|abstract|inhalt|"
    "worum geht es?|worum geht es|what is it about?|what is it about",
    "problem": "problem|anlass|ausgangslage|herausforderung|challenge",
    "solution": "solution|lösung|lösungsidee|umsetzung|vorschlag|proposal",
    "target_group": "target group|target_group|zielgruppe|für wen|audience",
    "organisation": "organisation|organization|verein|träger|einrichtung|institution|company|firma",
    "district": "district|landkreis|kreis|ort|stadt|region|gebiet|gemeinde|place|city|location|county|ags",
    "themes": "themes|thema|themen|theme|topic|topics|kategorie|kategorien|category|categories|bereich|tags",
    "language": "language|sprache|lang|locale",
    "email": "email|e-mail|mail|e-mail-adresse|mailadresse|emailadresse|e-mail address|owner_email|kontakt",
    "name": "name der person|vorname und name|owner_name|author|autor|autorin|verfasser|ideengeber|einreicher|ihr name",
    "date": "submitted_at|created_at|datum|eingereicht am|zeitstempel|timestamp|date|created|erstellt am|erstellt",
    "state": "state",
    SOURCE_REF: "id|nr|nummer|no|number|lfd. nr.|lfd nr|ideen-nr.|reference|uuid|key|schlüssel|aktenzeichen",
}
"""As columns are usually called, by which a page guesses; what it guesses is shown before it counts."""
USUAL_COLUMNS = tuple(name for names in USUAL_NAMES.values() for name in names.split("|"))
BY_NUMBER = re.compile(r"#(\d{1,4})")

PAIR = re.compile(r'\s*("(?:[^"]|"")*"|[^,="]*?)\s*=\s*("(?:[^"]|"")*"|[^,]*?)\s*(?:,|\Z)')


@dataclass(frozen=True)
class ColumnMap:
    """Field → place of its column in a row. `key` are the places that tell rows apart; empty: the mapped values do."""

    header: tuple[str, ...]
    fields: dict[str, int]
    key: tuple[int, ...]

    def value(self, record: Record, field: str) -> str:
        """The file's text for a field; empty where the field is not mapped."""
        return record.fields[self.fields[field]] if field in self.fields else ""

    def column(self, field: str) -> str:
        """The file's name of the column that fills a field."""
        return self.header[self.fields[field]] if field in self.fields else ""


def parse_pairs(option: str, given: Iterable[str]) -> list[tuple[str, str]]:
    """`a=b,c="d, e"` as pairs; the option may be given several times. Raises ImportImpossible."""
    pairs = []
    for text in given:
        position = 0
        while position < len(text):
            match = PAIR.match(text, position)
            if match is None or not match.group(1).strip('" '):
                rest = excerpt(text[position:], 40)
                raise ImportImpossible(
                    f'{option}: "{rest}" is not name=value. Several are separated by commas; '
                    'a name with a comma or "=" in it stands in double quotes.'
                )
            pairs.append((_unquote(match.group(1)), _unquote(match.group(2))))
            position = match.end()
    return pairs


def parse_map(given: Iterable[str]) -> dict[str, str]:
    """`title=Titel,summary=Beschreibung` as field → column. Raises ImportImpossible."""
    columns: dict[str, str] = {}
    for field, column in parse_pairs("--map", given):
        if field not in FIELDS:
            hint = f" Write it the other way round: {column}={field}." if column in FIELDS else suggest(field, FIELDS)
            raise ImportImpossible(
                f'--map: "{excerpt(field)}" is no field of an idea.{hint} There are {", ".join(FIELDS)}.'
            )
        if not column:
            raise ImportImpossible(f"--map: {field}= names no column.")
        if field in columns:
            raise ImportImpossible(f"--map: {field} is given twice. One column fills one field.")
        columns[field] = column
    if "title" not in columns:
        raise ImportImpossible("--map: an idea needs a title: title=COLUMN.")
    return columns


def parse_key(given: Iterable[str]) -> list[str]:
    """The columns of `--key year,id`."""
    return [name.strip() for text in given for name in text.split(",") if name.strip()]


def map_columns(table: Table, columns: dict[str, str], key: Sequence[str] = ()) -> ColumnMap:
    """Find the columns in the header. Raises ImportImpossible with what the file has instead."""
    fields = {field: _find_column(table, columns[field], f"--map {field}") for field in FIELDS if field in columns}
    if key and SOURCE_REF in fields:
        raise ImportImpossible(f"--key and --map {SOURCE_REF} both say what tells rows apart. Give one of them.")
    places = [_find_column(table, name, "--key") for name in key]
    if SOURCE_REF in fields:
        places = [fields[SOURCE_REF]]
    return ColumnMap(table.header, fields, tuple(dict.fromkeys(places)))


def describe_mapping(table: Table, mapping: ColumnMap) -> list[str]:
    """A line for each mapped column, with the first value that it has."""
    lines = []
    for field, place in mapping.fields.items():
        example = next((row.fields[place] for row in table.rows if row.fault is None and row.fields[place].strip()), "")
        shown = f'e.g. "{excerpt(example.strip(), 60)}"' if example else "empty in all rows"
        lines.append(f'{field:<13} ← "{excerpt(table.header[place], 40)}" (column {place + 1})   {shown}')
    return lines


def unused_columns(mapping: ColumnMap) -> list[str]:
    used = {*mapping.fields.values(), *mapping.key}
    return [name for place, name in enumerate(mapping.header) if name and place not in used]


def guess_columns(table: Table) -> dict[str, int]:
    """Field → place of a column that is called as such columns usually are. Each column is guessed once."""
    folded = [fold_name(name) for name in table.header]
    guessed: dict[str, int] = {}
    for field in FIELDS:
        usual = _own_names(field) if table.is_ours else [field, *USUAL_NAMES[field].split("|")]
        known = [folded.index(fold_name(name)) for name in usual if fold_name(name) in folded]
        free = [place for place in known if place not in guessed.values()]
        free += [] if table.is_ours or free else _alike(folded, usual, guessed)
        if free:
            guessed[field] = free[0]
    return guessed


def _own_names(field: str) -> list[str]:
    """In our own export every field has its name, and its id tells rows apart."""
    own = {
        SOURCE_REF: ["id"],
        "email": ["owner_email"],
        "name": ["owner_name"],
        "date": ["written_on"],
        "state": ["standing.state", "state"],
    }
    return own.get(field, [field])


def _alike(folded: Sequence[str], usual: Sequence[str], guessed: dict[str, int]) -> list[int]:
    """Questions of a form hold the name somewhere: "1. Wie heißt der Titel Ihrer Idee?"."""
    words = [set(re.findall(r"\w+", name)) for name in folded]
    single = {fold_name(name) for name in usual if " " not in name and len(name) > 3}
    return [place for place, found in enumerate(words) if place not in guessed.values() and found & single]


def _find_column(table: Table, wanted: str, option: str) -> int:
    names = table.header
    for same in (str.strip, str.casefold, fold_name):
        places = [place for place, name in enumerate(names) if same(name) == same(wanted)]
        if len(places) == 1:
            return places[0]
        if len(places) > 1:
            where = ", ".join(str(place + 1) for place in places)
            raise ImportImpossible(
                f'{option}: the header in line {table.header_line} has "{excerpt(wanted)}" more than once '
                f"(columns {where}). Give its number, #{places[0] + 1} for instance."
            )
    if (number := BY_NUMBER.fullmatch(wanted.strip())) and 1 <= int(number[1]) <= len(names):
        return int(number[1]) - 1
    raise ImportImpossible(f'{option}: the file has no column "{excerpt(wanted)}".{_explain_missing(table, wanted)}')


def _explain_missing(table: Table, wanted: str) -> str:
    if table.named_in is not None:
        return (
            f" The header in line {table.header_line} has it not, but line {table.named_in} has such names: "
            f"--header-line {table.named_in}."
        )
    names = ", ".join(f'"{excerpt(name, 40)}"' for name in table.header if name)
    few = ""
    if len(table.header) == 1 and table.delimiter:
        few = f" With the delimiter {name_delimiter(table.delimiter)} there is one column; --delimiter sets another."
    hint = suggest(wanted, filter(None, table.header))
    return f"{hint} The header in line {table.header_line} has {names}.{few}"


def _unquote(text: str) -> str:
    text = text.strip()
    if len(text) >= 2 and text.startswith('"') and text.endswith('"'):
        return text[1:-1].replace('""', '"')
    return text
