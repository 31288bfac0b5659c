"""Verification and claims: asked for, looked at, decided once, told of."""

from functools import partial

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from core.choices import OrganizationKind, Role, StaffScope
from core.errors import Conflict, DomainError, Forbidden, NotVisible
from core.models import Delivery, Event, Notification
from core.tests.concurrency import together
from users.choices import RefusalReason, VerificationKind, VerificationState
from users.models import (
    AccountManagement,
    Membership,
    Organization,
    Verification,
    VerificationDocument,
)
from users.services.verification import (
    CLAIMS_AT_MOST,
    DOCUMENTS_AT_MOST,
    approve,
    ask_for_verification,
    claim_organization,
    refuse,
    withdraw,
)
from users.tests.factories import OrganizationFactory, UserFactory, make_actor, make_staff
from users.tests.mailbox import deliver
from users.tests.sessions import prove

pytestmark = pytest.mark.django_db

INN, OGRN = "7707083893", "1027700132195"
S = VerificationState


@pytest.fixture
def kept():
    """A function: the names of files that have come into the private folder of verifications."""
    storage = VerificationDocument._meta.get_field("file").storage

    def files():
        folder = "verifications"
        return set(storage.listdir(folder)[1]) if storage.exists(folder) else set()

    before = files()
    return lambda: files() - before


def a_document(name="extract.pdf", content=b"%PDF-1.4 extract"):
    return SimpleUploadedFile(name, content)


def an_owner(kind=OrganizationKind.PROVIDER, **fields):
    fields = {"verified_at": None, "inn": INN, "ogrn": OGRN} | fields
    organization = OrganizationFactory(kind=kind, **fields)
    return make_actor(role=Role.OWNER, organization=organization)


def unclaimed(**fields):
    return OrganizationFactory(kind=OrganizationKind.PROVIDER, is_claimed=False, **fields)


def asked(owner=None):
    return ask_for_verification(owner or an_owner(), documents=[a_document()])


def claimed(organization, actor=None):
    return claim_organization(
        actor or make_actor(), organization, documents=[a_document()], comment="Моя"
    )


# --- asking -----------------------------------------------------------------------------------
def test_an_owner_asks_with_documents_and_sees_where_it_stands(sign_in, kept):
    owner = an_owner()
    browser = sign_in(owner)
    given = {"documents": [a_document(), a_document("дов.pdf")], "comment": "Срочно"}
    response = browser.post(reverse("verification_ask"), given)
    assert response.url == reverse("organization_verification")
    row = Verification.objects.get()
    assert (row.kind, row.state, row.organization, row.applicant, row.comment) == (
        VerificationKind.VERIFY,
        S.OPEN,
        owner.organization,
        owner.user,
        "Срочно",
    )
    assert {document.name for document in row.documents.all()} == {"extract.pdf", "дов.pdf"}
    assert len(kept()) == 2
    assert "extract" not in str(kept())
    page = browser.get(response.url)
    assert page.context["waiting"]
    assert "extract.pdf" in page.content.decode()
    again = browser.post(reverse("verification_ask"), {"documents": [a_document()]})
    assert again.status_code == 409
    assert Verification.objects.count() == 1
    assert len(kept()) == 2


@pytest.mark.parametrize(
    "documents",
    [
        [],
        [a_document("page.html", b"<html>")],
        [a_document("extract.pdf", b"MZ not a document")],
        [a_document("../../x.pdf", b"")],
        [a_document("drawing.svg", b"<svg/>")],
        [a_document() for _n in range(DOCUMENTS_AT_MOST + 1)],
    ],
)
def test_documents_that_cannot_be_kept_are_refused_beside_the_field(sign_in, kept, documents):
    browser = sign_in(an_owner())
    given = {"documents": documents, "comment": "Останется"}
    response = browser.post(reverse("verification_ask"), given)
    assert response.status_code == 422
    assert list(response.context["form"].errors) == ["documents"]
    assert "Останется" in response.content.decode()
    assert kept() == set()
    assert not Verification.objects.exists()


def test_without_numbers_or_when_verified_or_below_owner_nobody_asks():
    with pytest.raises(DomainError):
        asked(an_owner(inn=""))
    with pytest.raises(Conflict):
        asked(an_owner(verified_at=timezone.now()))
    owner = an_owner()
    with pytest.raises(Forbidden):
        asked(make_actor(role=Role.MANAGER, organization=owner.organization))
    with pytest.raises(Forbidden):
        asked(make_actor(OrganizationKind.COMPANY, Role.OWNER))
    assert not Verification.objects.exists()


def test_the_banner_stands_until_the_organization_is_verified(sign_in):
    for kind in (OrganizationKind.PROVIDER, OrganizationKind.BUILDER):
        owner = an_owner(kind)
        browser = sign_in(owner)
        note = reverse("organization_verification")
        home = reverse("member_list")
        assert browser.get(home).content.decode().count(note) == 2  # the tab and the banner
        approve(make_staff(), asked(owner))
        assert browser.get(home).content.decode().count(note) == 1


def test_an_agency_may_ask_and_is_not_urged_to(sign_in):
    owner = an_owner(OrganizationKind.AGENCY)
    page = sign_in(owner).get(reverse("member_list")).content.decode()
    assert page.count(reverse("organization_verification")) == 1  # the tab, and no banner
    approve(make_staff(), asked(owner))
    owner.organization.refresh_from_db()
    assert owner.organization.verified_at is not None


def test_what_waits_can_be_taken_back_and_asked_anew(sign_in):
    owner = an_owner()
    row = asked(owner)
    browser = sign_in(owner)
    url = reverse("verification_withdraw", args=[row.public_id])
    assert browser.post(url).status_code == 302
    withdraw(owner, row)
    row.refresh_from_db()
    assert (row.state, row.open_key) == (S.WITHDRAWN, None)
    assert asked(owner).state == S.OPEN
    stranger = an_owner()
    assert sign_in(stranger).post(url).status_code == 404


def test_documents_are_for_the_organization_and_its_staff(sign_in):
    owner = an_owner()
    row = asked(owner)
    url = reverse("verification_document", args=[row.documents.get().public_id])
    response = sign_in(owner).get(url)
    assert response.status_code == 200
    assert response["Content-Disposition"].startswith("attachment")
    assert b"".join(response.streaming_content) == b"%PDF-1.4 extract"
    seen_by_staff = sign_in(make_staff()).get(url)
    assert b"".join(seen_by_staff.streaming_content).startswith(b"%PDF")
    for actor in (
        an_owner(),
        make_actor(),
        make_staff(StaffScope.SUPPORT),
        make_staff(StaffScope.ACCOUNT_MANAGER),
    ):
        assert sign_in(actor).get(url).status_code == 404


# --- deciding ---------------------------------------------------------------------------------
def test_an_administrator_approves_and_the_owner_is_told(sign_in, run_jobs):
    owner = an_owner()
    row = asked(owner)
    staff = make_staff()
    browser = prove(sign_in(staff), staff.user)
    assert row in browser.get(reverse("verification_queue")).context["page"].rows
    detail = reverse("verification_detail", args=[row.public_id])
    assert browser.get(detail).context["may_decide"]
    assert browser.post(reverse("verification_approve", args=[row.public_id])).url == detail
    row.refresh_from_db()
    owner.organization.refresh_from_db()
    assert (row.state, owner.organization.verified_at is not None) == (S.APPROVED, True)
    run_jobs()
    told = Notification.objects.get(user=owner.user, event__kind="verification.approved")
    assert Delivery.objects.filter(event=told.event, user=owner.user, channel="email").exists()
    assert sign_in(owner).get(reverse("notification_open", args=[told.pk])).url == reverse(
        "organization_verification"
    )


def test_a_refusal_says_why_and_the_owner_may_ask_again(sign_in, run_jobs):
    owner = an_owner()
    row = asked(owner)
    browser = sign_in(make_staff())
    url = reverse("verification_refuse", args=[row.public_id])
    assert browser.post(url, {"reason": "NONE"}).status_code == 422
    needs_words = browser.post(url, {"reason": RefusalReason.OTHER, "note": " "})
    assert list(needs_words.context["form"].errors) == ["note"]
    browser.post(url, {"reason": RefusalReason.UNREADABLE, "note": "Снимите ровнее"})
    page = sign_in(owner).get(reverse("organization_verification")).content.decode()
    assert "Снимите ровнее" in page
    run_jobs()
    told = Notification.objects.get(user=owner.user, event__kind="verification.refused")
    assert told.event.data == {"kind": "VERIFY", "reason": "UNREADABLE"}
    assert asked(owner).state == S.OPEN


@pytest.mark.parametrize("scope", [StaffScope.SUPPORT, StaffScope.ACCOUNT_MANAGER])
def test_only_administrators_decide(sign_in, scope):
    owner = an_owner()
    row = asked(owner)
    staff = make_staff(scope)
    with pytest.raises(Forbidden):
        approve(staff, row)
    with pytest.raises(Forbidden):
        refuse(staff, row, reason=RefusalReason.CLOSED)
    with pytest.raises(Forbidden):
        approve(owner, row)
    assert sign_in(staff).get(reverse("verification_queue")).context["page"].rows == []


def test_an_account_manager_reads_those_in_charge(sign_in):
    owner = an_owner()
    row = asked(owner)
    asked(an_owner())
    kam = make_staff(StaffScope.ACCOUNT_MANAGER)
    AccountManagement.objects.create(
        user=kam.user, organization=owner.organization, created_at=timezone.now()
    )
    browser = sign_in(kam)
    assert list(browser.get(reverse("verification_queue")).context["page"].rows) == [row]
    detail = browser.get(reverse("verification_detail", args=[row.public_id]))
    assert (detail.status_code, detail.context["may_decide"]) == (200, False)
    approve_url = reverse("verification_approve", args=[row.public_id])
    assert browser.post(approve_url).status_code == 403


def test_the_queue_costs_the_same_for_one_and_for_three(sign_in, django_assert_max_num_queries):
    asked()
    browser = sign_in(make_staff())
    url = reverse("verification_queue")
    browser.get(url)

    def cost():
        with django_assert_max_num_queries(30) as counted:
            assert browser.get(url).status_code == 200
        return len(counted)

    alone = cost()
    asked()
    asked()
    assert cost() == alone
    assert browser.get(url, {"state": "BOGUS"}).status_code == 400


@pytest.mark.django_db(transaction=True)
def test_two_administrators_decide_once():
    row = asked()
    acts = [
        partial(approve, make_staff(), row),
        partial(refuse, make_staff(), row, reason=RefusalReason.CLOSED),
    ]
    outcomes = together(acts)
    assert [type(outcome) for outcome in outcomes].count(Conflict) == 1
    decided = Event.objects.filter(kind__in=["verification.approved", "verification.refused"])
    assert decided.count() == 1


# --- claims -----------------------------------------------------------------------------------
def test_unclaimed_providers_are_found_by_inn_and_name_and_others_are_not(sign_in):
    wanted = unclaimed(name="ООО Уфанет", inn=INN)
    OrganizationFactory(kind=OrganizationKind.PROVIDER, name="Уфанет чужой", inn=INN)
    OrganizationFactory(name="Уфанет агент", is_claimed=False)
    unclaimed(name="Уфанет закрытый", is_active=False)
    browser = sign_in(make_actor())
    url = reverse("organization_claim")
    for query in ({"q": "уфан"}, {"q": INN}, {"inn": INN}, {"q": "7707 083 893"}):
        assert browser.get(url, query).context["found"] == [wanted]
    for text in ("", "уф", "нет такого", "%", "\x00", "1" * 300):
        assert browser.get(url, {"q": text}).context["found"] == []


def test_a_person_claims_and_becomes_the_owner(sign_in, run_jobs):
    provider = unclaimed(verified_at=None)
    person = make_actor()
    browser = sign_in(person)
    given = {"documents": [a_document()], "comment": "Это мы"}
    url = reverse("organization_claim_one", args=[provider.public_id])
    assert browser.get(url).status_code == 200
    assert browser.post(url, given).url == reverse("organization_claim")
    assert browser.post(url, {"documents": [a_document()]}).status_code == 409
    row = Verification.objects.get()
    assert not Membership.objects.filter(organization=provider).exists()
    approve(make_staff(), row)
    provider.refresh_from_db()
    assert (provider.is_claimed, provider.verified_at is not None) == (True, True)
    membership = Membership.objects.get(organization=provider)
    assert (membership.user, membership.role) == (person.user, Role.OWNER)
    run_jobs()
    assert Notification.objects.filter(
        user=person.user, organization=provider, event__kind="verification.approved"
    ).exists()
    # Nobody claims what is claimed.
    assert browser.get(url).status_code == 404
    with pytest.raises(NotVisible):
        claimed(provider)


def test_a_refused_claim_is_answered_by_mail():
    provider = unclaimed()
    person = make_actor()
    row = claimed(provider, person)
    refuse(make_staff(), row, reason=RefusalReason.NO_AUTHORITY, note="Нужна доверенность")
    (letter,) = deliver()
    assert letter.to == [person.user.email]
    assert "Нужна доверенность" in letter.body
    assert reverse("organization_claim") in letter.body
    assert not Membership.objects.filter(organization=provider).exists()


def test_of_several_claims_one_wins_and_the_others_are_refused():
    provider = unclaimed()
    first, second = claimed(provider), claimed(provider)
    approve(make_staff(), second)
    first.refresh_from_db()
    assert (first.state, first.refusal, bool(first.refusal_note)) == (
        S.REFUSED,
        RefusalReason.OTHER,
        True,
    )
    assert Membership.objects.get(organization=provider).user == second.applicant
    assert [letter.to for letter in deliver()] == [[first.applicant.email]]
    with pytest.raises(Conflict):
        approve(make_staff(), first)


@pytest.mark.django_db(transaction=True)
def test_claims_approved_at_once_make_one_owner():
    provider = unclaimed()
    rows = [claimed(provider) for _n in range(4)]
    outcomes = together([partial(approve, make_staff(), row) for row in rows])
    assert [type(outcome) for outcome in outcomes].count(Conflict) == 3, outcomes
    assert Membership.objects.filter(organization=provider).count() == 1
    assert Verification.objects.filter(state=S.APPROVED).count() == 1


def test_one_person_has_so_many_claims_waiting():
    person = make_actor()
    for _n in range(CLAIMS_AT_MOST):
        claimed(unclaimed(), person)
    with pytest.raises(DomainError):
        claimed(unclaimed(), person)


def test_a_claim_is_its_applicants_alone(sign_in):
    provider = unclaimed()
    person, other = make_actor(), make_actor()
    row = claimed(provider, person)
    url = reverse("claim_withdraw", args=[row.public_id])
    assert sign_in(other).post(url).status_code == 404
    assert sign_in(other).get(reverse("organization_claim")).context["claims"] == []
    with pytest.raises(Forbidden):
        withdraw(other, row)
    assert sign_in(person).post(url).status_code == 302
    row.refresh_from_db()
    assert row.state == S.WITHDRAWN


def test_nobody_claims_what_never_was_or_is_no_provider(sign_in):
    browser = sign_in(make_actor())
    foreign = OrganizationFactory(is_claimed=False)
    for public_id in ("NOSUCH", foreign.public_id, "x" * 40):
        url = reverse("organization_claim_one", args=[public_id])
        assert browser.get(url).status_code == 404
        assert browser.post(url, {"documents": [a_document()]}).status_code == 404
    assert Organization.objects.filter(pk=foreign.pk, is_claimed=False).exists()


def test_events_of_verification_carry_no_names():
    person = make_actor()
    person.user.full_name = "Тайна Тайновна"
    person.user.save()
    refuse(
        make_staff(),
        claimed(unclaimed(name="Секрет"), person),
        reason=RefusalReason.OTHER,
        note="Личное",
    )
    written = str(list(Event.objects.values()))
    assert not any(word in written for word in ("Тайна", "Секрет", "Личное", person.user.email))
    assert UserFactory._meta.model.objects.count() == 2
