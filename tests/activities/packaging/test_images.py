"""Images on their way in: what is taken, what comes out, and what stays behind."""

import io
import struct
import zlib
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms, ImageDraw, PngImagePlugin

from activities.packaging.images import (
    LONGEST_EDGE,
    MOST_BYTES,
    MOST_PIXELS,
    CleanImage,
    ImageProblem,
    ImageRefused,
    read_image,
)
from models.i18n import languages, texts_in

RED, BLUE = (200, 30, 30), (30, 30, 200)
ORIENTATION, GPS, CAMERA = 0x0112, 0x8825, 0x0110


def picture(mode: str = "RGB", size: tuple[int, int] = (80, 40)) -> Image.Image:
    """Red on the left, blue on the right."""
    image = Image.new("RGB", size, RED)
    ImageDraw.Draw(image).rectangle((size[0] // 2, 0, *size), fill=BLUE)
    return image.quantize(16) if mode == "P" else image.convert(mode)


def encode(image: Image.Image, kind: str, **options: Any) -> bytes:
    target = io.BytesIO()
    image.save(target, kind, **options)
    return target.getvalue()


def opened(clean: CleanImage) -> Image.Image:
    image = Image.open(io.BytesIO(clean.content))
    image.load()
    assert image.size == (clean.width, clean.height)
    assert Image.MIME[image.format or ""] == clean.media_type
    return image


def looks_like(pixel: Any, colour: tuple[int, int, int]) -> bool:
    return all(abs(have - want) < 12 for have, want in zip(pixel[:3], colour, strict=True))


def problem_of(data: bytes) -> ImageProblem:
    with pytest.raises(ImageRefused) as caught:
        read_image(data)
    return caught.value.problem


@pytest.mark.parametrize(
    ("mode", "kind", "media_type"),
    [
        ("RGB", "JPEG", "image/jpeg"),
        ("CMYK", "JPEG", "image/jpeg"),
        ("RGB", "WEBP", "image/jpeg"),
        ("RGB", "PNG", "image/png"),
        ("RGBA", "PNG", "image/png"),
        ("P", "PNG", "image/png"),
    ],
)
def test_a_picture_keeps_its_colours(mode: str, kind: str, media_type: str) -> None:
    clean = read_image(encode(picture(mode), kind))
    image = opened(clean).convert("RGB")
    assert (clean.media_type, image.size) == (media_type, (80, 40))
    assert looks_like(image.getpixel((10, 20)), RED)
    assert looks_like(image.getpixel((70, 20)), BLUE)


def test_transparency_is_kept() -> None:
    image = picture("RGBA")
    image.putpixel((5, 5), (0, 0, 0, 0))
    for kind in ("PNG", "WEBP"):
        clean = opened(read_image(encode(image, kind, **({"lossless": True} if kind == "WEBP" else {}))))
        assert clean.mode == "RGBA"
        assert clean.getpixel((5, 5))[3] == 0  # type: ignore[index]
        assert clean.getpixel((6, 6))[3] == 255  # type: ignore[index]


@pytest.mark.parametrize("mode", ["L", "LA", "1", "I;16"])
def test_grey_pictures_keep_their_greys(mode: str) -> None:
    image = Image.new("L", (40, 20), 0)
    ImageDraw.Draw(image).rectangle((20, 0, 40, 20), fill=255)
    if mode == "I;16":
        source = Image.new("I;16", image.size)
        source.paste(65_535, (20, 0, 40, 20))
        image = source
    clean = opened(read_image(encode(image if mode == "I;16" else image.convert(mode), "PNG"))).convert("RGB")
    assert clean.getpixel((5, 5)) == (0, 0, 0)
    assert looks_like(clean.getpixel((35, 5)), (255, 255, 255))


def test_a_phones_picture_is_upright_and_says_nothing_of_where_and_with_what() -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    exif[CAMERA] = "Telefon von Alma"
    exif.get_ifd(GPS)[2] = (51.0, 3.0, 0.0)
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    data = encode(picture(), "JPEG", exif=exif, comment="Büro Dresden", icc_profile=profile)
    assert b"Alma" in data
    clean = read_image(data)
    image = opened(clean)
    assert image.size == (40, 80)
    assert looks_like(image.getpixel((20, 10)), RED)
    assert looks_like(image.getpixel((20, 70)), BLUE)
    assert not image.getexif()
    assert not {"exif", "icc_profile", "comment", "xmp"} & set(image.info)
    assert b"Alma" not in clean.content
    assert b"Dresden" not in clean.content


def test_texts_inside_a_png_stay_behind() -> None:
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Author", "Alma")
    notes.add_itxt("XML:com.adobe.xmp", "<x>Alma</x>")
    data = encode(picture(), "PNG", pnginfo=notes)
    assert b"Alma" in data
    assert b"Alma" not in read_image(data).content


def profile_that_swaps_red_and_blue() -> bytes:
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return srgb.replace(b"rXYZ", b"----").replace(b"bXYZ", b"rXYZ").replace(b"----", b"bXYZ")


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_colours_of_a_profile_become_those_of_every_screen(kind: str) -> None:
    image = opened(read_image(encode(picture(), kind, icc_profile=profile_that_swaps_red_and_blue()))).convert("RGB")
    assert looks_like(image.getpixel((10, 20)), BLUE)
    assert looks_like(image.getpixel((70, 20)), RED)


def test_a_profile_also_counts_where_a_picture_is_partly_transparent() -> None:
    source = picture("RGBA")
    source.putpixel((5, 5), (0, 0, 0, 0))
    image = opened(read_image(encode(source, "PNG", icc_profile=profile_that_swaps_red_and_blue())))
    assert looks_like(image.getpixel((10, 20)), BLUE)
    assert image.getpixel((5, 5))[3] == 0  # type: ignore[index]


def test_a_profile_that_is_none_does_no_harm() -> None:
    image = opened(read_image(encode(picture(), "PNG", icc_profile=b"no profile at all")))
    assert looks_like(image.getpixel((10, 20)), RED)


def test_large_pictures_are_made_smaller_and_small_ones_stay() -> None:
    wide = read_image(encode(picture(size=(4000, 1000)), "JPEG"))
    assert (wide.width, wide.height) == (LONGEST_EDGE, 600)
    tall = read_image(encode(picture(size=(10, 6000)), "PNG"))
    assert (tall.width, tall.height) == (4, LONGEST_EDGE)
    fits = read_image(encode(picture(size=(LONGEST_EDGE, 20)), "PNG"))
    assert (fits.width, fits.height) == (LONGEST_EDGE, 20)


def test_what_was_read_is_read_again_without_loss_of_size() -> None:
    once = read_image(encode(picture(), "PNG"))
    assert read_image(once.content) == once


def test_only_the_first_picture_of_a_film_is_kept() -> None:
    film = encode(picture(), "WEBP", save_all=True, append_images=[picture("L").convert("RGB")], lossless=True)
    image = opened(read_image(film))
    assert looks_like(image.convert("RGB").getpixel((10, 20)), RED)
    assert getattr(image, "n_frames", 1) == 1


def test_the_content_counts_and_not_what_it_claims() -> None:
    for kind in ("GIF", "BMP", "TIFF", "PDF"):
        assert problem_of(encode(picture(), kind)) is ImageProblem.NO_IMAGE
    for text in (b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"%!PS-Adobe-3.0 EPSF-3.0\n", b"MZ\x90\x00", b"x"):
        assert problem_of(text) is ImageProblem.NO_IMAGE
    assert problem_of(b"") is ImageProblem.EMPTY


def test_a_file_that_is_too_large_is_not_even_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Image, "open", None)
    assert problem_of(b"\x00" * (MOST_BYTES + 1)) is ImageProblem.TOO_LARGE


def png_that_claims(width: int, height: int) -> bytes:
    """A PNG of a few bytes that says it were huge."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = zlib.compress(b"\x00" * 100_000)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("width", "height"), [(MOST_PIXELS + 1, 1), (12_000, 8_000), (60_000, 60_000), (2**31 - 1, 2**31 - 1)]
)
@pytest.mark.filterwarnings("ignore:Image size")
def test_a_decompression_bomb_is_refused_before_it_is_unpacked(width: int, height: int) -> None:
    assert problem_of(png_that_claims(width, height)) is ImageProblem.TOO_MANY_PIXELS


def test_a_text_that_unpacks_to_a_flood_is_refused() -> None:
    flood = zlib.compress(b"a" * 100_000_000, 9)
    assert len(flood) < 200_000
    text = b"Comment\x00\x00" + flood
    chunk = struct.pack(">I", len(text)) + b"zTXt" + text + struct.pack(">I", zlib.crc32(b"zTXt" + text))
    plain = encode(picture(), "PNG")
    end_of_header = 8 + 25
    assert problem_of(plain[:end_of_header] + chunk + plain[end_of_header:]) is ImageProblem.BROKEN


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_half_a_picture_is_broken(kind: str) -> None:
    data = encode(picture(size=(600, 400)), kind)
    assert problem_of(data[: len(data) // 2]) is ImageProblem.BROKEN


SAMPLES = [encode(picture(), kind) for kind in ("JPEG", "PNG", "WEBP")]


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(SAMPLES), st.data())
def test_whatever_is_uploaded_is_an_image_or_refused(sample: bytes, data: st.DataObject) -> None:
    spoiled = bytearray(sample)
    for _ in range(data.draw(st.integers(0, 6))):
        spoiled[data.draw(st.integers(0, len(spoiled) - 1))] = data.draw(st.integers(0, 255))
    with suppress(ImageRefused):
        opened(read_image(bytes(spoiled)))


def test_every_problem_has_its_words() -> None:
    for language in languages():
        assert [problem for problem in ImageProblem if not texts_in(language).has(ImageRefused(problem).key)] == []
    assert f"{MOST_BYTES // 1024**2} MB" in texts_in("de")(ImageRefused(ImageProblem.TOO_LARGE).key)
    assert f"{MOST_PIXELS // 10**6} Millionen" in texts_in("de")(ImageRefused(ImageProblem.TOO_MANY_PIXELS).key)
