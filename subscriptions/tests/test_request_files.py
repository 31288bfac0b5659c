"""Files of a request: several at once, pictures drawn anew, and taken back for a day."""

import io
from datetime import timedelta

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from core import clock
from core.choices import OrganizationKind, Role
from core.errors import Forbidden, NotVisible
from core.models import Event
from subscriptions.choices import FileKind
from subscriptions.models import RequestFile
from subscriptions.services.requests import add_file, remove_file
from subscriptions.services.requests.files import make_pictures
from subscriptions.tests.sides import text, url
from users.tests.factories import make_actor

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.7\n%%EOF\n"


def picture(side=600, kind="JPEG") -> bytes:
    kept = io.BytesIO()
    image = Image.new("RGB", (side, side // 2), "teal")
    exif = image.getexif()
    exif[0x010E] = "place of the client"
    image.save(kept, kind, **({"exif": exif} if kind == "JPEG" else {}))
    return kept.getvalue()


def upload(name="door.jpg", content=None):
    return SimpleUploadedFile(name, picture() if content is None else content)


def test_a_picture_is_drawn_anew_by_the_worker(sides, sign_in, run_jobs):
    request = sides.request()
    file = add_file(sides.agent, request, upload())
    assert (file.kind, bool(file.thumbnail)) == (FileKind.PHOTO, False)
    run_jobs()
    file.refresh_from_db()
    for stored, side in ((file.thumbnail, 240), (file.preview, 600)):
        with stored.open("rb") as content, Image.open(content) as drawn:
            assert max(drawn.size) == side
            assert not drawn.getexif()
    page = text(sign_in(sides.operator).get(url(request)))
    assert f"/files/{file.public_id}/thumbnail/" in page
    make_pictures(file.pk)
    before = file.thumbnail.name
    file.refresh_from_db()
    assert file.thumbnail.name == before


def test_a_picture_is_shown_to_those_who_correspond_alone(sides, sign_in, run_jobs):
    request = sides.request()
    file = add_file(sides.agent, request, upload())
    run_jobs()
    path = url(request, f"files/{file.public_id}/thumbnail/")
    answer = sign_in(sides.operator).get(path)
    assert b"".join(answer.streaming_content).startswith(b"\xff\xd8")
    assert answer["Content-Type"] == "image/jpeg"
    assert answer["Content-Disposition"].startswith("inline")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer["Content-Security-Policy"]
    for other in (sides.holder, make_actor(OrganizationKind.AGENCY)):
        assert sign_in(other).get(path).status_code == 404


def test_what_is_no_picture_is_left_without_one(sides, run_jobs):
    request = sides.request()
    broken = add_file(sides.agent, request, upload("a.jpg", b"\xff\xd8\xff broken"))
    paper = add_file(sides.agent, request, upload("b.pdf", PDF))
    run_jobs()
    for file in (broken, paper):
        file.refresh_from_db()
        assert not file.thumbnail
    assert paper.kind == FileKind.OTHER


def test_several_at_once_what_is_good_is_kept_and_the_rest_is_named(sides, sign_in):
    request = sides.request()
    browser = sign_in(sides.agent)
    files = [upload("a.pdf", PDF), upload("evil.svg", b"<svg/>"), upload("b.pdf", PDF)]
    answer = browser.post(url(request, "files/"), {"file": files, "kind": "ACT"})
    assert answer.status_code == 422
    (error,) = answer.context["file_errors"]
    assert error.startswith("evil.svg: ")
    assert set(request.files.values_list("name", "kind")) == {("a.pdf", "ACT"), ("b.pdf", "ACT")}
    answer = browser.post(url(request, "files/"), {"file": [upload("c.pdf", PDF)], "kind": "X"})
    assert answer.status_code == 422
    assert request.files.count() == 2
    assert browser.post(url(request, "files/"), {}).status_code == 422


def test_who_added_it_takes_it_back_within_a_day(sides, sign_in, run_jobs):
    request = sides.request()
    file = add_file(sides.agent, request, upload())
    run_jobs()
    file.refresh_from_db()
    stored = [one.name for one in (file.file, file.thumbnail, file.preview)]
    browser = sign_in(sides.agent)
    assert f"{file.public_id}/remove/" in text(browser.get(url(request)))
    assert f"{file.public_id}/remove/" not in text(sign_in(sides.operator).get(url(request)))
    answer = browser.post(url(request, f"files/{file.public_id}/remove/"))
    assert answer.status_code == 302
    assert not RequestFile.objects.exists()
    assert not any(file.file.storage.exists(name) for name in stored)
    event = Event.objects.get(kind="file.removed")
    assert event.data == {"number": request.number}
    again = browser.post(url(request, f"files/{file.public_id}/remove/"))
    assert again.status_code == 404
    assert browser.get(url(request)).status_code == 200


def test_others_and_latecomers_do_not(sides):
    request = sides.request()
    file = add_file(sides.agent, request, upload("a.pdf", PDF))
    member = make_actor(OrganizationKind.AGENCY, Role.MEMBER, organization=sides.agent.organization)
    for other in (sides.operator, member):
        with pytest.raises(Forbidden):
            remove_file(other, request, file.public_id)
    for stranger in (make_actor(OrganizationKind.AGENCY), make_actor(OrganizationKind.PROVIDER)):
        with pytest.raises(NotVisible):
            remove_file(stranger, request, file.public_id)
    with (
        time_machine.travel(clock.now() + timedelta(hours=25), tick=False),
        pytest.raises(Forbidden),
    ):
        remove_file(sides.agent, request, file.public_id)
    assert RequestFile.objects.exists()
