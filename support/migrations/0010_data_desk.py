"""A desk that works from the first day: hours, queues, categories, promises, prepared texts.

What is there already under the same name stays as it is, so that it may run twice. Backwards, what
no ticket uses is taken away again.
"""

from django.db import migrations
from django.db.models import ProtectedError

EVERY_DAY = [[["09:00", "21:00"]]] * 7
OFFICE = [[["09:00", "13:00"], ["14:00", "18:00"]]] * 5 + [[], []]
FIRST, CONNECTIONS, MONEY = "Первая линия", "Подключения", "Оплата и договоры"
DAILY, WEEKDAYS = "Ежедневно 9–21", "По будням 9–18"
CALENDARS = {DAILY: (EVERY_DAY, False), WEEKDAYS: (OFFICE, True)}
# Name: calendar, position, whether it takes what nothing sends elsewhere.
QUEUES = {
    FIRST: (DAILY, 10, True),
    CONNECTIONS: (DAILY, 20, False),
    MONEY: (WEEKDAYS, 30, False),
}
SERVICES = [
    "Интернет", "Телевидение", "Домофон", "Видеонаблюдение", "Телефон", "Электричество", "Газ",
    "Вода", "Отопление", "Другое",
]
# Name, hint, icon, queue, priority, asks for the place, tells of an outage, fields: label, kind,
# list, required.
CATEGORIES = [
    (
        "Не работает услуга", "Пропал интернет, не открывает домофон, нет света или воды",
        "plug-x", FIRST, "HIGH", True, True,
        [
            ("Что именно не работает", "CHOICE", SERVICES, True),
            ("С какого времени", "TEXT", [], False),
        ],
    ),
    (
        "Качество услуги", "Работает, но плохо: обрывы, низкая скорость, слабый напор",
        "gauge", FIRST, "NORMAL", True, False,
        [
            ("О какой услуге речь", "CHOICE", SERVICES, True),
            ("Как часто это бывает", "TEXT", [], False),
        ],
    ),
    (
        "Заявка на подключение", "Вопрос о поданной заявке или о новом подключении",
        "clipboard-list", CONNECTIONS, "NORMAL", True, False, [],
    ),
    (
        "Счёт и оплата", "Начисления, платежи, договоры и документы",
        "receipt", MONEY, "NORMAL", False, False,
        [("За какой период", "TEXT", [], False)],
    ),
    (
        "Доступ и аккаунт", "Вход, пароль, участники организации, права",
        "key", FIRST, "NORMAL", False, False, [],
    ),
    ("Предложение", "Чего не хватает и что сделать удобнее", "bulb", FIRST, "LOW", False, False, []),
    ("Другое", "Если ничего из списка не подходит", "message-circle", FIRST, "NORMAL", False, False, []),
]  # fmt: skip
# Working minutes: first answer, next answer, solution.
LEVELS = {
    "URGENT": (15, 30, 240),
    "HIGH": (30, 60, 480),
    "NORMAL": (120, 240, 1440),
    "LOW": (480, 720, 3600),
}
HELLO = "Здравствуйте, {{ customer.name }}!\n\n"
BYE = "\n\nС уважением,\n{{ agent.name }}"
# Name, text, category, state afterwards, what more.
MACROS = [
    ("Взяли в работу", "Спасибо за обращение {{ ticket.number }}. Мы уже разбираемся и напишем, как только узнаем больше.", "", "OPEN", {"takes": True}),
    ("Уточнить адрес", "Подскажите, пожалуйста, точный адрес: город, улицу, дом и номер квартиры или помещения.", "", "PENDING", {}),
    ("Уточнить, что не работает", "Уточните, пожалуйста:\n\n- какая услуга не работает;\n- с какого времени;\n- горят ли индикаторы на оборудовании.", "Не работает услуга", "PENDING", {}),
    ("Перезагрузить оборудование", "Отключите, пожалуйста, роутер от розетки на одну минуту, включите снова и подождите пять минут. Напишите, помогло ли это.", "Не работает услуга", "PENDING", {}),
    ("Авария по адресу", "По адресу {{ building }} сейчас авария, её уже устраняют. Мы напишем, когда всё заработает, отдельно обращаться не нужно.", "Не работает услуга", "", {"priority": "HIGH"}),
    ("Авария устранена", "Авария по адресу {{ building }} устранена. Если услуга по-прежнему не работает, ответьте на это письмо.", "Не работает услуга", "SOLVED", {}),
    ("Передали провайдеру", "Мы передали ваше обращение {{ ticket.number }} провайдеру и следим за сроком. Сообщим, как только получим ответ.", "", "OPEN", {}),
    ("Замер скорости", "Чтобы проверить скорость, подключите компьютер к роутеру кабелем, закройте другие программы и сделайте три замера. Пришлите, пожалуйста, снимки экрана с результатами.", "Качество услуги", "PENDING", {}),
    ("Где моя заявка", "Состояние заявки и следующий шаг видны на её странице в личном кабинете, в разделе «Заявки». Если срок прошёл, напишите номер заявки, и мы узнаем причину у провайдера.", "Заявка на подключение", "SOLVED", {}),
    ("Документы по оплате", "Пришлите, пожалуйста, номер договора, дату и сумму платежа, а лучше и чек: проверим, куда поступили деньги.", "Счёт и оплата", "PENDING", {}),
    ("Восстановить вход", "На странице входа нажмите «Забыли пароль?» и укажите почту, с которой вы регистрировались: придёт письмо со ссылкой. Если письма нет, проверьте папку «Спам».", "Доступ и аккаунт", "SOLVED", {}),
    ("Спасибо за предложение", "Спасибо, что поделились идеей. Мы записали её и учтём, когда будем планировать работу.", "Предложение", "SOLVED", {}),
    ("Решено", "Рады, что всё получилось. Если вопрос вернётся, просто ответьте на это письмо: обращение откроется снова.", "", "SOLVED", {}),
    ("Нет ответа", "Мы не дождались ответа и считаем вопрос решённым. Если это не так, ответьте на это письмо, и мы продолжим.", "", "SOLVED", {}),
]  # fmt: skip


def set_up(apps, schema_editor=None):
    models = _Models(apps)
    for name, (week, keeps) in CALENDARS.items():
        models.calendar.get_or_create(
            name=name, defaults={"week": week, "keeps_holidays": keeps, "time_zone": "Europe/Moscow"}
        )
    _set_up_queues(models)
    for position, row in enumerate(CATEGORIES, 1):
        _set_up_category(models, row, position * 10)
    for priority, minutes in LEVELS.items():
        _set_up_level(models, priority, minutes)
    for position, row in enumerate(MACROS, 1):
        _set_up_macro(models, row, position * 10)


class _Models:
    def __init__(self, apps):
        def manager(name):
            return apps.get_model("support", name).objects

        self.calendar, self.queue = manager("DeskCalendar"), manager("Queue")
        self.category, self.field = manager("TicketCategory"), manager("CategoryField")
        self.level, self.macro = manager("ServiceLevel"), manager("Macro")


def _set_up_queues(models):
    has_default = models.queue.filter(is_default=True).exists()
    for name, (calendar, position, is_default) in QUEUES.items():
        models.queue.get_or_create(
            name=name,
            defaults={
                "calendar": models.calendar.get(name=calendar),
                "position": position,
                "is_default": is_default and not has_default,
            },
        )


def _set_up_category(models, row, position):
    name, hint, icon, queue, priority, asks_place, is_outage, fields = row
    category, _is_new = models.category.get_or_create(
        name=name,
        defaults={
            "hint": hint,
            "icon": icon,
            "queue": models.queue.get(name=queue),
            "priority": priority,
            "asks_place": asks_place,
            "is_outage": is_outage,
            "position": position,
        },
    )
    for number, (label, kind, choices, is_required) in enumerate(fields, 1):
        models.field.get_or_create(
            category=category,
            label=label,
            defaults={
                "kind": kind,
                "choices": choices,
                "is_required": is_required,
                "position": number * 10,
            },
        )


def _set_up_level(models, priority, minutes):
    first, following, solution = minutes
    models.level.get_or_create(
        priority=priority,
        kind="",
        organization=None,
        defaults={
            "first_minutes": first,
            "next_minutes": following,
            "solution_minutes": solution,
        },
    )


def _set_up_macro(models, row, position):
    name, text, category, state, more = row
    models.macro.get_or_create(
        name=name,
        owner=None,
        defaults={
            "body": f"{HELLO}{text}{BYE}",
            "category": models.category.filter(name=category).first(),
            "state": state,
            "position": position,
            **more,
        },
    )


def take_away(apps, schema_editor=None):
    models = _Models(apps)
    models.macro.filter(owner=None, name__in=[row[0] for row in MACROS]).delete()
    for priority, minutes in LEVELS.items():
        first, following, solution = minutes
        models.level.filter(
            priority=priority,
            kind="",
            organization=None,
            first_minutes=first,
            next_minutes=following,
            solution_minutes=solution,
        ).delete()
    for manager, names in (
        (models.category, [row[0] for row in CATEGORIES]),
        (models.queue, QUEUES),
        (models.calendar, CALENDARS),
    ):
        for row in manager.filter(name__in=list(names)):
            _delete_unused(row)


def _delete_unused(row):
    try:
        row.delete()
    except ProtectedError:
        """Tickets name it."""


class Migration(migrations.Migration):
    dependencies = [("support", "0009_scores")]
    operations = [migrations.RunPython(set_up, take_away)]
