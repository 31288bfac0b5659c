"""What the pages of requests hold: checklists, own fields, internal notes, a picture, a link."""

import io
import random

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from PIL import Image, ImageDraw

from core.actor import Actor
from subscriptions.choices import INSTALLING, FieldKind, FieldSide, RequestState
from subscriptions.models import ConnectionRequest, CustomField
from subscriptions.services.checklists import Item, give_checklists, save_template, tick
from subscriptions.services.custom_fields import create_field, fill_in
from subscriptions.services.relations import link_request
from subscriptions.services.requests import add_file, add_note
from subscriptions.services.requests.files import make_pictures

FURNISHED = 12
CHECKLIST = [
    Item("Кабель проложен и подписан"),
    Item("Сигнал измерен"),
    Item("Роутер настроен, клиент вошёл в сеть"),
    Item("Фото ввода в квартиру", False),
]
KEYS = ["У консьержа", "В управляющей компании", "Не нужны"]
INTERNAL = [
    "Щит старый: возьмите удлинитель",
    "Соседи жаловались на шум, до десяти не сверлить",
    "Порт на этом доме последний",
]
IN_WORK = (RequestState.CHECKING, RequestState.APPROVED, RequestState.SCHEDULED)


def furnish_pages(manager: Actor, agent: Actor, chance: random.Random) -> None:
    """For the provider of `manager`, and the requests of the agency of `agent` that it works."""
    template = save_template(manager, None, CHECKLIST)
    give_checklists.call(template.pk)
    fields = _fields(manager)
    rows = ConnectionRequest.objects.visible_to(manager).filter(
        owner=agent.organization, state__in=IN_WORK, kind__in=INSTALLING
    )
    found = list(rows.order_by("-pk")[:FURNISHED])
    for request in found:
        with transaction.atomic():
            _furnish(manager, agent, request, fields, chance)
    if len(found) > 1:
        link_request(agent, found[0], found[1].number, "RELATED")
        file = add_file(agent, found[0], SimpleUploadedFile("Щит в подъезде.jpg", _picture()))
        make_pictures(file.pk)


def _fields(manager: Actor) -> list[CustomField]:
    return [
        create_field(manager, kind=FieldKind.CHOICE, label="Ключи от чердака", choices=KEYS),
        create_field(
            manager,
            kind=FieldKind.NUMBER,
            label="Длина кабеля",
            unit="м",
            least=0,
            most=500,
            filled_by=FieldSide.PROVIDER,
        ),
        create_field(
            manager,
            kind=FieldKind.TEXT,
            label="Порт коммутатора",
            seen_by=FieldSide.PROVIDER,
            filled_by=FieldSide.PROVIDER,
        ),
    ]


def _furnish(
    manager: Actor,
    agent: Actor,
    request: ConnectionRequest,
    fields: list[CustomField],
    chance: random.Random,
) -> None:
    keys, cable, port = fields
    fill_in(agent, request, {keys.code: chance.choice(KEYS)})
    measured = {
        cable.code: str(chance.randint(8, 60)),
        port.code: f"SW-{chance.randint(1, 40)}/{chance.randint(1, 24)}",
    }
    fill_in(manager, request, measured)
    add_note(manager, request, chance.choice(INTERNAL), internal=True)
    item = request.checklist.first()
    if item is not None:
        tick(manager, request, item.pk, done=True)


def _picture() -> bytes:
    image = Image.new("RGB", (800, 600), "#c9c5c1")
    ImageDraw.Draw(image).rectangle((220, 100, 580, 520), fill="#57534e")
    kept = io.BytesIO()
    image.save(kept, "JPEG", quality=70)
    return kept.getvalue()
