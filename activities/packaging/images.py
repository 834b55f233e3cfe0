"""Images on their way in: checked by what they are, not by what they are called, and encoded anew.

What is kept is the picture alone. Places, cameras, names and whatever else a file may hide stay behind.
"""

import io
import warnings
from dataclasses import dataclass
from enum import StrEnum
from threading import Semaphore

from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

MOST_BYTES = 10 * 1024 * 1024
MOST_PIXELS = 50_000_000
"""More than any phone takes in its usual mode; unpacked, it is 200 MB of memory, and once more that for a while."""

LONGEST_EDGE = 2400
JPEG_QUALITY = 88

warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # our limit is stricter, and refuses

_two_at_a_time = Semaphore(2)
"""However many are uploaded at once, no more than that are unpacked in memory."""

_DECODERS = ("JPEG", "PNG", "WEBP")
EXTENSIONS = {"image/jpeg": "jpg", "image/png": "png"}


class ImageProblem(StrEnum):
    """Why an image was not taken. Its words are in the catalogues: `package.image.<problem>`."""

    EMPTY = "empty"
    TOO_LARGE = "too_large"
    TOO_MANY_PIXELS = "too_many_pixels"
    NO_IMAGE = "no_image"
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


def read_image(data: bytes) -> CleanImage:
    """A JPEG, PNG or WebP upright, in sRGB and at most LONGEST_EDGE pixels long, as JPEG, or as PNG where it was one.

    Computes for seconds where the image is large, so call it beside an event loop. Raises ImageRefused.
    """
    if not data:
        raise ImageRefused(ImageProblem.EMPTY)
    if len(data) > MOST_BYTES:
        raise ImageRefused(ImageProblem.TOO_LARGE)
    try:
        with _two_at_a_time:
            return _read(data)
    except ImageRefused:
        raise
    except UnidentifiedImageError:
        raise ImageRefused(ImageProblem.NO_IMAGE) from None
    except Image.DecompressionBombError:
        raise ImageRefused(ImageProblem.TOO_MANY_PIXELS) from None
    except Exception:  # a decoder that is given nonsense may raise anything
        raise ImageRefused(ImageProblem.BROKEN) from None


def _read(data: bytes) -> CleanImage:
    with Image.open(io.BytesIO(data), formats=_DECODERS) as image:
        if image.width * image.height > MOST_PIXELS:
            raise ImageRefused(ImageProblem.TOO_MANY_PIXELS)
        keeps_png = image.format == "PNG" or image.has_transparency_data
        image.draft("RGB", (LONGEST_EDGE, LONGEST_EDGE))
        ImageOps.exif_transpose(image, in_place=True)
        mixable: Image.Image = image
        if image.mode in ("P", "1"):  # colours of a palette cannot be mixed
            mixable = image.convert("RGBA" if image.has_transparency_data else "RGB")
        mixable.thumbnail((LONGEST_EDGE, LONGEST_EDGE), Image.Resampling.LANCZOS)
        plain = _convert_colours(mixable)
    target = io.BytesIO()
    if keeps_png:
        plain.save(target, "PNG", optimize=True)
    else:
        plain.save(target, "JPEG", quality=JPEG_QUALITY, progressive=True)
    return CleanImage("image/png" if keeps_png else "image/jpeg", plain.width, plain.height, target.getvalue())


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
