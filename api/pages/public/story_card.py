"""The picture that messengers and networks show with a link to a story: Open Graph, 1200 by 630."""

import io
from bisect import bisect_right
from functools import cache, lru_cache

from PIL import Image, ImageDraw, ImageFont, ImageOps
from PIL.ImageFont import FreeTypeFont

from models.settings import TEMPLATES

WIDTH, HEIGHT, EDGE = 1200, 630, 72
PAPER, INK, MUTED, BRAND, SUN = "#f8f7f3", "#1d282b", "#536065", "#0d5c58", "#f2c14e"
"""Those of the pages."""

PICTURED = 500
"""So wide is a picture, from the top to the bottom of the card."""

FONTS = TEMPLATES / "static" / "vendor"
TITLE_LINES, TEASER_LINES = 3, 3


@lru_cache(maxsize=64)
def draw_card(title: str, teaser: str, line: str, platform: str, picture: bytes = b"") -> bytes:
    """PNG. The same words give the same bytes. `picture`: as it is kept; it stands beside the title."""
    card = Image.new("RGB", (WIDTH, HEIGHT), PAPER)
    pen = ImageDraw.Draw(card)
    pen.rectangle((0, 0, 24, HEIGHT), fill=BRAND)
    width = WIDTH - 2 * EDGE
    if picture:
        card.paste(_crop(picture), (WIDTH - PICTURED, 0))
        width -= PICTURED - EDGE // 2
    else:
        pen.ellipse((WIDTH - 190, 60, WIDTH - 90, 160), fill=SUN)
    y: float = EDGE
    y = _write(pen, y, line, _font("medium", 30), MUTED, 1, width if picture else WIDTH - 380)
    size, beside = (52, width) if picture else (68, WIDTH - 300)
    y = _write(pen, y + 18, title, _font("semibold", size), INK, TITLE_LINES, beside)
    _write(pen, y + 18, teaser, _font("regular", 30 if picture else 36), INK, TEASER_LINES, width)
    pen.text((EDGE, HEIGHT - EDGE), platform, BRAND, _font("semibold", 32), anchor="ls")
    sink = io.BytesIO()
    card.quantize(256 if picture else 64).save(sink, "PNG", optimize=True)
    return sink.getvalue()


def _crop(picture: bytes) -> Image.Image:
    """Its middle, as large as there is room."""
    with Image.open(io.BytesIO(picture)) as image:
        return ImageOps.fit(image.convert("RGB"), (PICTURED, HEIGHT))


def wrap(text: str, font: FreeTypeFont, width: float, most: int) -> list[str]:
    """So many lines at most; what does not fit ends in an ellipsis."""
    lines, words = [""], text.split()
    for word in words:
        longer = f"{lines[-1]} {word}".strip()
        if font.getlength(longer) <= width or not lines[-1]:
            lines[-1] = longer
        elif len(lines) < most:
            lines.append(word)
        else:
            lines[-1] += " …"
            break
    return [_cut(one, font, width) for one in lines]


def _cut(line: str, font: FreeTypeFont, width: float) -> str:
    if font.getlength(line) <= width:
        return line
    bare = line.removesuffix("…").rstrip()
    # Halved again and again: a word of ten thousand letters, cut sign by sign, takes as long as a coffee.
    fits = bisect_right(range(1, len(bare) + 1), width, key=lambda most: font.getlength(f"{bare[:most].rstrip()}…"))
    return f"{bare[:fits].rstrip()}…"


def _write(pen: ImageDraw.ImageDraw, y: float, text: str, font: FreeTypeFont, ink: str, most: int, width: int) -> float:
    """Returns where it ends."""
    for line in wrap(text, font, width, most):
        pen.text((EDGE, y), line, ink, font)
        y += font.size * 1.22
    return y


@cache
def _font(weight: str, size: int) -> FreeTypeFont:
    return ImageFont.truetype(FONTS / f"fira-sans-{weight}.woff2", size)
