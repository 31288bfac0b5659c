"""Numbers by which Russia knows organizations and their accounts, with their check digits.

Each `clean_…` takes what was typed, spaces and all, and returns the number in its one spelling, or
"" for nothing. It raises DomainError on the field it is about, with words that say what is wrong.
A right check digit shows that a number was copied well, not that anybody has it.
"""

import re
from collections.abc import Sequence
from typing import NoReturn

from django.utils.translation import gettext as _

from core.errors import DomainError

# INN: order of the Federal Tax Service MMV-7-6/435@ of 29.06.2012 gives the structure; the weights
# are those of the order of the Tax Ministry BG-3-09/178 of 03.03.2004.
INN_10 = (2, 4, 10, 3, 5, 9, 4, 6, 8)
INN_12_FIRST = (7, 2, 4, 10, 3, 5, 9, 4, 6, 8)
INN_12_SECOND = (3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8)
# Bank accounts: rules of the Bank of Russia No. 515 of 08.09.1997, the key of an account.
ACCOUNT = (7, 1, 3)

# Of an organization, and of an entrepreneur or another person.
INN_LENGTHS = (10, 12)
OGRN_LENGTH = 13
OGRNIP_LENGTH = 15
KPP_LENGTH = 9
BIC_LENGTH = 9
ACCOUNT_LENGTH = 20

# Four digits of the tax office, two signs of the reason, three of the number (MMV-7-6/435@).
_KPP = re.compile(r"[0-9]{4}[0-9A-Z]{2}[0-9]{3}")
_BETWEEN = re.compile(r"[\s\u00a0\-\u2010-\u2015]+")


def clean_inn(text: str) -> str:
    """The INN meant by `text`: 10 digits of an organization, 12 of a person."""
    inn = _compact(text)
    if not inn:
        return ""
    _require_digits(inn, "inn")
    if len(inn) not in INN_LENGTHS:
        _refuse(
            "inn",
            _(
                "An INN has 10 digits, that of an entrepreneur 12; here there are %(count)s.",
            )
            % {"count": len(inn)},
        )
    # No tax office has the code 00, though the check digit of zeros is right.
    if inn.startswith("00") or not _is_inn(inn):
        _refuse("inn", _("There is a slip in this INN: its check digit does not fit. Compare it."))
    return inn


def clean_kpp(text: str) -> str:
    """The KPP meant by `text`: nine signs; it has no check digit."""
    kpp = _compact(text).upper()
    if not kpp:
        return ""
    if not _KPP.fullmatch(kpp):
        _refuse("kpp", _("A KPP has 9 digits, like 773601001."))
    return kpp


def clean_ogrn(text: str) -> str:
    """The OGRN (13 digits) or OGRNIP (15) meant by `text`.

    The last digit is the rest of the number before it divided by 11 (OGRNIP: 13), of that the last
    digit (order of the Ministry of Finance 165n of 30.10.2017, on the state registers).
    """
    ogrn = _compact(text)
    if not ogrn:
        return ""
    _require_digits(ogrn, "ogrn")
    if len(ogrn) not in (OGRN_LENGTH, OGRNIP_LENGTH):
        _refuse(
            "ogrn",
            _("An OGRN has 13 digits, an OGRNIP 15; here there are %(count)s.")
            % {"count": len(ogrn)},
        )
    divisor = 11 if len(ogrn) == OGRN_LENGTH else 13
    if ogrn.startswith("0") or int(ogrn[:-1]) % divisor % 10 != int(ogrn[-1]):
        _refuse(
            "ogrn", _("There is a slip in this OGRN: its check digit does not fit. Compare it.")
        )
    return ogrn


def require_agreement(*, inn: str, kpp: str, ogrn: str) -> None:
    """Raises DomainError where cleaned numbers cannot be of one organization; "" agrees with all.

    A person, entrepreneur or not, has an INN of 12 digits, no KPP, and an OGRNIP for an OGRN.
    """
    is_person = len(inn) == max(INN_LENGTHS)
    if is_person and kpp:
        _refuse("kpp", _("An entrepreneur has no KPP: leave it empty, or give the firm's INN."))
    if inn and ogrn and is_person != (len(ogrn) == OGRNIP_LENGTH):
        if is_person:
            _refuse("ogrn", _("The INN is an entrepreneur's: give the OGRNIP, 15 digits."))
        _refuse("ogrn", _("The INN is an organization's: give the OGRN, 13 digits."))


def require_all(*, inn: str, kpp: str, ogrn: str) -> None:
    """Raises DomainError where one of the cleaned numbers that an organization has is missing."""
    if not inn:
        _refuse("inn", _("Give the INN: by it we verify the organization."))
    if not ogrn:
        _refuse("ogrn", _("Give the OGRN (an entrepreneur the OGRNIP): we verify by it."))
    if not kpp and len(inn) == min(INN_LENGTHS):
        _refuse("kpp", _("Give the KPP: every organization has one."))


def clean_bic(text: str) -> str:
    """The BIC meant by `text`: 9 digits, without a check digit."""
    bic = _compact(text)
    if not bic:
        return ""
    _require_digits(bic, "bank_bic")
    if len(bic) != BIC_LENGTH:
        _refuse("bank_bic", _("A BIC has 9 digits, like 044525225."))
    return bic


def clean_account(text: str, bic: str, field: str = "bank_account") -> str:
    """The account meant by `text`, whose check digit fits the bank with the cleaned `bic`.

    `field` is "bank_correspondent" for the account of the bank itself. Accounts at the Bank of
    Russia (those of banks, and of the treasury) are checked by another part of the BIC.
    """
    account = _compact(text)
    if not account:
        return ""
    _require_digits(account, field)
    if len(account) != ACCOUNT_LENGTH:
        _refuse(
            field,
            _("An account has 20 digits; here there are %(count)s.") % {"count": len(account)},
        )
    if not bic:
        _refuse("bank_bic", _("Give the BIC of the bank as well: the account is checked by it."))
    at_central_bank, at_bank = f"0{bic[4:6]}", bic[-3:]
    keys = {at_central_bank} if field == "bank_correspondent" else {at_bank}
    if bic[-3:] in {"000", "001", "002"} or bic.startswith("01"):
        keys = {at_central_bank, at_bank}
    if not any(_is_account(key + account) for key in keys):
        _refuse(field, _("This account does not fit the BIC: there is a slip in one of the two."))
    return account


def _is_inn(inn: str) -> bool:
    checks = [INN_10] if len(inn) == min(INN_LENGTHS) else [INN_12_FIRST, INN_12_SECOND]
    return all(_weighed(inn, weights) % 11 % 10 == int(inn[len(weights)]) for weights in checks)


def _is_account(digits: str) -> bool:
    return _weighed(digits, ACCOUNT * 8) % 10 == 0


def _weighed(digits: str, weights: Sequence[int]) -> int:
    return sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=False))


def _compact(text: str) -> str:
    return _BETWEEN.sub("", text)


def _require_digits(number: str, field: str) -> None:
    # isdigit() alone takes ² and Arabic digits too.
    if not (number.isascii() and number.isdigit()):
        _refuse(field, _("Only digits stand here."))


def _refuse(field: str, message: str) -> NoReturn:
    raise DomainError(message, field=field)
