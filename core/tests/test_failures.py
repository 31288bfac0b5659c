"""What failed, as staff see it and try it again."""

import pytest
from django.core.management import call_command
from django.urls import reverse

from core import clock
from core.choices import StaffScope
from core.models import Delivery, Event, Job
from core.tests import sample_jobs
from users.tests.factories import UserFactory, make_actor, make_staff

pytestmark = pytest.mark.django_db


def fail_job(*args) -> Job:
    job = Job.objects.get(pk=sample_jobs.add_up.enqueue(*args).id)
    Job.objects.filter(pk=job.pk).update(
        state="FAILED", due_at=None, error="ValueError", attempts=9, finished_at=clock.now()
    )
    return job


def fail_delivery(kind: str = "request.connected") -> Delivery:
    event = Event.objects.create(
        kind=kind,
        subject_type="users.organization",
        subject_id=1,
        created_at=clock.now(),
        batch="12345678123456781234567812345678",
    )
    return Delivery.objects.create(
        event=event,
        user=UserFactory(email=f"canary{event.pk}@example.com", full_name="Canary"),
        channel="email",
        state="FAILED",
        error="PermanentFailure: SMTPDataError 554",
        created_at=clock.now(),
        finished_at=clock.now(),
    )


# Content editors look after texts: what failed is not theirs.
@pytest.fixture(params=[scope for scope in StaffScope if scope != StaffScope.CONTENT])
def staff(request):
    return make_staff(request.param)


def test_staff_see_what_failed_and_no_private_thing(staff, sign_in):
    fail_job("secret argument")
    fail_delivery()
    browser = sign_in(staff)
    jobs = browser.get(reverse("staff_failed")).content.decode()
    assert "core.tests.sample_jobs.add_up" in jobs
    assert "ValueError" in jobs
    assert "secret argument" not in jobs
    messages = browser.get(reverse("staff_failed"), {"what": "messages"}).content.decode()
    assert "SMTPDataError 554" in messages
    assert "canary" not in messages.lower()


def test_members_do_not_know_the_page(sign_in):
    browser = sign_in(make_actor())
    assert browser.get(reverse("staff_failed")).status_code == 404
    assert browser.post(reverse("staff_retry"), {"what": "jobs"}).status_code == 404


@pytest.mark.parametrize("query", ["what=nonsense", "nonsense=1", "after=nonsense"])
def test_what_is_not_understood_is_refused(query, sign_in):
    assert sign_in(make_staff()).get(f"{reverse('staff_failed')}?{query}").status_code == 400


@pytest.mark.parametrize(("what", "make"), [("jobs", fail_job), ("messages", fail_delivery)])
def test_queries_do_not_grow_with_rows(what, make, sign_in, django_assert_max_num_queries):
    browser = sign_in(make_staff())
    browser.get(reverse("staff_failed"))
    counts = []
    for rows in (1, 2):
        for _ in range(rows):
            make()
        with django_assert_max_num_queries(12) as queries:
            browser.get(reverse("staff_failed"), {"what": what})
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_selected_ones_are_tried_again_and_the_others_stay(sign_in, run_jobs):
    chosen, other = fail_job(2, 3), fail_job(4)
    form = {"what": "jobs", "selected": [chosen.pk]}
    answer = sign_in(make_staff()).post(reverse("staff_retry"), form)
    assert answer["Location"] == f"{reverse('staff_failed')}?what=jobs"
    run_jobs()
    chosen.refresh_from_db()
    other.refresh_from_db()
    assert (chosen.state, chosen.result, chosen.attempts) == ("SUCCESSFUL", 5, 1)
    assert other.state == "FAILED"


def test_a_message_is_tried_again_by_a_job(sign_in):
    delivery = fail_delivery()
    sign_in(make_staff()).post(
        reverse("staff_retry"), {"what": "messages", "selected": [delivery.pk]}
    )
    delivery.refresh_from_db()
    assert delivery.state == "PENDING"
    assert Job.objects.get().queue == "outgoing"


@pytest.mark.parametrize(
    "form", [{"what": "nonsense"}, {"what": "jobs", "selected": ["x"]}, {"selected": "9" * 40}, {}]
)
def test_a_broken_form_is_refused(form, sign_in):
    assert sign_in(make_staff()).post(reverse("staff_retry"), form).status_code == 400


def test_a_queue_that_nobody_serves_is_named(sign_in):
    html = sign_in(make_staff()).get(reverse("staff_failed")).content.decode()
    assert "default, long, outgoing" in html


def test_the_command_lists_and_tries_again(capsys):
    job, delivery = fail_job(1), fail_delivery()
    call_command("failed")
    listed = capsys.readouterr().out
    assert f"jobs {job.pk}" in listed
    assert f"messages {delivery.pk}" in listed
    assert "canary" not in listed.lower()
    call_command("failed", "--retry", "jobs", str(job.pk))
    assert capsys.readouterr().out == "1 tried again.\n"
    call_command("failed", "--retry", "messages")
    assert capsys.readouterr().out == "1 tried again.\n"
    call_command("failed")
    assert capsys.readouterr().out == "Nothing has failed.\n"
