"""What a letter repeats is told from what it says, as mail programs of this country write it."""
# ruff: noqa: E501  (lines are as mail programs write them)

import time

import pytest

from support.services.mail.quoting import split_quoted

SAID = "Спасибо, помогло!\n\nОльга"
BEFORE = "Мы всё починили.\nПоддержка"
PREFIXED = "\n".join(f"> {line}" for line in BEFORE.split("\n"))
HEADER = "От: Поддержка <support@estconnect.example>\nОтправлено: 2 января 2026 г. 10:00\nКому: Ольга\nТема: [ET-1234-5674] Нет света"

STYLES = {
    "Gmail": f"On Fri, Jan 2, 2026 at 10:00 AM Support <support@estconnect.example> wrote:\n\n{PREFIXED}",
    "Gmail, wrapped": f"On Fri, Jan 2, 2026 at 10:00 AM Estconnect support <\nsupport+abc@estconnect.example> wrote:\n\n{PREFIXED}",
    "Gmail in Russian": f"пт, 2 янв. 2026 г. в 10:00, Поддержка <support@estconnect.example>:\n\n{PREFIXED}",
    "Apple Mail": f"On 2 Jan 2026, at 10:00, Support <support@estconnect.example> wrote:\n\n{PREFIXED}",
    "Apple Mail in Russian": f"2 янв. 2026 г., в 10:00, Поддержка <support@estconnect.example> написал(а):\n\n{PREFIXED}",
    "iPhone": f"Отправлено с iPhone\n\n> 2 янв. 2026 г., в 10:00, Поддержка написал(а):\n> \n{PREFIXED}",
    "Yandex": f"02.01.2026, 10:00, \"Поддержка\" <support@estconnect.example>:\n{PREFIXED}",
    "Yandex, day": f"2 января 2026, 10:00, Поддержка <support@estconnect.example>:\n{PREFIXED}",
    "Mail.ru": f"Пятница, 2 января 2026, 10:00 +03:00 от Поддержка <support@estconnect.example>:\n{PREFIXED}",
    "Mail.ru, newest": f" \n--\nОльга Петрова\n \n>Пятница, 2 января 2026, 10:00 +03:00 от Поддержка <support@estconnect.example>:\n{PREFIXED}",
    "Thunderbird": f"On 02/01/2026 10:00, Support wrote:\n{PREFIXED}",
    "Thunderbird in Russian": f"02.01.2026 10:00, Поддержка пишет:\n{PREFIXED}",
    "Outlook": f"From: Support <support@estconnect.example>\nSent: Friday, January 2, 2026 10:00 AM\nTo: Olga\nSubject: [ET-1234-5674] No light\n\n{BEFORE}",
    "Outlook in Russian": f"{HEADER}\n\n{BEFORE}",
    "Outlook with a rule": f"________________________________\n{HEADER}\n\n{BEFORE}",
    "Outlook, old": f"-----Original Message-----\nFrom: Support\n\n{BEFORE}",
    "Outlook, old, in Russian": f"-----Исходное сообщение-----\n{HEADER}\n\n{BEFORE}",
    "Outlook, bold": f"*From:* Support <support@estconnect.example>\n*Sent:* Friday\n*To:* Olga\n*Subject:* x\n\n{BEFORE}",
    "Outlook for iOS": f"Get Outlook for iOS<https://aka.ms/o0ukef>\n________________________________\n{HEADER}\n\n{BEFORE}",
    "no introduction": PREFIXED,
    "unprefixed": f"On Fri, 2 Jan 2026, 10:00 Support <support@estconnect.example> wrote:\n\n{BEFORE}",
}  # fmt: skip


@pytest.mark.parametrize("style", STYLES)
def test_what_is_repeated_is_folded(style):
    said, quoted = split_quoted(f"{SAID}\n\n{STYLES[style]}\n")
    if style == "Mail.ru, newest":
        said = said.partition("\n \n--")[0].rstrip()
    assert said == SAID
    assert "Мы всё починили." in quoted


@pytest.mark.parametrize(
    "signature",
    [
        "Отправлено с iPhone",
        "Sent from my iPhone",
        "Отправлено из Mail.ru для Android",
        "-- \nОтправлено из мобильного приложения Яндекс Почты",
        "Sent from Yahoo Mail on Android",
        "Get Outlook for Android<https://aka.ms/x>",
        "Отправлено с моего устройства Samsung Galaxy",
    ],
)
def test_what_a_telephone_adds_is_folded(signature):
    assert split_quoted(f"{SAID}\n\n{signature}\n") == (SAID, signature)


def test_an_answer_below_is_what_is_said():
    said, quoted = split_quoted(f"On 2 Jan 2026, at 10:00, Support wrote:\n{PREFIXED}\n\n{SAID}")
    assert said == SAID
    assert "Мы всё починили." in quoted


def test_answers_between_the_lines_stay_with_them():
    text = "On 2 Jan 2026, at 10:00, Support wrote:\n> Is it on?\nYes.\n> Since when?\nNoon."
    assert split_quoted(text) == (text, "")


@pytest.mark.parametrize(
    "mark",
    [
        "---------- Forwarded message ---------",
        "-------- Пересылаемое сообщение --------",
        "-------- Перенаправленное сообщение --------",
        "Begin forwarded message:",
        "Начало переадресованного сообщения:",
    ],
)
def test_a_forwarded_letter_is_what_is_said(mark):
    text = f"См. ниже.\n\n{mark}\n{HEADER}\n\n> ещё раньше\n{BEFORE}"
    assert split_quoted(text) == (text, "")


@pytest.mark.parametrize("subject", ["Fwd: Нет света", "FW: x", "Fw: x", "Пересл: x"])
def test_outlook_forwards_without_a_mark(subject):
    text = f"См. ниже.\n\n{HEADER}\n\n{BEFORE}"
    assert split_quoted(text, subject) == (text, "")


@pytest.mark.parametrize(
    "text",
    [
        "On Monday my neighbour wrote:\nthere is no light",
        "Вот что он пишет:\nсвета нет",
        "From: the roof\nTo: the cellar\nall is wet",
        "Пункты:\n- раз\n- два",
        "Звоните 10:00, почта a@b.example: пишите",
        "",
    ],
)
def test_ordinary_words_stay(text):
    assert split_quoted(text) == (text, "")


@pytest.mark.parametrize(
    "text",
    [
        "> x\n" * 75_000,
        "From: x\n" * 37_000,
        "On 1 x\n" * 40_000,
        ("02.01.2026, " + "a@b 1" * 70 + ":\n") * 800,
        "\n" * 300_000,
        "-" * 300_000,
        ("1 " + "пишет " * 60 + "\n") * 800,
    ],
)
def test_nothing_takes_long(text):
    began = time.process_time()
    split_quoted(text)
    assert time.process_time() - began < 1
