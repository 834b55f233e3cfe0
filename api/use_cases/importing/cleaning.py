"""What cells hold besides words: markup, escapes, translations, errors of spreadsheets, signs that nobody sees.

Each is taken out and said, or said where it cannot be. Words that only say that there are none are called fillers.
"""

import ast
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from html import unescape
from html.entities import html5
from html.parser import HTMLParser
from itertools import zip_longest

from api.use_cases.importing.damage import has_lost_letters, was_encoded_twice
from api.use_cases.importing.encoding import LINE_END
from models import typed_text

TAGS = (
    "a abbr article b big blockquote body br center cite code col dd del div dl dt em fieldset figure font footer form "
    "h1 h2 h3 h4 h5 h6 head header hr html i iframe img input ins label li link main mark meta nav object ol option p "
    "picture pre q s script section select small span strike strong style sub sup svg table tbody td textarea tfoot th "
    "thead title tr tt u ul video"
)
MARKUP = re.compile(rf"<!--|<!\[CDATA\[|</?(?:{'|'.join(TAGS.split())}|[a-z]+:[a-z]+)(?:\s[^<>]*|/)?>", re.IGNORECASE)
ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
FORUM_MARKUP = re.compile(
    r"\[(/?)(b|i|u|s|url|img|quote|list|size|color|code|center|email)(=[^\]\n]*)?\]", re.IGNORECASE
)
ESCAPED_IN_XML = re.compile(r"_x([0-9A-Fa-f]{4})_")
TYPED_ESCAPE = re.compile(r"\\r\\n|(?<![\\:A-Za-z])\\n|\\n(?=[A-ZÄÖÜ\s\\-]|\Z)")
BY_LANGUAGE = re.compile(r"\[:([a-z]{2})?\]|<!--:([a-z]{2})?-->")
LANGUAGE_KEY = re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z]{2,4})?")
SPREADSHEET_ERROR = re.compile(
    r"#{3,}|#(NAME\?|N/?A|NV|NULL!|NUM!|REF!|VALUE!|DIV/0!?|WERT!|BEZUG!|ZAHL!|ERROR!?|FEHLER!?|NOMBRE\?|NOM\s?\?|VALOR!"
    r"|SPILL!|ÜBERLAUF!|CALC!|KALK!|BLOCKED!|FIELD!|FELD!|CONNECT!|UNKNOWN!|BUSY!|[A-ZÄÖÜ]{2,15}[!?])|(Err|Fehler):\d{3}",
    re.IGNORECASE,
)
CONTROLS = re.compile(r"[\x01-\x08\x0e-\x1f]")
TURNS_TEXT = re.compile("[\u202a-\u202e\u2066-\u2069]")
PRIVATE = re.compile("[\ue000-\uf8ff]")
_FILLERS = """
na nan nat nv ka none null nil leer empty blank undefined void tbd tba tbc todo fixme xxx xx x so su dito idem
same folgt folgtnoch folgtspäter folgtinkürze kommtnoch wirdnachgereicht wirdergänzt nachreichen nochoffen
ausstehend inarbeit unbekannt unknown keine keiner kein keins keineangabe keineangaben keineangabegemacht
keinedaten keinebeschreibung keineinformation keineinfo keineantwort ohne ohneangabe ohneangaben
ohnebeschreibung ohnetitel keintitel unbenannt untitled notitle nodescription noanswer nodata noinfo
nichtangegeben nichtbekannt nichtvorhanden nichtausgefüllt nichtzutreffend entfällt entfaellt siehe sieheoben
sieheunten siehevorher siehetitel siehebeschreibung sieheanhang sieheanlage seeabove seebelow asabove wieoben
wievorher platzhalter placeholder bitteausfüllen bitteergänzen texthier hiertexteinfügen notapplicable
notavailable notspecified notprovided missing fehlt fehltnoch nn ua ungenannt anonym tocome comingsoon later
später test testtest asdf asdfasdf qwertz lorem loremipsum
"""
FILLERS = frozenset(_FILLERS.split())
"""What tables hold where there is nothing to say, in small letters and without blanks and points."""
_SUMS = """
summe summen gesamt gesamtsumme zwischensumme insgesamt total totals sum subtotal grandtotal anzahl ergebnis
gesamtergebnis mittelwert durchschnitt average count
"""
SUMS = frozenset(_SUMS.split())
_BLOCKS = "p div br tr li ul ol h1 h2 h3 h4 h5 h6 table blockquote section article hr dt dd pre"
BLOCKS = frozenset(_BLOCKS.split())
UNREAD = frozenset(("script", "style", "head", "title", "svg", "object"))
MOST_LAYERS = 4
"""Text is escaped once for each program that it went through."""


@dataclass
class Cleaned:
    """What a cell says, and what was about it: code and reason."""

    text: str
    notes: list[tuple[str, str]] = field(default_factory=list)

    def note(self, code: str, reason: str) -> None:
        self.notes.append((code, reason))


def clean(raw: str, languages: Sequence[str]) -> Cleaned:
    """The words of a cell, in the first of the `languages` that it has."""
    if not raw:
        return Cleaned("")
    cell = Cleaned(LINE_END.sub("\n", raw).strip())
    for step in (_take_errors, _undo_escapes, _take_signs):
        step(cell)
    _choose_language(cell, languages)
    _strip_markup(cell)
    if was_encoded_twice(raw) or was_encoded_twice(cell.text):
        cell.note("encoded_twice", "looks like UTF-8 that was read as something else and saved: letters are damaged")
    if has_lost_letters(cell.text):
        cell.note("lost_letters", "a question mark or a replacement sign stands where a letter was")
    return cell


def says_nothing(text: str) -> bool:
    """Whether a cell has no word, or only words that say so."""
    plain = re.sub(r"[\W_]+", "", text).casefold()
    if not plain:
        return not typed_text.says_something(text)
    return len(plain) == 1 or plain in FILLERS or plain.startswith("loremipsum")


def is_sum(title: str, others: Sequence[str]) -> bool:
    """Whether a row adds up those above it: so it is called, and the rest is empty or numbers."""
    name = re.sub(r"[\W\d_]+", "", title).casefold()
    return name in SUMS and all(len(cell) <= 40 and (not cell.strip() or re.search(r"\d", cell)) for cell in others)


def _take_errors(cell: Cleaned) -> None:
    if SPREADSHEET_ERROR.fullmatch(cell.text):
        cell.note("spreadsheet_error", f"{cell.text} is an error of a spreadsheet, no value; taken as empty")
        cell.text = ""


def _undo_escapes(cell: Cleaned) -> None:
    text = ESCAPED_IN_XML.sub(lambda match: _sign(int(match[1], 16)), cell.text.replace("_x000D_\n", "\n"))
    if text != cell.text:
        cell.note("escaped", "held _x000D_ or the like, which Excel writes for signs that XML has not")
    if "\n" not in text and TYPED_ESCAPE.search(text):
        text = TYPED_ESCAPE.sub("\n", text)
        cell.note("escaped", "held \\n, taken as a line break")
    cell.text = LINE_END.sub("\n", text).strip()


def _sign(code: int) -> str:
    return chr(code) if code >= 0x20 or code == 0x09 else "\n" if code in (0x0A, 0x0D) else ""


def _take_signs(cell: Cleaned) -> None:
    if TURNS_TEXT.search(cell.text):
        cell.note("turned_text", "held signs that turn the direction of text; left out")
    if PRIVATE.search(cell.text):
        cell.note("private_signs", "held signs of a symbol font (bullets, for instance); now bullets")
    if CONTROLS.search(cell.text):
        cell.note("controls", "held control signs; left out")
    cell.text = typed_text.clean(PRIVATE.sub("•", cell.text))


# -- translations ------------------------------------------------------------------------------------------------


def _choose_language(cell: Cleaned, languages: Sequence[str]) -> None:
    found = find_translations(cell.text)
    if not found:
        if cell.text[:1] in ("{", "[") and isinstance(_parse(cell.text), (dict, list)):
            cell.note("looks_like_data", "looks like data of a program (JSON), not like words; taken as it is")
        return
    short = {key.split("-")[0].split("_")[0].lower(): text for key, text in reversed(found.items())}
    chosen = next((one for one in (*languages, *short) if short.get(one, "").strip()), None)
    cell.text = short[chosen].strip() if chosen is not None else ""
    cell.note("translations", f"held {', '.join(sorted(short))}; taken is {chosen or 'none, since all are empty'}")


def find_translations(text: str) -> dict[str, str]:
    """Language → words, where a cell holds several: JSON, a hash of Ruby, a dict of Python, [:de]…[:en]…."""
    if parts := list(_split_by_language(text)):
        return dict(parts)
    data = _parse(text) if text.startswith("{") and text.endswith("}") else None
    if not isinstance(data, dict) or not data:
        return {}
    if not all(isinstance(key, str) and LANGUAGE_KEY.fullmatch(key) for key in data):
        return {}
    if not all(value is None or isinstance(value, str) for value in data.values()):
        return {}
    return {key: value or "" for key, value in data.items()}


def _split_by_language(text: str) -> Iterator[tuple[str, str]]:
    marks = list(BY_LANGUAGE.finditer(text))
    for mark, after in zip_longest(marks, marks[1:]):
        if key := mark[1] or mark[2]:
            yield key, text[mark.end() : after.start() if after else len(text)]


def _parse(text: str) -> object:
    """What a text is as JSON, or as Ruby or Python write the like; None where it is none."""
    if len(text) > 200_000:
        return None
    for form in (text, re.sub(r'"\s*=>\s*', '": ', text).replace(": nil", ": null")):
        try:
            return json.loads(form)
        except (ValueError, RecursionError):
            continue
    try:
        return ast.literal_eval(text) if re.match(r"\{\s*u?'", text) else None
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return None


# -- markup ------------------------------------------------------------------------------------------------------


def _strip_markup(cell: Cleaned) -> None:
    tags: dict[str, None] = {}
    entities: dict[str, None] = {}
    for _ in range(MOST_LAYERS):
        if found := MARKUP.findall(cell.text):
            tags |= dict.fromkeys(found)
            cell.text = _Reader.read(cell.text)
            continue
        known = [one for one in ENTITY.findall(cell.text) if one[1] == "#" or one[1:] in html5]
        if not known:
            break
        entities |= dict.fromkeys(known)
        cell.text = typed_text.clean(unescape(cell.text))
    if tags:
        cell.note("markup", f"held markup ({_few(tags)}); its words are taken without it")
    if entities:
        cell.note("entities", f"held signs in the form of HTML ({_few(entities)}); now signs")
    if any(match[1] for match in FORUM_MARKUP.finditer(cell.text)):
        cell.text = FORUM_MARKUP.sub("", cell.text)
        cell.note("markup", "held markup of a forum ([b], [url]); its words are taken without it")


def _few(found: dict[str, None]) -> str:
    return ", ".join(one[:20] for one in list(found)[:3])


class _Reader(HTMLParser):
    """Words of HTML, a line for each block, and where links lead to."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.parts: list[str] = []
        self.unread = 0
        self.links: list[tuple[str, int]] = []

    @classmethod
    def read(cls, text: str) -> str:
        reader = cls()
        reader.feed(text.replace("<![CDATA[", "").replace("]]>", ""))
        reader.close()
        lines = (" ".join(line.split()) for line in "".join(reader.parts).split("\n"))
        return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag in UNREAD:
            self.unread += 1
        elif tag == "li":
            self.parts.append("\n- ")
        elif tag in ("td", "th"):
            self.parts.append(" ")
        elif tag == "img":
            self.parts.append(values.get("alt") or "")
        elif tag == "a":
            self.links.append((values.get("href") or "", len(self.parts)))
        elif tag in BLOCKS:
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in UNREAD:
            self.unread = max(0, self.unread - 1)
        elif tag == "a" and self.links:
            address, begin = self.links.pop()
            if address.startswith(("http://", "https://")) and address not in "".join(self.parts[begin:]):
                self.parts.append(f" ({address})")
        elif tag in BLOCKS and tag not in ("li", "br"):
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self.unread:
            self.parts.append(data)

    def handle_entityref(self, name: str) -> None:
        self.handle_data(f"&{name};")

    def handle_charref(self, name: str) -> None:
        self.handle_data(f"&#{name};")
