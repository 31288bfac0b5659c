"""A person whose every trace is a canary, and where canaries are found.

Three of them, for what has a form of its own: a word, a phone, a network address.
"""

from datetime import date
from pathlib import Path
from uuid import uuid4

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.core.cache import caches
from django.core.files.base import ContentFile
from django.db import connection

from core import clock
from core.actor import Actor
from core.choices import OrganizationKind, Role
from core.models import Delivery, Notification, Operation
from core.operations import save_result
from locations.tests.factories import BuildingFactory, ServiceCategoryFactory, UnitFactory
from subscriptions.models import (
    AvailabilityWatch,
    ClientAddress,
    ClientInvitation,
    ClientTag,
    ClientTerm,
    FiledAnyway,
    FilingDraft,
    Meter,
    MeterReading,
    RequestFile,
    RequestNote,
)
from subscriptions.tests.centre import services_of
from subscriptions.tests.factories import ClientFactory, RequestFactory
from subscriptions.tests.usage import subscription_of
from support.models import (
    HeldFile,
    IncomingMail,
    Mailbox,
    MessageFile,
    NoteFile,
    OutgoingMail,
    Score,
)
from support.services.words import keep_words
from support.tests.factories import InternalNoteFactory, TicketFactory, TicketMessageFactory
from users import erasure
from users.choices import ConsentDocument, SecurityKind
from users.models import Invitation, SupportAccess, Verification, VerificationDocument
from users.services.consents import give_consent
from users.services.security import Origin, note
from users.tests.factories import MembershipFactory, OrganizationFactory
from users.tests.own import a_person, enter

WORD, PHONE, ADDRESS = "zzcanaryzz", "+79995557711", "203.0.113.211"
EMAIL = f"{WORD}@example.com"
CANARIES = (WORD, PHONE, ADDRESS)
CONTENT = f"content {WORD}".encode()


def a_canary():
    """(person, the browser they signed in with): a row with a canary in every table there is."""
    user = a_person(email=EMAIL, full_name=f"Anna {WORD}", phone=PHONE)
    user.photo.save(f"{WORD}.jpg", ContentFile(CONTENT))
    EmailAddress.objects.create(user=user, email=f"new-{EMAIL}")
    browser = enter(user, f"Chrome {WORD} Windows", ADDRESS)
    give_consent(user, ConsentDocument.PERSONAL_DATA)
    note(user, SecurityKind.PASSWORD_CHANGED, Origin(ADDRESS, WORD))
    Authenticator.objects.create(user=user, type="webauthn", data={"name": WORD})
    _admin_log(user)
    own = _private_person(user)
    shared = _colleague(user)
    _told(user, shared)
    _requests(user, own, shared)
    services_of(user, own, WORD, CONTENT)
    _awaited()
    _asked_support(user, own, shared)
    _used(user, own)
    return user, browser


def _private_person(user):
    """Their organization of one, with all that it may say of itself."""
    own = OrganizationFactory(kind=OrganizationKind.PERSON)
    for name in erasure.ORGANIZATION_TEXTS:
        longest = own._meta.get_field(name).max_length
        setattr(own, name, {"phone": PHONE, "email": EMAIL}.get(name, WORD[:longest]))
    own.logo.save(f"{WORD}.png", ContentFile(CONTENT))
    MembershipFactory(user=user, organization=own, role=Role.OWNER)
    now = clock.now()
    asked = Verification.objects.create(
        organization=own, applicant=user, comment=WORD, submitted_at=now
    )
    paper = VerificationDocument(verification=asked, name=f"{WORD}.pdf", size=9, created_at=now)
    paper.file.save(f"{WORD}.pdf", ContentFile(CONTENT))
    SupportAccess.objects.create(
        organization=own, granted_by=user, reason=WORD, granted_at=now, expires_at=now
    )
    return own


def _colleague(user):
    """A place in a firm where others go on working; its contacts were the person's own."""
    firm = OrganizationFactory(email=EMAIL.upper(), phone=PHONE)
    MembershipFactory(organization=firm, role=Role.OWNER)
    MembershipFactory(user=user, organization=firm, role=Role.MANAGER)
    now = clock.now()
    Invitation.objects.create(
        organization=firm,
        email=EMAIL,
        role=Role.MANAGER,
        token_digest=WORD,
        open_key=f"{firm.pk}:{EMAIL}",
        created_at=now,
        expires_at=now,
    )
    return firm


def _told(user, organization):
    now = clock.now()
    event = _event(organization)
    Notification.objects.create(user=user, organization=organization, event=event, created_at=now)
    Delivery.objects.create(event=event, user=user, channel="mail", error=WORD, created_at=now)
    work = Operation(
        kind="test", user=user, error=WORD, data={"name": WORD}, created_at=now, expires_at=now
    )
    work.source.save(f"{WORD}.source", ContentFile(CONTENT), save=False)
    work.save()
    save_result(work, f"{WORD}.csv", CONTENT)


def _event(organization):
    from core.choices import PartyRole
    from core.events import emit

    owner = {PartyRole.OWNER: organization}
    return emit(Actor(), "organization.verified", organization, owner)


def _requests(user, own, firm):
    now = clock.now()
    client = ClientFactory(owner=own, name=WORD, phone=PHONE, email=EMAIL, comment=WORD)
    ClientTerm.objects.create(client=client, owner=own, term=WORD)
    ClientAddress.objects.create(client=client, unit=UnitFactory(), label=WORD, created_at=now)
    ClientTag.objects.create(owner=own, name=WORD)
    request = RequestFactory(
        owner=own, client=client, comment=WORD, preferred_visit=WORD, created_by=user
    )
    RequestNote.objects.create(
        request=request, author=user, organization=own, text=WORD, created_at=now
    )
    FiledAnyway.objects.create(request=request, reason=WORD, created_by=user, created_at=now)
    FilingDraft.objects.create(
        owner=own,
        created_by=user,
        building=request.building,
        typed={"name": WORD, "phone": PHONE, "email": EMAIL, "comment": WORD},
        created_at=now,
        updated_at=now,
    )
    file = RequestFile(
        request=request,
        name=f"{WORD}.pdf",
        size=9,
        uploaded_by=user,
        organization=own,
        created_at=now,
    )
    file.file.save(f"{WORD}.pdf", ContentFile(CONTENT))
    other = ClientFactory(owner=firm)
    ClientInvitation.objects.create(
        owner=firm,
        client=other,
        email=EMAIL,
        token_digest="of a secret",
        created_at=now,
        expires_at=now,
    )
    # What they wrote for the firm is the firm's, and stays.
    RequestNote.objects.create(
        request=RequestFactory(owner=firm, client=other),
        author=user,
        organization=firm,
        text="The key is with the concierge.",
        created_at=now,
    )


def _used(user, own):
    """A meter of their own flat, read with a photo, and refused in words."""
    meter = Meter.objects.create(
        subscription=subscription_of(Actor(user, own, Role.OWNER)),
        unit="KWH",
        serial=WORD,
        label=WORD,
        installed_on=date(2026, 1, 1),
        created_at=clock.now(),
    )
    reading = MeterReading(
        meter=meter,
        day=date(2026, 2, 1),
        value=1,
        source="HAND",
        reason=WORD,
        user=user,
        created_at=clock.now(),
    )
    reading.photo.save(f"{WORD}.jpg", ContentFile(CONTENT))


def _awaited():
    """What they asked for on the public site before they registered."""
    building, now = BuildingFactory(), clock.now()
    AvailabilityWatch.objects.create(
        building=building,
        category=ServiceCategoryFactory(),
        latitude=building.latitude,
        longitude=building.longitude,
        email=EMAIL,
        created_at=now,
        expires_at=now,
    )


def _asked_support(user, own, firm):
    """What they asked for themselves and what staff noted of it; what they asked for the firm."""
    ticket = TicketFactory(
        owner=own,
        requester=user,
        requester_name=WORD,
        requester_email=EMAIL,
        subject=f"About {WORD}",
        fields={"A": WORD},
        held_for=WORD,
    )
    keep_words(ticket)
    message = TicketMessageFactory(
        ticket=ticket, author=user, author_name=WORD, author_email=EMAIL, body=WORD, quoted=WORD
    )
    TicketMessageFactory(ticket=ticket, side="STAFF", author=None, body=f"Dear {WORD}")
    note = InternalNoteFactory(ticket=ticket, body=f"{WORD} is angry")
    for model, of in ((MessageFile, {"message": message}), (NoteFile, {"note": note})):
        file = model(name=f"{WORD}.txt", size=9, created_at=clock.now(), **of)
        file.file.save(f"{WORD}.txt", ContentFile(CONTENT))
    Score.objects.create(ticket=ticket, value=1, comment=WORD, created_at=clock.now())
    OutgoingMail.objects.create(message=message, address=EMAIL, created_at=clock.now())
    _letter_of(ticket, message)
    held = HeldFile(
        user=user, form_token=uuid4(), name=f"{WORD}.txt", size=9, created_at=clock.now()
    )
    held.file.save(f"{WORD}.txt", ContentFile(CONTENT))
    stranger = TicketFactory(owner=None, requester=None, requester_email=EMAIL, subject=WORD)
    TicketMessageFactory(ticket=stranger, author_email=EMAIL, body=WORD)
    theirs = TicketFactory(
        owner=firm, requester=user, requester_name=WORD, requester_email=EMAIL, subject="The lift"
    )
    TicketMessageFactory(ticket=theirs, author=user, body="It stands on the third floor.")
    keep_words(theirs)


def _letter_of(ticket, message):
    letter = IncomingMail(
        mailbox=Mailbox.objects.create(name="support"),
        uid_validity=1,
        uid=1,
        letter_id="letter",
        sender=EMAIL,
        subject=WORD,
        size=9,
        ticket=ticket,
        message=message,
        received_at=clock.now(),
    )
    letter.raw.save(f"{WORD}.eml", ContentFile(CONTENT))


def _admin_log(user):
    LogEntry.objects.create(
        user=a_person(),
        content_type=ContentType.objects.get_for_model(user),
        object_id=str(user.pk),
        object_repr=str(user),
        action_flag=CHANGE,
        change_message=f"Changed {EMAIL}",
    )


def found_in_tables() -> set[str]:
    """Tables that hold a canary in any column, sessions read as the portal reads them."""
    found = set()
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")  # noqa: S608
            if any(_has_canary(cell) for row in cursor.fetchall() for cell in row):
                found.add(table)
    if any(_has_canary(session.get_decoded()) for session in Session.objects.all()):
        found.add("django_session")
    return found


def found_in_files() -> set[str]:
    """Stored files with a canary in their name or their content."""
    roots = [Path(settings.MEDIA_ROOT), Path(settings.PRIVATE_MEDIA_ROOT)]
    files = (path for root in roots for path in root.rglob("*") if path.is_file())
    return {
        str(path) for path in files if _has_canary(path.name) or WORD.encode() in path.read_bytes()
    }


def found_in_caches() -> set[str]:
    """Entries with the word or the phone; throttles count network addresses, for minutes."""
    found = set()
    for alias in settings.CACHES:
        for key, value in getattr(caches[alias], "_cache", {}).items():
            if any(text in key or text.encode() in value for text in (WORD, PHONE)):
                found.add(key)
    return found


def _has_canary(cell) -> bool:
    text = str(cell).casefold()
    return any(canary in text for canary in CANARIES)
