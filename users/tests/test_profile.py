"""What one says about oneself: profile, photo, theme."""

import io
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image

from users.models import CustomUser
from users.tests.own import a_person, enter

pytestmark = pytest.mark.django_db
PAGE = "/users/profile/"


def a_picture(size=(800, 400), kind="JPEG") -> SimpleUploadedFile:
    kept = io.BytesIO()
    exif = Image.Exif()
    exif[0x010E] = "taken at home"
    Image.new("RGB", size, (10, 20, 30)).save(kept, kind, exif=exif)
    return SimpleUploadedFile("Anna Ivanova <at home>.jpg", kept.getvalue(), "image/jpeg")


def filled(**changed):
    return {"full_name": "Anna", "time_zone": "", "language": "en", "theme": "auto", **changed}


def test_the_profile_is_saved_and_its_search_name_too():
    user = a_person(full_name="Old")
    browser = enter(user)
    data = filled(full_name=" Анна Петрова ", time_zone="Asia/Omsk", theme="dark")
    assert browser.post(PAGE, data).url == PAGE
    user.refresh_from_db()
    assert (user.full_name, user.time_zone, user.theme) == ("Анна Петрова", "Asia/Omsk", "dark")
    assert user.search_name == "анна петрова"


def test_what_the_form_does_not_offer_is_not_set():
    user = a_person()
    browser = enter(user)
    extra = {
        field.name: "1"
        for field in CustomUser._meta.fields
        if field.name not in filled() and field.name != "photo"
    }
    browser.post(PAGE, filled(**extra))
    before = CustomUser.objects.get(pk=user.pk)
    for name in extra:
        if name not in {"search_name", "last_login"}:
            assert getattr(before, name) == getattr(user, name), name


@pytest.mark.parametrize(
    "wrong", [{"full_name": ""}, {"time_zone": "Mars/Base"}, {"theme": "pink"}, {"language": "xx"}]
)
def test_what_is_wrong_is_said_beside_the_field_and_what_was_typed_stays(wrong):
    browser = enter(a_person(full_name="Old"))
    answer = browser.post(PAGE, filled(**{"full_name": "Typed"} | wrong))
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == list(wrong)
    if "full_name" not in wrong:
        assert "Typed" in answer.content.decode()


class TestPhoto:
    def test_it_is_written_anew_under_a_name_that_says_nothing(self):
        user = a_person()
        enter(user).post(PAGE, filled(photo=a_picture()))
        user.refresh_from_db()
        assert user.photo.name.startswith("people/")
        assert "Anna" not in user.photo.name
        with user.photo.open() as file, Image.open(file) as kept:
            assert kept.size == (320, 160)
            assert not dict(kept.getexif())

    def test_a_new_one_takes_the_place_of_the_old_whose_file_goes(
        self, django_capture_on_commit_callbacks
    ):
        user = a_person()
        browser = enter(user)
        browser.post(PAGE, filled(photo=a_picture()))
        user.refresh_from_db()
        old = Path(user.photo.path)
        with django_capture_on_commit_callbacks(execute=True):
            browser.post(PAGE, filled(photo=a_picture((100, 100))))
        user.refresh_from_db()
        assert Path(user.photo.path) != old
        assert Path(user.photo.path).exists()
        assert not old.exists()

    def test_it_can_be_removed(self, django_capture_on_commit_callbacks):
        user = a_person()
        browser = enter(user)
        assert "remove_photo" not in browser.get(PAGE).context["form"].fields
        browser.post(PAGE, filled(photo=a_picture()))
        user.refresh_from_db()
        path = Path(user.photo.path)
        assert user.photo.url in browser.get(PAGE).content.decode()
        with django_capture_on_commit_callbacks(execute=True):
            browser.post(PAGE, filled(remove_photo="on"))
        user.refresh_from_db()
        assert not user.photo
        assert not path.exists()

    @pytest.mark.parametrize("content", [b"<svg onload=alert(1)>", b"", b"GIF89a" + bytes(30)])
    def test_what_is_no_picture_is_refused_beside_the_field(self, content):
        user = a_person(full_name="Old")
        upload = SimpleUploadedFile("me.png", content, "image/png")
        answer = enter(user).post(PAGE, filled(full_name="Typed", photo=upload))
        assert answer.status_code == 422
        assert list(answer.context["form"].errors) == ["photo"]
        user.refresh_from_db()
        assert (user.full_name, user.photo.name) == ("Old", "")


class TestTheme:
    def test_what_is_chosen_in_the_profile_holds_in_this_browser_at_once(self):
        browser = enter(a_person())
        browser.post(PAGE, filled(theme="dark"))
        assert 'data-bs-theme="dark"' in browser.get(PAGE).content.decode()

    def test_it_comes_with_the_person_to_every_browser(self):
        user = a_person(theme="dark")
        assert 'data-bs-theme="dark"' in enter(user).get(PAGE).content.decode()

    def test_one_who_never_chose_keeps_what_the_browser_has(self):
        user = a_person()
        browser = enter(user)
        browser.post(reverse("account_logout"))
        browser.post("/theme/", {"theme": "light", "next": "/"})
        browser.post("/users/login/", {"login": user.email, "password": "correct-horse-battery"})
        assert browser.cookies["theme"].value == "light"

    def test_the_switch_is_remembered_for_who_is_signed_in(self):
        user, other = a_person(), a_person()
        enter(user).post("/theme/", {"theme": "light", "next": "/"})
        user.refresh_from_db()
        other.refresh_from_db()
        assert (user.theme, other.theme) == ("light", "auto")
