"""Images on their way in: checked by what they are, not by what they are called, and encoded anew.

What is kept is the picture alone. Places, cameras, names and whatever else a file may hide stay behind.

Run as a program it is the decoder in its own process, see `activities.packaging.decoding`, so it imports nothing of
ours.
"""

import contextlib
import io
import json
import resource
import sys
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

MOST_BYTES = 10 * 1024 * 1024
MOST_PIXELS = 50_000_000
"""More than any phone takes in its usual mode; unpacked, it is 200 MB of memory, and once more that for a while."""

MOST_SCANS = 100
"""A progressive JPEG has about ten. Each is drawn over the whole picture, and may be a few bytes long."""
MOST_FRAMES = 100

CPU_SECONDS = 10
MEMORY_BYTES = 1536 * 1024 * 1024
"""Of addresses, which is more than what is used: 50 million pixels with transparency are 200 MB, thrice at once."""

LONGEST_EDGE = 2400
JPEG_QUALITY = 88

Read = TypeVar("Read")

SMALL, LARGE = 640, 1600
"""Widths of a picture that pages show: on a phone or as a tile, and where there is room."""
WEBP_QUALITY = 82
SIZED = "sized"
"""Asks the program for a picture in its sizes."""

warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # our limit is stricter, and refuses

_DECODERS = ("JPEG", "PNG", "WEBP")
JPEG_BEGINS, SCAN_BEGINS = b"\xff\xd8", b"\xff\xda"
"""Markers: inside of a scan a byte 0xff is never followed by 0xda."""
EXTENSIONS = {"image/jpeg": "jpg", "image/png": "png"}


class ImageProblem(StrEnum):
    """Why an image was not taken. Its words are in the catalogues: `package.image.<problem>`."""

    EMPTY = "empty"
    TOO_LARGE = "too_large"
    TOO_MANY_PIXELS = "too_many_pixels"
    NO_IMAGE = "no_image"
    TOO_COSTLY = "too_costly"
    """It takes more time or memory than any honest picture of this size."""
    BROKEN = "broken"


class ImageRefused(Exception):
    """Says nothing but the problem."""

    def __init__(self, problem: ImageProblem) -> None:
        self.problem = problem
        super().__init__(str(problem))

    @property
    def key(self) -> str:
        return f"package.image.{self.problem}"


@dataclass(frozen=True)
class CleanImage:
    """A picture without anything else in its file."""

    media_type: str
    width: int
    height: int
    content: bytes


@dataclass(frozen=True)
class SizedImage:
    """The same picture as WebP in two sizes, and how large the larger one is."""

    width: int
    height: int
    small: bytes
    large: bytes


def read_image(data: bytes) -> CleanImage:
    """A JPEG, PNG or WebP upright, in sRGB and at most LONGEST_EDGE pixels long, as JPEG, or as PNG where it was one.

    Computes for seconds where the image is large, and a hostile one for as long as it is let: what strangers send goes
    through `ImageReader`. Raises ImageRefused.
    """
    return _refusing(_read, data)


def read_sized(data: bytes) -> SizedImage:
    """The same as WebP, at most SMALL and LARGE pixels wide. Raises ImageRefused."""
    return _refusing(_read_sized, data)


def _refusing(read: Callable[[bytes], Read], data: bytes) -> Read:
    check_size(data)
    try:
        return read(data)
    except ImageRefused:
        raise
    except UnidentifiedImageError:
        raise ImageRefused(ImageProblem.NO_IMAGE) from None
    except Image.DecompressionBombError:
        raise ImageRefused(ImageProblem.TOO_MANY_PIXELS) from None
    except MemoryError:
        raise ImageRefused(ImageProblem.TOO_COSTLY) from None
    except Exception:  # a decoder that is given nonsense may raise anything
        raise ImageRefused(ImageProblem.BROKEN) from None


def check_size(data: bytes) -> None:
    """What can be told of a file without a decoder. Raises ImageRefused."""
    if not data:
        raise ImageRefused(ImageProblem.EMPTY)
    if len(data) > MOST_BYTES:
        raise ImageRefused(ImageProblem.TOO_LARGE)
    if data.startswith(JPEG_BEGINS) and data.count(SCAN_BEGINS) > MOST_SCANS:
        raise ImageRefused(ImageProblem.TOO_COSTLY)


def _read(data: bytes) -> CleanImage:
    plain, keeps_png = _open(data)
    target = io.BytesIO()
    if keeps_png:
        plain.save(target, "PNG", optimize=True)
    else:
        plain.save(target, "JPEG", quality=JPEG_QUALITY, progressive=True)
    return CleanImage("image/png" if keeps_png else "image/jpeg", plain.width, plain.height, target.getvalue())


def _read_sized(data: bytes) -> SizedImage:
    plain, _ = _open(data)
    large, small = _narrow(plain, LARGE), _narrow(plain, SMALL)
    return SizedImage(large.width, large.height, _write_webp(small), _write_webp(large))


def _narrow(image: Image.Image, width: int) -> Image.Image:
    """At most so wide; none is made larger than it is."""
    if image.width <= width:
        return image
    return image.resize((width, max(1, round(image.height * width / image.width))), Image.Resampling.LANCZOS)


def _write_webp(image: Image.Image) -> bytes:
    target = io.BytesIO()
    image.save(target, "WEBP", quality=WEBP_QUALITY)
    return target.getvalue()


def _open(data: bytes) -> tuple[Image.Image, bool]:
    """The pixels alone, upright and in sRGB; and whether they were drawn rather than taken."""
    with Image.open(io.BytesIO(data), formats=_DECODERS) as image:
        if image.width * image.height > MOST_PIXELS:
            raise ImageRefused(ImageProblem.TOO_MANY_PIXELS)
        if getattr(image, "n_frames", 1) > MOST_FRAMES:
            raise ImageRefused(ImageProblem.TOO_COSTLY)
        keeps_png = image.format == "PNG" or image.has_transparency_data
        image.draft("RGB", (LONGEST_EDGE, LONGEST_EDGE))
        ImageOps.exif_transpose(image, in_place=True)
        mixable: Image.Image = image
        if image.mode in ("P", "1"):  # colours of a palette cannot be mixed
            mixable = image.convert("RGBA" if image.has_transparency_data else "RGB")
        mixable.thumbnail((LONGEST_EDGE, LONGEST_EDGE), Image.Resampling.LANCZOS)
        return _convert_colours(mixable), keeps_png


def _convert_colours(image: Image.Image) -> Image.Image:
    """Eight bits a channel in sRGB. Without its profile a phone's picture would look pale."""
    profile = image.info.get("icc_profile")
    mode = "RGBA" if image.has_transparency_data else "RGB"
    if profile and image.mode in ("RGB", "RGBA", "CMYK", "L"):
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            converted = ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
        except (ImageCms.PyCMSError, OSError):
            converted = None
        if converted is not None:
            if mode == "RGBA":
                converted.putalpha(image.convert("RGBA").getchannel("A"))
            return _bare(converted)
    if image.mode.startswith("I;16") or image.mode in ("I", "F"):
        image = image.convert("I").point(lambda value: value / 256).convert("L")
    return _bare(image.convert(mode))


def _bare(image: Image.Image) -> Image.Image:
    """The pixels alone: comments, text and profiles of the file are not carried on."""
    bare = Image.new(image.mode, image.size)
    bare.paste(image)
    return bare


def bound_this_process() -> None:
    """Whatever a decoder may be made to do ends soon, and writes no file."""
    limits = {
        resource.RLIMIT_CPU: CPU_SECONDS,
        resource.RLIMIT_AS: MEMORY_BYTES,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_CORE: 0,
    }
    for limit, value in limits.items():
        with contextlib.suppress(ValueError, OSError):  # macOS knows no limit of addresses
            resource.setrlimit(limit, (value, value))


def main() -> None:
    """Standard input is a file; standard output a line of JSON, and the picture behind it, or both its sizes."""
    bound_this_process()
    head: dict[str, str | int]
    data = sys.stdin.buffer.read(MOST_BYTES + 1)
    try:
        head, content = _tell_sized(read_sized(data)) if SIZED in sys.argv[1:] else _tell(read_image(data))
    except ImageRefused as refused:
        head, content = {"problem": refused.problem.value}, b""
    sys.stdout.buffer.write(json.dumps(head).encode() + b"\n" + content)


def _tell(clean: CleanImage) -> tuple[dict[str, str | int], bytes]:
    return {"media_type": clean.media_type, "width": clean.width, "height": clean.height}, clean.content


def _tell_sized(sized: SizedImage) -> tuple[dict[str, str | int], bytes]:
    head: dict[str, str | int] = {"width": sized.width, "height": sized.height, "small": len(sized.small)}
    return head, sized.small + sized.large


if __name__ == "__main__":
    main()
