"""The campaign packages of the demo: words, sums and a picture for the ideas that go for crowdfunding."""

import io
from datetime import date, timedelta
from typing import Any
from zlib import crc32

from PIL import Image, ImageDraw

from activities.packaging.images import CleanImage
from api.operations.demo.accounts import BY_KEY
from api.operations.demo.script import Story
from models.messages.package import ANSWERS, Package

AHEAD = timedelta(days=30)
"""So long before its start a package is written."""

WIDTH, HEIGHT = 1200, 675

CAMPAIGNS: dict[str, dict[str, Any]] = {
    "nachbarschaftslabor": {
        "title": "Labor für gute Nachbarschaft",
        "subtitle": "Drei Monate lang probiert Grünau aus, was den Alltag leichter macht.",
        "why": "Weil die besten Ideen für ein Viertel von denen kommen, die dort wohnen.",
        "use_of_money": "Für die Miete des Ladens, Werkzeug und das Material der Versuche.",
        "people": "Nadia Haddad und elf Menschen aus dem Viertel.",
        "start_level_cents": 3_000_00,
        "budget": [{"label": "Miete für drei Monate", "cents": 1_800_00}, {"label": "Werkzeug", "cents": 960_00}],
        "rewards": [
            {"title": "Ein Name am Regal", "text": "Ein Holzschild am Werkzeugregal.", "price_cents": 15_00},
            {
                "title": "Eine Frage fürs Schaufenster",
                "text": "Eine Woche lang fragt das Labor, was Sie wissen möchten.",
                "price_cents": 60_00,
                "limit": 10,
            },
        ],
        "legal_form": "eingetragener Verein",
        "sdgs": [11],
        "output": "Zwölf Versuche in zwölf Wochen.",
        "outcome": "Nachbarinnen und Nachbarn kennen sich und helfen einander.",
        "impact": "Das Viertel entscheidet mit, was bleibt.",
        "communication_plan": "Aushang, Schulfest, Stadtteilzeitung; in der ersten Woche täglich ein Foto.",
        "risks": "Wird der Laden vermietet, ziehen wir in den Bauwagen des Vereins.",
    },
    "dreigenerationen": {
        "title": "Ein Hof für drei Generationen",
        "subtitle": "Aus einem leeren Vierseithof wird ein Zuhause für Jung und Alt.",
        "why": "Weil Dörfer leben, wenn Menschen in ihnen alt werden und Kinder bekommen können.",
        "use_of_money": "Für die gemeinsame Küche, das Herz des Hofes. Kommt mehr zusammen, folgt der Backofen.",
        "people": "Acht Haushalte zwischen 0 und 84 Jahren, dazu eine Architektin.",
        "start_level_cents": 12_000_00,
        "budget": [{"label": "Küche", "cents": 9_200_00}, {"label": "Elektrik und Wasser", "cents": 1_840_00}],
        "rewards": [
            {"title": "Apfelsaft vom Hof", "text": "Eine Flasche, im Herbst gepresst.", "price_cents": 20_00},
            {
                "title": "Ein Platz am Tisch",
                "text": "Sonntagsessen auf dem Hof für zwei, mit Führung.",
                "price_cents": 90_00,
                "limit": 30,
            },
        ],
        "legal_form": "Genossenschaft in Gründung",
        "sdgs": [3, 11],
        "output": "Eine Küche, in der vierzig Menschen kochen und essen.",
        "outcome": "Niemand im Hof isst allein, der das nicht möchte.",
        "impact": "Andere leere Höfe finden den Mut zum Nachmachen.",
        "communication_plan": "Tag des offenen Hofes, Kirchenblatt, Radio und die Kinder, die überall davon erzählen.",
        "risks": "Wird das Dach teurer, kochen wir einen Sommer lang im Freien.",
    },
    "lernlabor": {
        "title": "Lernen, während die Wäsche läuft",
        "subtitle": "Ein Waschsalon im Leipziger Westen wird zum Lernort für Kinder.",
        "why": "Weil ein ruhiger Tisch und ein offenes Ohr oft mehr helfen als teure Nachhilfe.",
        "use_of_money": "Für Tische, Bücher und eine kleine Vergütung der Studierenden.",
        "people": "Mehmet Yıldız, der Waschsalon und sechs Studierende.",
        "start_level_cents": 5_000_00,
        "budget": [{"label": "Vergütung", "cents": 3_200_00}, {"label": "Tische und Bücher", "cents": 1_400_00}],
        "rewards": [
            {"title": "Postkarte der Kinder", "text": "Von Hand gemalt.", "price_cents": 10_00, "needs_address": True},
            {"title": "Eine Wäsche mit Vorlesen", "text": "Sie waschen, die Kinder lesen vor.", "price_cents": 35_00},
        ],
        "legal_form": "eingetragener Verein",
        "sdgs": [4, 10],
        "output": "Zwei Nachmittage in der Woche, ein Jahr lang.",
        "outcome": "Elf Kinder und mehr kommen im Unterricht wieder mit.",
        "impact": "Bildung hängt ein wenig weniger vom Geldbeutel ab.",
        "communication_plan": "Zettel an jeder Trommel, Elternabende, die Lokalzeitung.",
        "risks": "Zieht der Salon um, ziehen wir mit oder lernen in der Bibliothek.",
    },
    "mitfahrbank": {
        "title": "Neun Bänke, die weiterhelfen",
        "subtitle": "Wer sich setzt, wird mitgenommen: Mitfahrbänke im oberen Vogtland.",
        "why": "Weil am Wochenende kein Bus fährt und doch alle irgendwohin möchten.",
        "use_of_money": "Für Holz, Schilder und die Ausweise der Fahrerinnen und Fahrer.",
        "people": "Fünf Orte, eine Berufsschule und Reinhard Krause.",
        "start_level_cents": 2_500_00,
        "budget": [{"label": "Holz", "cents": 1_500_00}, {"label": "Schilder", "cents": 800_00}],
        "rewards": [{"title": "Ein Name auf der Bank", "text": "Eingebrannt in Lärche.", "price_cents": 40_00}],
        "legal_form": "eingetragener Verein",
        "sdgs": [11, 13],
        "output": "Neun Bänke in fünf Orten.",
        "outcome": "Ältere und Jugendliche kommen auch ohne Auto an.",
        "impact": "Auf dem Land wird wieder miteinander gefahren.",
        "communication_plan": "Amtsblatt, Feuerwehrfest, und auf jeder Bank steht die Adresse.",
        "risks": "Hält niemand an, rufen wir die Nachbarschaft zu einer Mitfahrwoche auf.",
    },
    "klangspaziergang": {
        "title": "Die Stadt mit den Ohren sehen",
        "subtitle": "Hörspaziergänge von blinden Menschen durch ihre Stadt.",
        "why": "Weil man eine Stadt neu kennenlernt, wenn jemand sie einem hörbar macht.",
        "use_of_money": "Für Aufnahmen, Schnitt und eine Stimme, die durch die Straßen führt.",
        "people": "Lena Schuster, vier blinde Menschen und ein Tonstudio.",
        "start_level_cents": 4_000_00,
        "budget": [{"label": "Aufnahmen und Schnitt", "cents": 3_680_00}],
        "rewards": [
            {"title": "Vorab hören", "text": "Der erste Spaziergang, einen Monat früher.", "price_cents": 12_00},
            {"title": "Gemeinsam gehen", "text": "Ein Spaziergang zu zweit.", "price_cents": 45_00, "limit": 20},
        ],
        "legal_form": "eingetragener Verein",
        "sdgs": [10, 11],
        "output": "Vier Spaziergänge, frei zu hören.",
        "outcome": "Sehende erleben ihre Stadt neu, Blinde kommen zu Wort.",
        "impact": "Mehr Orte werden für alle zugänglich.",
        "communication_plan": "Hörproben im Radio, Stadtführungen, Blindenverband.",
        "risks": "Regnet es bei den Aufnahmen, nehmen wir den Regen mit auf.",
    },
}
"""Story → what its package says beside the words of the idea."""

BEGUN = frozenset({"title", "subtitle", "why", "use_of_money", "start_level_cents", "rewards", "legal_form"})
"""What a package holds that has only been begun."""


def write_package(story: Story, picture_id: str, on: date, *, whole: bool) -> Package:
    """The package as it was saved on a day, for a campaign that starts a month later."""
    words = CAMPAIGNS[story.key]
    content: dict[str, Any] = {
        "summary": story.summary,
        "about": f"{story.problem}\n\n{story.solution}",
        "goals": story.target_group,
        **{name: value for name, value in words.items() if whole or name in BEGUN},
    }
    if whole:
        content |= {
            "duration_days": 33,
            "start_on": on + AHEAD,
            "team": [{"name": BY_KEY[story.owner].name, "part": "Leitung"}],
            "images": [
                {
                    "id": picture_id,
                    "alt": "Gezeichnete Hügel in der Abendsonne",
                    "credit": BY_KEY[story.owner].name,
                    "rights_confirmed": True,
                }
            ],
            "eligibility": {"country": "DE", **dict.fromkeys(ANSWERS, True)},
        }
    return Package.model_validate(content)


def draw_picture(story: Story) -> CleanImage:
    """Hills and a sun, drawn from the story's name, so that every idea has its own."""
    seed = crc32(story.key.encode())
    hue = seed % 360
    image = Image.new("RGB", (WIDTH, HEIGHT), f"hsl({hue}, 45%, 86%)")
    drawing = ImageDraw.Draw(image)
    x, y = 200 + seed // 7 % 800, 120 + seed // 11 % 120
    drawing.ellipse((x - 80, y - 80, x + 80, y + 80), fill=f"hsl({(hue + 40) % 360}, 85%, 66%)")
    for layer in range(4):
        top = 300 + layer * 90
        swing = 60 + (seed >> layer * 3) % 60
        points = [(step * 100, top + swing * ((seed >> (step + layer)) % 5 - 2) // 2) for step in range(13)]
        drawing.polygon([(0, HEIGHT), *points, (WIDTH, HEIGHT)], fill=f"hsl({hue}, 35%, {62 - layer * 12}%)")
    target = io.BytesIO()
    image.save(target, "JPEG", quality=80)
    return CleanImage("image/jpeg", WIDTH, HEIGHT, target.getvalue())
