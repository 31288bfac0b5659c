"""The arithmetic of use, by any figures."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from subscriptions.usage_rules import (
    Doubt,
    days_in,
    forecast,
    included_in,
    judge,
    month_of_day,
    periods,
    rises,
    shares,
    units_of,
    used,
    usual,
)

# On a machine with other work to do, drawing the first examples takes seconds.
BUSY = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
amounts = st.decimals(min_value=0, max_value=10**8, places=3)
days = st.dates(min_value=date(2019, 1, 1), max_value=date(2030, 12, 31))


# --- months -----------------------------------------------------------------------------------
@BUSY
@given(days, st.integers(min_value=0, max_value=800), amounts)
def test_shares_of_months_add_up_to_the_whole_exactly(first, more, amount):
    last = first + timedelta(days=more)
    found = shares(first, last, amount)
    assert sum(share.amount for share in found) == amount
    assert sum(share.days for share in found) == more + 1
    assert [share.month for share in found] == sorted({share.month for share in found})
    for share in found:
        assert share.amount >= 0
        assert share.days <= days_in(share.month)
        # Even by the day, to a thousandth on either side.
        assert abs(share.amount - amount * share.days / (more + 1)) <= Decimal("0.001")


def test_a_period_within_a_month_is_its_month_alone():
    (share,) = shares(date(2026, 2, 1), date(2026, 2, 28), Decimal("10"))
    assert (share.month, share.amount, share.days) == (date(2026, 2, 1), Decimal("10"), 28)


# --- readings ---------------------------------------------------------------------------------
@BUSY
@given(
    st.lists(st.tuples(st.integers(1, 90), amounts), min_size=2, max_size=15),
    st.decimals(min_value="0.001", max_value=999, places=3),
)
def test_months_between_readings_add_up_to_the_last_less_the_first(steps, coefficient):
    day, value, chain = date(2025, 1, 17), Decimal(0), []
    for more, amount in steps:
        chain.append((day, value, 0))
        day, value = day + timedelta(days=more), value + amount
    chain.append((day, value, 0))
    found = periods(chain, digits=12, coefficient=coefficient)
    by_month = [share.amount for one in found for share in shares(
        one.starts_on, one.ends_on, one.amount
    )]  # fmt: skip
    exact = (value - chain[0][1]) * coefficient
    assert abs(sum(by_month) - exact) <= Decimal("0.0005")
    if coefficient == 1:
        assert sum(by_month) == exact
    # Without gaps: what is counted on a day is counted once.
    assert [one.starts_on for one in found[1:]] == [
        one.ends_on + timedelta(days=1) for one in found[:-1]
    ]


@BUSY
@given(
    st.integers(3, 9),
    st.lists(st.decimals(min_value=0, max_value=199, places=3), min_size=1, max_size=40),
    amounts,
)
def test_a_counter_that_passes_its_last_figure_loses_nothing(digits, steps, start):
    """Whatever a counter shows, the use is what went through it, as long as it is read in time."""
    whole = Decimal(10) ** digits
    total, shown, chain = start, start % whole, [(date(2026, 1, 1), start % whole, 0)]
    for step in steps:
        total += step
        shown, before = total % whole, shown
        day = chain[-1][0] + timedelta(days=1)
        judgement = judge(chain[:1], day, shown, digits=digits) if len(chain) == 1 else None
        times = 1 if shown < before else 0
        if judgement is not None and shown < before:
            assert judgement.rollovers == 1
            assert judgement.asks
            assert judgement.doubt is None
        chain.append((day, shown, times))
    found = periods(chain, digits=digits, coefficient=Decimal(1))
    assert sum(one.amount for one in found) == sum(steps)


def monthly(*values):
    return [
        (date(2026, 1, 1) + timedelta(days=30 * n), Decimal(v), 0) for n, v in enumerate(values)
    ]


@pytest.mark.parametrize(
    ("chain", "value", "rollovers", "doubt"),
    [
        ([], "5", 0, None),
        (monthly(100), "100", 0, None),
        (monthly(100), "90000", 0, None),  # nothing is usual yet
        (monthly(100, 200, 300, 400), "500", 0, None),
        (monthly(100, 200, 300, 400), "790", 0, None),
        (monthly(100, 200, 300, 400), "900", 0, Doubt.JUMP),
        (monthly(100, 200, 300, 400), "399", 0, Doubt.LOWER),
        (monthly(99700, 99800, 99900), "10", 1, None),
        (monthly(99600, 99700, 99800, 99900), "10", 1, None),
        (monthly(99600, 99700, 99800, 99900), "2000", 0, Doubt.LOWER),
        (monthly(5, 5, 5, 5), "20", 0, None),  # an empty flat: a unit a day is no jump
        (monthly(5, 5, 5, 5), "60", 0, Doubt.JUMP),
    ],
)
def test_what_is_asked_about(chain, value, rollovers, doubt):
    day = chain[-1][0] + timedelta(days=30) if chain else date(2026, 1, 1)
    judgement = judge(chain, day, Decimal(value), digits=5)
    assert (judgement.rollovers, judgement.doubt) == (rollovers, doubt)
    assert judgement.asks == bool(doubt or rollovers)


def test_a_long_silence_is_no_jump():
    chain = monthly(100, 200, 300, 400)
    half_a_year_on = chain[-1][0] + timedelta(days=180)
    assert judge(chain, half_a_year_on, Decimal(1000), digits=5).doubt is None


def test_a_lower_figure_without_a_rollover_tells_nothing():
    chain = monthly(100, 50, 80)
    (one,) = periods(chain, digits=5, coefficient=Decimal(1))
    assert one.amount == 30


def test_what_is_usual_is_the_median_of_the_last_twelve():
    assert usual([]) is None
    assert usual([Decimal(1), Decimal(2)]) is None
    assert usual([Decimal(10**6)] * 9 + [Decimal(n) for n in range(1, 13)]) == Decimal("6.5")


@BUSY
@given(amounts, amounts, st.integers(3, 9))
def test_use_between_two_figures(before, after, digits):
    assert used(before, after, 1, digits) - used(before, after, 0, digits) == 10**digits


# --- forecasts --------------------------------------------------------------------------------
def test_forecasts_go_by_the_days_known():
    november = date(2026, 11, 1)
    assert forecast(Decimal(4), 4, november) is None
    assert forecast(Decimal(10), 10, november) == Decimal(30)
    assert forecast(Decimal(30), 30, november) == Decimal(30)


def test_a_rise_is_above_the_usual_by_so_much():
    before = [Decimal(100)] * 4
    assert not rises(Decimal(150), before, 50)
    assert rises(Decimal("150.001"), before, 50)
    assert not rises(Decimal(1000), before[:2], 50)


def test_what_plans_include():
    assert included_in({"included_gb": 30}, "GB") == 30
    assert included_in({"included_gb": 30}, "KWH") is None
    assert included_in({"included_gb": 0}, "GB") is None
    assert included_in({"included_gb": "30"}, "GB") is None
    assert included_in({}, "GB") is None


def test_units_of_categories():
    assert units_of("electricity") == ("KWH",)
    assert units_of("tv") == ()
    assert "MINUTES" in units_of("telephony")
    assert month_of_day(date(2026, 5, 31)) == date(2026, 5, 1)
