"""Letters are read whatever state they are in, and cost what they weigh."""

import io
import time
import tracemalloc
import zipfile

import pytest

from support.services.mail.charsets import decode
from support.services.mail.headers import Headers, decoded
from support.services.mail.html_text import text_of
from support.services.mail.parsing import read_letter
from support.tests.letters import encoded, letter, mixed, raw

RUSSIAN = "Здравствуйте! В подъезде нет света, лифт тоже не работает."


# --- alphabets ----------------------------------------------------------------------------------
@pytest.mark.parametrize("alphabet", ["utf-8", "cp1251", "koi8-r", "cp866"])
@pytest.mark.parametrize("declared", ["", "us-ascii", "x-unknown", "utf-8", "iso-8859-1", "zip"])
def test_words_are_read_whatever_alphabet_is_declared(alphabet, declared):
    assert decode(RUSSIAN.encode(alphabet), declared) == RUSSIAN


@pytest.mark.parametrize("alphabet", ["utf-16", "cp1251", "koi8-r", "utf-8", "maccyrillic"])
def test_a_right_declaration_is_believed(alphabet):
    assert decode(RUSSIAN.encode(alphabet), f" '{alphabet}' ") == RUSSIAN


def test_latin_letters_stay_latin():
    assert decode("Grüße aus Köln, ça va".encode("latin-1")) == "Grüße aus Köln, ça va"
    assert decode("naïve".encode("latin-1"), "iso-8859-1") == "naïve"


def test_no_control_characters_are_left():
    assert decode(b"a\x00b\x1b[31mc\x7f\td\r\n") == "ab[31mc\td\r\n"


def test_a_broken_character_does_not_change_the_alphabet():
    text = RUSSIAN.encode() * 20
    assert decode(text[:-1] + b"\xff").startswith(RUSSIAN)


# --- headers ------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("value", "text"),
    [
        (b"=?utf-8?B?0J/RgNC40LLQtdGC?=", "Привет"),
        (b"=?UTF-8?Q?=D0=9F=D1=80?= =?UTF-8?Q?=D0=B8=D0=B2=D0=B5=D1=82?=", "Привет"),
        # A letter cut in half between two words.
        (b"=?utf-8?Q?=D0=9F=D1?= =?utf-8?Q?=80=D0=B8?=", "При"),
        (b"=?koi8-r?B?8NLJ18XU?= and more", "Привет and more"),
        (b"=?windows-1251?Q?=CF=F0=E8=E2=E5=F2?=", "Привет"),
        (b"Re: =?utf-8?B?0J/RgNC4?=text", "Re: Приtext"),
        (b"=?utf-8?B?0J/RgNC40LLQtdG?=", "Приве"),
        (b"=?unknown-8bit?Q?abc_d?=", "abc d"),
        (b"=?utf-8*ru?Q?abc?=", "abc"),
        (b"=?utf-8?B?", "=?utf-8?B?"),
        ("Привет".encode("cp1251"), "Привет"),
        ("Привет".encode(), "Привет"),
    ],
)
def test_encoded_words(value, text):
    assert decoded(value).rstrip("\ufffd") == text


def test_headers_are_read_as_far_as_they_go():
    headers = Headers(b"No colon here\r\nSubject: a\r\n b\r\n\tc\r\n: nameless\r\nX: \xff\r\nTo:")
    assert headers.get("subject") == "a b c"
    assert headers.get("to") == ""
    assert headers.get("absent") == ""


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (b"Olga <Olga@Example.com>", [("Olga", "olga@example.com")]),
        (b'"Petrova, Olga" <olga@example.com>', [("Petrova, Olga", "olga@example.com")]),
        (b"=?utf-8?B?0J7Qu9GM0LPQsA==?= <olga@example.com>", [("Ольга", "olga@example.com")]),
        (b"o@example.com, <i@example.com>", [("", "o@example.com"), ("", "i@example.com")]),
        (b"Olga olga@example.com", [("", "olga@example.com")]),
        (b"undisclosed-recipients:;", []),
        (b"<>", []),
        (b"Olga <olga@>", []),
    ],
)  # fmt: skip
def test_addresses(value, found):
    assert Headers(b"From: " + value).addresses("from") == found


@pytest.mark.parametrize(
    "line",
    [
        'filename="=?utf-8?B?0JTQvtCz0L7QstC+0YAucGRm?="',
        "filename*=utf-8''%D0%94%D0%BE%D0%B3%D0%BE%D0%B2%D0%BE%D1%80.pdf",
        "filename*0*=utf-8''%D0%94%D0%BE%D0%B3; filename*1*=%D0%BE%D0%B2%D0%BE%D1%80.pdf",
        "filename=Договор.pdf",
    ],
)
def test_names_of_files_however_they_are_written(line):
    headers = Headers(f"Content-Disposition: attachment; {line}".encode())
    assert headers.param("content-disposition", "filename") == "Договор.pdf"


# --- words --------------------------------------------------------------------------------------
def test_plain_text_is_preferred():
    found = read_letter(letter("Plain words", html="<p>Rich words</p>"))
    assert found.text.strip() == "Plain words"


def test_an_empty_plain_text_gives_way_to_html():
    found = read_letter(letter("  ", html="<p>Rich <b>words</b></p>"))
    assert found.text == "Rich words"


def test_html_becomes_words():
    html = """<html><head><title>T</title><style>p{color:red}</style></head><body>
      <p>Hello&nbsp;there</p><script>alert(1)</script><!-- hidden -->
      <ul><li>one</li><li>two</li></ul>see <a href="https://a.example/x">this</a>,
      <a href="mailto:a@b.example">a@b.example</a>, <a href="javascript:alert(1)">that</a>
      <img src="https://spy.example/p.gif" alt="spy"><br>1 &lt; 2
      <blockquote>said<blockquote>before</blockquote></blockquote><pre>a
  b</pre></body></html>"""
    assert text_of(html) == (
        "Hello there\n\n- one\n- two\n\n"
        "see this <https://a.example/x>, a@b.example, that\n1 < 2\n\n"
        "> said\n>\n> > before\n\na\n  b"
    )


def test_flowed_text_is_put_together():
    body = b"A long \r\nline.\r\n> quoted \r\n> too\r\n-- \r\nOlga\r\n"
    found = read_letter(raw(b"Content-Type: text/plain; format=flowed", body))
    assert found.text.strip() == "A long line.\n> quoted too\n-- \nOlga"


def test_parts_of_text_follow_each_other():
    found = read_letter(
        mixed(b"Content-Type: text/plain\n\nabove\n", b"Content-Type: text/plain\n\nbelow\n")
    )
    assert found.text.split() == ["above", "below"]


@pytest.mark.parametrize(
    "content",
    [
        raw(b"Content-Type: multipart/mixed", b"words"),
        raw(b"Content-Type: multipart/mixed; boundary=edge", b"words"),
        raw(b"Content-Type: multipart/mixed; boundary=edge", b"--edge\r\n\r\nwords"),
        raw(b"Content-Type: nonsense", b"words"),
        raw(b"Content-Type: ;;;", b"words"),
        raw(b"Content-Transfer-Encoding: base64", b"d29y\r\n*ZHM"),
        raw(b"Content-Transfer-Encoding: unheard", b"words"),
        b"From: olga@example.com\n\nwords",
        b"\r\nwords",
    ],
)
def test_broken_letters_keep_their_words(content):
    assert read_letter(content).text.strip() == "words"


def test_a_letter_of_nothing():
    found = read_letter(b"")
    assert (found.sender, found.subject, found.text, found.files) == ("", "", "", ())


def test_a_letter_within_a_letter_is_told():
    inner = letter("Inner words", subject="Inner subject", sender="ivan@example.com")
    found = read_letter(mixed(b"\nOuter words\n", b"Content-Type: message/rfc822\n\n" + inner))
    for words in ("Outer words", "Subject: Inner subject", "ivan@example.com", "Inner words"):
        assert words in found.text


# --- files --------------------------------------------------------------------------------------
def names(content: bytes) -> list[str]:
    return [file.name for file in read_letter(content).files]


def test_files_and_pictures_among_the_words():
    png = b"\x89PNG\r\n\x1a\n"
    found = read_letter(
        mixed(
            b"Content-Type: text/html\n\n<img src='cid:1'>\n",
            encoded("image/png", png, "Content-ID: <1>\nContent-Disposition: inline"),
            encoded("application/ms-tnef", b"x"),
            encoded("text/calendar; method=REQUEST", b"BEGIN:VCALENDAR"),
            encoded("application/pkcs7-signature; name=smime.p7s", b"x"),
            encoded('text/plain; name="notes.txt"', b"notes"),
        )
    )
    assert [file.name for file in found.files] == [
        "picture-1.png", "winmail.dat", "invitation-3.ics", "notes.txt",
    ]  # fmt: skip
    assert found.files[0].content() == png


def test_what_is_nested_too_deep_is_one_opaque_part():
    levels = b"".join(
        b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (n, n)
        for n in range(1000)
    )
    assert names(b"From: olga@example.com\r\n" + levels + b"\r\nhi") == ["file-1.bin"]


# --- hostile letters ----------------------------------------------------------------------------
def bomb() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", b"0" * 50_000_000)
    return packed.getvalue()


MARKUP = b"From: olga@example.com\r\nContent-Type: text/html\r\n\r\n"
NESTED = b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\n'
HOSTILE = {
    "headers": b"From: olga@example.com\r\n" + b"X: y\r\n" * 1_700_000 + b"\r\nhi",
    "one header": b"From: olga@example.com\r\nTo: " + b"((((" * 2_500_000 + b"\r\n\r\nhi",
    "folded": b"From: olga@example.com\r\nSubject: x\r\n" + b" y\r\n" * 2_500_000 + b"\r\nhi",
    "words": b"From: olga@example.com\r\nSubject: " + b"=?utf-8?q?" * 1_000_000 + b"\r\n\r\nhi",
    "references": b"From: olga@example.com\r\nReferences: " + b"<a@b> " * 1_700_000 + b"\r\n\r\nhi",
    "nested letters": b"From: olga@example.com\r\n"
    + b"Content-Type: message/rfc822\r\n\r\n" * 1000,
    "same borders": b"From: olga@example.com\r\n" + NESTED * 200_000,
    "many parts": b"From: olga@example.com\r\n" + NESTED + b"--b\r\n\r\n" * 1_000_000,
    "nested blocks": MARKUP + b"<div>" * 2_000_000,
    "nested quotations": MARKUP + b"<blockquote>" * 800_000,
    "open tags": MARKUP + b"<a href='x" * 1_000_000,
    "open comments": MARKUP + b"<!--" * 2_500_000,
    "signs": MARKUP + b"<" * 10_000_000,
    "quoted": b"From: olga@example.com\r\n\r\n" + b"> \r\n" * 2_500_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_letters_cost_little(name):
    began = time.process_time()
    read_letter(HOSTILE[name])
    assert time.process_time() - began < 2


@pytest.mark.parametrize("name", ["headers", "same borders", "many parts", "nested blocks"])
def test_hostile_letters_take_little_memory(name):
    tracemalloc.start()
    read_letter(HOSTILE[name])
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 60_000_000
