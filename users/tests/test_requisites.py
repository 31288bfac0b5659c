"""Check digits: real numbers pass in any spelling, a slip of one digit is found."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import DomainError
from users.requisites import (
    clean_account,
    clean_bic,
    clean_inn,
    clean_kpp,
    clean_ogrn,
    require_agreement,
)

# From public registers: a bank, a ministry's service, an entrepreneur.
INNS = ["7707083893", "7707329152", "500100732259"]
OGRNS = ["1027700132195", "1047707030513", "304500116000157"]
BIC = "044525225"
CORRESPONDENT = "30101810400000000225"


def refused(clean, *args):
    with pytest.raises(DomainError) as caught:
        clean(*args)
    assert str(caught.value)
    return caught.value.field


def digits(length):
    return st.text("0123456789", min_size=length, max_size=length)


def accepts(clean, *args):
    try:
        return bool(clean(*args))
    except DomainError:
        return False


@pytest.mark.parametrize("inn", INNS)
def test_real_inns_pass_in_any_spelling(inn):
    assert clean_inn(inn) == inn
    assert clean_inn(f" {inn[:4]} {inn[4:7]}\u00a0{inn[7:]} ") == inn


@pytest.mark.parametrize("ogrn", OGRNS)
def test_real_ogrns_pass_in_any_spelling(ogrn):
    assert clean_ogrn(ogrn) == ogrn
    assert clean_ogrn(f"{ogrn[0]}-{ogrn[1:3]}-{ogrn[3:]}") == ogrn


@pytest.mark.parametrize("clean", [clean_inn, clean_kpp, clean_ogrn, clean_bic])
def test_nothing_typed_is_nothing(clean):
    assert clean("") == clean("  ") == ""


@pytest.mark.parametrize(
    "typed",
    ["0000000000", "000000000000", "12345", "770708389", "77070838930", "770708389З", "٧٧٠٧٠٨٣٨٩٣"],
)
def test_what_is_no_inn_is_refused(typed):
    assert refused(clean_inn, typed) == "inn"


@pytest.mark.parametrize("typed", ["0" * 13, "0" * 15, "102770013219", "10277001321955", "abc"])
def test_what_is_no_ogrn_is_refused(typed):
    assert refused(clean_ogrn, typed) == "ogrn"


@given(inn=st.sampled_from(INNS), place=st.integers(0, 11), digit=st.sampled_from("0123456789"))
def test_one_wrong_digit_of_an_inn_is_found(inn, place, digit):
    """But for the few that the published algorithm itself cannot see."""
    place %= len(inn)
    slip = inn[:place] + digit + inn[place + 1 :]
    if slip == inn:
        assert clean_inn(slip) == inn
    elif accepts(clean_inn, slip):
        assert _rests_meet(inn, slip)


def _rests_meet(inn, slip):
    """Rests 0 and 10 give the same check digit."""
    from users.requisites import INN_10, INN_12_FIRST, INN_12_SECOND, _weighed

    checks = [INN_10] if len(inn) == 10 else [INN_12_FIRST, INN_12_SECOND]
    rests = [(_weighed(inn, w) % 11, _weighed(slip, w) % 11) for w in checks]
    return any(set(pair) == {0, 10} for pair in rests)


@given(start=digits(9), check=st.sampled_from("0123456789"))
def test_exactly_one_check_digit_fits_an_inn(start, check):
    fitting = [d for d in "0123456789" if accepts(clean_inn, start + d)]
    assert len(fitting) == (0 if start.startswith("00") else 1)


@given(start=digits(10).filter(lambda text: not text.startswith("00")))
def test_exactly_one_pair_of_check_digits_fits_an_inn_of_a_person(start):
    assert sum(accepts(clean_inn, f"{start}{pair:02}") for pair in range(100)) == 1


@given(start=st.integers(10**11, 10**12 - 1))
def test_exactly_one_check_digit_fits_an_ogrn(start):
    assert sum(accepts(clean_ogrn, f"{start}{digit}") for digit in range(10)) == 1


@given(start=st.integers(10**13, 10**14 - 1))
def test_exactly_one_check_digit_fits_an_ogrnip(start):
    assert sum(accepts(clean_ogrn, f"{start}{digit}") for digit in range(10)) == 1


@given(text=st.text())
def test_whatever_is_typed_is_cleaned_or_refused_in_words(text):
    for clean, field in ((clean_inn, "inn"), (clean_kpp, "kpp"), (clean_ogrn, "ogrn")):
        try:
            found = clean(text)
        except DomainError as error:
            assert error.field == field
        else:
            assert clean(found) == found


@pytest.mark.parametrize("kpp", ["773601001", "7736AB001", "7736 01 001", "7736ab001"])
def test_kpps_pass(kpp):
    assert len(clean_kpp(kpp)) == 9


@pytest.mark.parametrize("kpp", ["77360100", "7736010011", "77A601001", "773601ОО1"])
def test_what_is_no_kpp_is_refused(kpp):
    assert refused(clean_kpp, kpp) == "kpp"


def test_numbers_of_a_firm_and_of_a_person_do_not_mix():
    require_agreement(inn=INNS[0], kpp="773601001", ogrn=OGRNS[0])
    require_agreement(inn=INNS[2], kpp="", ogrn=OGRNS[2])
    require_agreement(inn="", kpp="773601001", ogrn=OGRNS[2])

    def check(*numbers):
        require_agreement(inn=numbers[0], kpp=numbers[1], ogrn=numbers[2])

    assert refused(check, INNS[2], "773601001", "") == "kpp"
    assert refused(check, INNS[2], "", OGRNS[0]) == "ogrn"
    assert refused(check, INNS[0], "", OGRNS[2]) == "ogrn"


def test_an_account_fits_its_bank_alone():
    assert clean_account(CORRESPONDENT, BIC, "bank_correspondent") == CORRESPONDENT
    fitting = [d for d in "0123456789" if accepts(clean_account, f"40702810{d}00000002453", BIC)]
    assert len(fitting) == 1
    good = f"40702810{fitting[0]}00000002453"
    assert clean_account(f"{good[:5]} {good[5:8]} {good[8:]}", BIC) == good
    assert refused(clean_account, good, "044525226") == "bank_account"
    assert refused(clean_account, good, "") == "bank_bic"
    assert refused(clean_account, good[:-1], BIC) == "bank_account"
    assert refused(clean_account, CORRESPONDENT[:-1] + "6", BIC, "bank_correspondent") == (
        "bank_correspondent"
    )


@pytest.mark.parametrize("bic", ["04452522", "0445252255", "04452522x"])
def test_what_is_no_bic_is_refused(bic):
    assert refused(clean_bic, bic) == "bank_bic"
