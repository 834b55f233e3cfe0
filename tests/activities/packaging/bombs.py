"""Files that are small and costly."""

import io

from PIL import Image


def scan_bomb(scans: int, size: tuple[int, int] = (4000, 4000)) -> bytes:
    """A progressive JPEG whose last scan, a few bytes long, is said again and again; each is drawn over everything."""
    target = io.BytesIO()
    Image.new("L", size, 200).save(target, "JPEG", progressive=True)
    data = target.getvalue()
    last = data.rindex(b"\xff\xda")
    return data[:last] + data[last:-2] * scans + b"\xff\xd9"


def film(frames: int) -> bytes:
    pictures = [Image.new("RGB", (4, 4), (number % 256, number // 256, 7)) for number in range(frames)]
    target = io.BytesIO()
    pictures[0].save(target, "WEBP", save_all=True, append_images=pictures[1:], lossless=True)
    return target.getvalue()
