"""Pictures are written anew: nothing but the picture is kept."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from core.errors import DomainError
from core.uploads import read_picture


def picture(size=(1200, 600), kind="JPEG", **options) -> bytes:
    kept = io.BytesIO()
    Image.new(
        "RGBA" if kind == "PNG" else "RGB", size, (10, 20, 30, 40)[: 4 if kind == "PNG" else 3]
    ).save(kept, kind, **options)
    return kept.getvalue()


def read(content: bytes, name: str = "me.jpg"):
    kept = read_picture(SimpleUploadedFile(name, content), most_side=256, field="photo")
    return kept.name, Image.open(io.BytesIO(kept.read()))


def test_it_is_made_smaller_and_keeps_its_shape():
    name, kept = read(picture())
    assert (name, kept.size, kept.format) == ("picture.jpg", (256, 128), "JPEG")


def test_what_shows_through_stays_so():
    name, kept = read(picture(kind="PNG"))
    assert (name, kept.mode) == ("picture.png", "RGBA")


def test_what_hides_in_it_is_left_behind_and_it_stands_upright():
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by 90 degrees
    exif[0x010E] = "<script>alert(1)</script>"
    _name, kept = read(picture(exif=exif) + b"PK\x03\x04 an archive behind the picture")
    assert kept.size == (128, 256)
    assert not dict(kept.getexif())


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>",
        picture()[:200],
        b"GIF89a" + bytes(20),
        b"\x89PNG\r\n\x1a\n" + bytes(50),
    ],
)
def test_what_is_no_picture_is_refused_beside_its_field(content):
    with pytest.raises(DomainError) as refusal:
        read(content)
    assert refusal.value.field == "photo"


def test_a_picture_that_unpacks_to_gigabytes_is_refused_before_it_is_read():
    flat = Image.new("1", (20_000, 20_000))
    kept = io.BytesIO()
    flat.save(kept, "PNG")
    assert len(kept.getvalue()) < 100_000
    with pytest.raises(DomainError):
        read(kept.getvalue(), "huge.png")
