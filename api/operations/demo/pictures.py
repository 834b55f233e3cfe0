"""The pictures of the demo's stories, drawn here in a few shapes, so that they are nobody's and show nobody."""

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from PIL import Image, ImageDraw

from activities.packaging.images import SizedImage, read_sized
from api.operations.demo.accounts import demo_id
from models.tables import Picture

DRAWN_WIDTH, DRAWN_HEIGHT = 1600, 1068
WIDTH, HEIGHT = 800, 534
CREDIT = "Ideenweg, gezeichnet für die Demo"
SKY, GRASS, WALL, DARK, WARM, BRIGHT, PALE = "#d7e7f2", "#8bb174", "#e9d8c0", "#3b4a54", "#d9763f", "#f3c34f", "#fbf6ec"

Pen = ImageDraw.ImageDraw


@dataclass(frozen=True)
class Drawing:
    """What is drawn, and what there is to see."""

    alt: str
    alt_en: str
    draw: Callable[[Pen], None]


def draw_door(pen: Pen) -> None:
    """A door with a sign, and bells beside it."""
    pen.rectangle((0, 0, DRAWN_WIDTH, DRAWN_HEIGHT), fill=WALL)
    pen.rectangle((560, 180, 1040, DRAWN_HEIGHT), fill="#4f7a6b", outline=DARK, width=10)
    pen.rectangle((640, 260, 960, 520), fill="#bcd9dd", outline=DARK, width=6)
    pen.ellipse((950, 660, 1000, 710), fill=BRIGHT)
    pen.rounded_rectangle((690, 580, 910, 720), 20, fill=BRIGHT, outline=DARK, width=6)
    pen.arc((760, 605, 840, 695), 200, 340, fill=DARK, width=12)
    pen.ellipse((785, 660, 815, 690), fill=DARK)
    for row in range(5):
        pen.rounded_rectangle((1130, 330 + row * 90, 1330, 395 + row * 90), 12, fill=PALE, outline=DARK, width=5)
        pen.ellipse((1290, 348 + row * 90, 1318, 376 + row * 90), fill=WARM)
    pen.rectangle((0, 980, DRAWN_WIDTH, DRAWN_HEIGHT), fill="#a9998a")


def draw_bus(pen: Pen) -> None:
    """A bus full of tools in front of hills."""
    pen.rectangle((0, 0, DRAWN_WIDTH, DRAWN_HEIGHT), fill=SKY)
    pen.ellipse((-300, 520, 900, 1500), fill=GRASS)
    pen.ellipse((600, 580, 2000, 1500), fill="#759c61")
    pen.rectangle((0, 900, DRAWN_WIDTH, DRAWN_HEIGHT), fill="#8f959b")
    pen.rounded_rectangle((220, 380, 1400, 860), 60, fill=WARM, outline=DARK, width=10)
    for window in range(4):
        left = 290 + window * 220
        pen.rounded_rectangle((left, 450, left + 180, 620), 16, fill=PALE, outline=DARK, width=6)
        pen.line((left + 60, 480, left + 60, 590), fill=DARK, width=14)
        pen.rectangle((left + 30, 470, left + 95, 500), fill=DARK)
        pen.line((left + 130, 480, left + 130, 600), fill="#7b5b3a", width=16)
    pen.rounded_rectangle((1180, 450, 1330, 850), 16, fill="#bcd9dd", outline=DARK, width=6)
    for wheel in (440, 1080):
        pen.ellipse((wheel - 90, 780, wheel + 90, 960), fill=DARK)
        pen.ellipse((wheel - 40, 830, wheel + 40, 910), fill=PALE)


def draw_market(pen: Pen) -> None:
    """A stall with a striped roof and a tablet on the table."""
    pen.rectangle((0, 0, DRAWN_WIDTH, DRAWN_HEIGHT), fill=SKY)
    pen.rectangle((0, 800, DRAWN_WIDTH, DRAWN_HEIGHT), fill="#cdbfa9")
    for stripe in range(8):
        left = 300 + stripe * 125
        colour = WARM if stripe % 2 else PALE
        pen.polygon([(left + 40, 220), (left + 145, 220), (left + 125, 420), (left, 420)], fill=colour)
        pen.pieslice((left, 370, left + 125, 470), 0, 180, fill=colour)
    for post in (330, 1270):
        pen.rectangle((post - 12, 420, post + 12, 900), fill="#7b5b3a")
    pen.rectangle((290, 680, 1310, 900), fill="#a07a4f", outline=DARK, width=8)
    pen.rounded_rectangle((640, 500, 960, 690), 18, fill=DARK)
    pen.rectangle((665, 522, 935, 668), fill="#9fd0c9")
    pen.line((720, 600, 780, 640, 880, 550), fill=PALE, width=18)
    for apple in range(4):
        pen.ellipse((360 + apple * 62, 615, 425 + apple * 62, 680), fill="#b8483b")
        pen.ellipse((1030 + apple * 58, 620, 1090 + apple * 58, 680), fill=GRASS)


def draw_cups(pen: Pen) -> None:
    """Two cups at a window."""
    pen.rectangle((0, 0, DRAWN_WIDTH, DRAWN_HEIGHT), fill=WALL)
    pen.rectangle((300, 100, 1300, 640), fill=SKY, outline=PALE, width=40)
    pen.line((800, 100, 800, 640), fill=PALE, width=24)
    pen.ellipse((980, 180, 1120, 320), fill=BRIGHT)
    pen.rectangle((0, 800, DRAWN_WIDTH, DRAWN_HEIGHT), fill="#7b5b3a")
    for left, colour in ((480, WARM), (900, "#4f7a6b")):
        pen.arc((left + 190, 650, left + 310, 780), 270, 90, fill=colour, width=26)
        pen.rounded_rectangle((left, 620, left + 240, 840), 50, fill=colour)
        pen.ellipse((left - 40, 820, left + 280, 870), fill=PALE)
        for steam in (60, 120, 180):
            pen.arc((left + steam - 20, 500, left + steam + 20, 600), 90, 270, fill=PALE, width=8)


def draw_car(pen: Pen) -> None:
    """A yellow car at a socket, and a fire station behind it."""
    pen.rectangle((0, 0, DRAWN_WIDTH, DRAWN_HEIGHT), fill=SKY)
    pen.ellipse((500, 420, 2100, 1500), fill=GRASS)
    pen.rectangle((80, 300, 700, 880), fill=PALE, outline=DARK, width=8)
    pen.polygon([(40, 300), (390, 120), (740, 300)], fill="#b8483b", outline=DARK)
    for gate in (140, 410):
        pen.rectangle((gate, 480, gate + 230, 880), fill="#b8483b", outline=DARK, width=6)
        for line in (560, 640, 720, 800):
            pen.line((gate, line, gate + 230, line), fill=PALE, width=5)
    pen.rectangle((0, 870, DRAWN_WIDTH, DRAWN_HEIGHT), fill="#8f959b")
    pen.rectangle((770, 560, 820, 880), fill=DARK)
    pen.arc((700, 560, 960, 800), 330, 90, fill=DARK, width=12)
    pen.polygon([(1000, 640), (1090, 480), (1330, 480), (1430, 640)], fill="#bcd9dd", outline=DARK, width=8)
    pen.line((1210, 480, 1210, 640), fill=DARK, width=8)
    pen.rounded_rectangle((880, 630, 1530, 850), 50, fill=BRIGHT, outline=DARK, width=10)
    pen.ellipse((1460, 680, 1510, 730), fill=PALE, outline=DARK, width=5)
    for wheel in (1040, 1370):
        pen.ellipse((wheel - 80, 780, wheel + 80, 940), fill=DARK)
        pen.ellipse((wheel - 35, 825, wheel + 35, 895), fill=PALE)


def draw_beds(pen: Pen) -> None:
    """Two raised beds with strawberries, and a gate that stands open."""
    pen.rectangle((0, 0, DRAWN_WIDTH, DRAWN_HEIGHT), fill=SKY)
    pen.ellipse((1250, 90, 1430, 270), fill=BRIGHT)
    pen.rectangle((0, 560, DRAWN_WIDTH, DRAWN_HEIGHT), fill=GRASS)
    for slat in [*range(20, 560, 75), *range(1060, 1600, 75)]:
        pen.polygon(
            [(slat, 640), (slat, 340), (slat + 25, 310), (slat + 50, 340), (slat + 50, 640)], fill=PALE, outline=DARK
        )
    for left in (20, 1060):
        pen.rectangle((left, 430, left + 500, 460), fill=PALE, outline=DARK)
    pen.polygon([(590, 300), (720, 370), (720, 760), (590, 660)], fill=WARM, outline=DARK, width=8)
    for left in (140, 880):
        pen.rectangle((left, 720, left + 580, 960), fill="#a07a4f", outline=DARK, width=8)
        pen.line((left, 800, left + 580, 800), fill=DARK, width=5)
        pen.line((left, 880, left + 580, 880), fill=DARK, width=5)
        for plant in range(6):
            middle = left + 55 + plant * 94
            pen.ellipse((middle - 52, 630, middle + 52, 730), fill="#4f7a6b")
            pen.polygon([(middle - 22, 690), (middle + 22, 690), (middle, 745)], fill="#b8483b")


def draw_keys(pen: Pen) -> None:
    """A bunch of three keys on a hook beside a window."""
    pen.rectangle((0, 0, DRAWN_WIDTH, DRAWN_HEIGHT), fill="#4f7a6b")
    pen.rectangle((90, 160, 560, 840), fill=SKY, outline=PALE, width=36)
    pen.line((325, 160, 325, 840), fill=PALE, width=20)
    pen.rounded_rectangle((860, 130, 1180, 210), 24, fill="#7b5b3a", outline=DARK, width=6)
    pen.arc((985, 160, 1055, 280), 0, 180, fill=DARK, width=16)
    pen.ellipse((930, 250, 1110, 430), outline=BRIGHT, width=22)
    for left, top, colour in ((820, 400, WARM), (980, 430, PALE), (1140, 400, BRIGHT)):
        pen.ellipse((left - 65, top, left + 65, top + 130), outline=colour, width=34)
        pen.rectangle((left - 15, top + 120, left + 15, top + 430), fill=colour)
        for tooth in (300, 370):
            pen.rectangle((left + 10, top + tooth, left + 62, top + tooth + 34), fill=colour)
    pen.rectangle((0, 960, DRAWN_WIDTH, DRAWN_HEIGHT), fill="#7b5b3a")


DRAWINGS: Mapping[str, Drawing] = {
    "beetnachbarn": Drawing(
        "Zwei Hochbeete mit Erdbeeren, dahinter ein Zaun mit offenem Tor, gezeichnet.",
        "Two raised beds with strawberries, behind them a fence with an open gate, drawn.",
        draw_beds,
    ),
    "cafehandzeichen": Drawing(
        "Zwei dampfende Tassen vor einem Fenster, gezeichnet.",
        "Two steaming cups in front of a window, drawn.",
        draw_cups,
    ),
    "dorfauto": Drawing(
        "Ein gelbes Auto lädt neben einem Feuerwehrhaus, gezeichnet.",
        "A yellow car is being charged beside a fire station, drawn.",
        draw_car,
    ),
    "digitallotsen": Drawing(
        "Ein Marktstand, auf dem Tisch steht ein Tablet, gezeichnet.",
        "A market stall with a tablet on its table, drawn.",
        draw_market,
    ),
    "klingelzeichen": Drawing(
        "Eine Haustür mit einem Türschild, daneben fünf Klingeln, gezeichnet.",
        "A front door with a sign, and five bells beside it, drawn.",
        draw_door,
    ),
    "schluesselbund": Drawing(
        "Ein Schlüsselbund mit drei Schlüsseln an einem Haken, gezeichnet.",
        "A bunch of three keys on a hook, drawn.",
        draw_keys,
    ),
    "werkstattbus": Drawing(
        "Ein Bus voller Werkzeug vor grünen Hügeln, gezeichnet.",
        "A bus full of tools in front of green hills, drawn.",
        draw_bus,
    ),
}
"""By the story."""


def tell_pictures(key: str, idea_id: str) -> list[dict[str, Any]]:
    """As a story's version names them."""
    if key not in DRAWINGS:
        return []
    drawing = DRAWINGS[key]
    said = {"alt": drawing.alt, "alt_en": drawing.alt_en, "credit": CREDIT, "licence": "cc0", "people": "nobody"}
    return [{"id": picture_id(idea_id), "width": WIDTH, "height": HEIGHT, **said}]


@cache
def draw_sized(key: str) -> SizedImage:
    """Drawn larger than it is kept, so that lines come out smooth."""
    image, target = Image.new("RGB", (DRAWN_WIDTH, DRAWN_HEIGHT)), io.BytesIO()
    DRAWINGS[key].draw(ImageDraw.Draw(image))
    image.resize((WIDTH, HEIGHT), Image.Resampling.BOX).save(target, "PNG", compress_level=1)
    return read_sized(target.getvalue())


def draw_row(key: str, idea_id: str, at: datetime) -> Picture:
    sized = draw_sized(key)
    return Picture(
        id=picture_id(idea_id),
        idea_id=idea_id,
        media_type="image/webp",
        width=sized.width,
        height=sized.height,
        size=len(sized.small) + len(sized.large),
        small=sized.small,
        large=sized.large,
        created_at=at,
    )


def picture_id(idea_id: str) -> str:
    return demo_id(idea_id, "picture")
