"""Public pictures: those alone, and out of their folder alone."""

from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage


@pytest.fixture
def stored(settings, tmp_path):
    settings.MEDIA_ROOT = str(tmp_path / "media")
    (tmp_path / "beside.jpg").write_bytes(b"not public")
    return default_storage.save("people/me.jpg", ContentFile(b"a picture"))


def test_a_picture_is_handed_out_for_good_and_as_a_picture(client, stored, db, settings):
    answer = client.get(f"{settings.MEDIA_URL}{stored}")
    assert b"".join(answer.streaming_content) == b"a picture"
    assert answer["Content-Type"] == "image/jpeg"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "immutable" in answer["Cache-Control"]
    assert "sandbox" in answer["Content-Security-Policy"]


def test_it_costs_no_query(client, stored, settings, django_assert_num_queries, db):
    with django_assert_num_queries(0):
        answer = client.get(f"{settings.MEDIA_URL}{stored}")
    assert b"".join(answer.streaming_content) == b"a picture"


@pytest.mark.parametrize("path", ["people/other.jpg", "../beside.jpg", "..%2fbeside.jpg", "people"])
def test_what_is_not_there_is_not_found(client, stored, db, path):
    assert client.get(f"/media/{path}").status_code == 404


def test_other_kinds_of_files_are_not_handed_out(client, stored, db, settings):
    Path(settings.MEDIA_ROOT, "page.html").write_text("<script>alert(1)</script>")
    assert client.get("/media/page.html").status_code == 404
