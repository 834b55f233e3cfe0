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

WIDTH, HEIGHT = 1600, 1067
CREDIT = "Ideenweg, gezeichnet für die Demo"
SKY, GRASS, WALL, DARK, WARM, BRIGHT, PALE = "#d7e7f2", "#8bb174", "#e9d8c0", "#3b4a54", "#d9763f", "#f3c34f", "#fbf6ec"

Pen = ImageDraw.ImageDraw


@dataclass(frozen=True)
class Drawing:
    """What is drawn, and what there is to see."""

    alt: str
    draw: Callable[[Pen], None]


def draw_door(pen: Pen) -> None:
    """A door with a sign, and bells beside it."""
    pen.rectangle((0, 0, WIDTH, HEIGHT), fill=WALL)
    pen.rectangle((560, 180, 1040, HEIGHT), fill="#4f7a6b", outline=DARK, width=10)
    pen.rectangle((640, 260, 960, 520), fill="#bcd9dd", outline=DARK, width=6)
    pen.ellipse((950, 660, 1000, 710), fill=BRIGHT)
    pen.rounded_rectangle((690, 580, 910, 720), 20, fill=BRIGHT, outline=DARK, width=6)
    pen.arc((760, 605, 840, 695), 200, 340, fill=DARK, width=12)
    pen.ellipse((785, 660, 815, 690), fill=DARK)
    for row in range(5):
        pen.rounded_rectangle((1130, 330 + row * 90, 1330, 395 + row * 90), 12, fill=PALE, outline=DARK, width=5)
        pen.ellipse((1290, 348 + row * 90, 1318, 376 + row * 90), fill=WARM)
    pen.rectangle((0, 980, WIDTH, HEIGHT), fill="#a9998a")


def draw_bus(pen: Pen) -> None:
    """A bus full of tools in front of hills."""
    pen.rectangle((0, 0, WIDTH, HEIGHT), fill=SKY)
    pen.ellipse((-300, 520, 900, 1500), fill=GRASS)
    pen.ellipse((600, 580, 2000, 1500), fill="#759c61")
    pen.rectangle((0, 900, WIDTH, HEIGHT), fill="#8f959b")
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
    pen.rectangle((0, 0, WIDTH, HEIGHT), fill=SKY)
    pen.rectangle((0, 800, WIDTH, HEIGHT), fill="#cdbfa9")
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
    pen.rectangle((0, 0, WIDTH, HEIGHT), fill=WALL)
    pen.rectangle((300, 100, 1300, 640), fill=SKY, outline=PALE, width=40)
    pen.line((800, 100, 800, 640), fill=PALE, width=24)
    pen.ellipse((980, 180, 1120, 320), fill=BRIGHT)
    pen.rectangle((0, 800, WIDTH, HEIGHT), fill="#7b5b3a")
    for left, colour in ((480, WARM), (900, "#4f7a6b")):
        pen.arc((left + 190, 650, left + 310, 780), 270, 90, fill=colour, width=26)
        pen.rounded_rectangle((left, 620, left + 240, 840), 50, fill=colour)
        pen.ellipse((left - 40, 820, left + 280, 870), fill=PALE)
        for steam in (60, 120, 180):
            pen.arc((left + steam - 20, 500, left + steam + 20, 600), 90, 270, fill=PALE, width=8)


DRAWINGS: Mapping[str, Drawing] = {
    "cafehandzeichen": Drawing("Zwei dampfende Tassen vor einem Fenster, gezeichnet.", draw_cups),
    "digitallotsen": Drawing("Ein Marktstand, auf dem Tisch steht ein Tablet, gezeichnet.", draw_market),
    "klingelzeichen": Drawing("Eine Haustür mit einem Türschild, daneben fünf Klingeln, gezeichnet.", draw_door),
    "werkstattbus": Drawing("Ein Bus voller Werkzeug vor grünen Hügeln, gezeichnet.", draw_bus),
}
"""By the story."""


def tell_pictures(key: str, idea_id: str) -> list[dict[str, Any]]:
    """As a story's version names them."""
    if key not in DRAWINGS:
        return []
    said = {"alt": DRAWINGS[key].alt, "credit": CREDIT, "licence": "cc0", "people": "nobody"}
    return [{"id": picture_id(idea_id), "width": WIDTH, "height": HEIGHT, **said}]


@cache
def draw_sized(key: str) -> SizedImage:
    image, target = Image.new("RGB", (WIDTH, HEIGHT)), io.BytesIO()
    DRAWINGS[key].draw(ImageDraw.Draw(image))
    image.save(target, "PNG", compress_level=1)
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
