"""The chart of columns: its geometry, and what is drawn of it."""

from decimal import Decimal

import pytest
from django.template import engines
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.parts.columns import HEIGHT, WIDTH, Series, column_chart, nice_top

# On a machine with other work to do, drawing the first examples takes seconds.
BUSY = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


@BUSY
@given(st.decimals(min_value="0.001", max_value=10**9, places=3))
def test_the_top_is_round_and_near(most):
    top = nice_top(most)
    assert most <= top <= most * Decimal("2.5") or top == 1
    assert str(top.normalize().scaleb(-top.normalize().adjusted())) in {
        "1", "2", "2.5", "4", "5",
    }  # fmt: skip


def test_columns_stand_in_their_groups_and_keep_within_the_drawing():
    before = Series("2025", [Decimal(10), None, Decimal(0)])
    now = Series("2026", [Decimal(20), Decimal(5), Decimal(40)], ["20 kWh", "5 kWh", "40 kWh"],
                 [False, False, True])  # fmt: skip
    chart = column_chart(["Jan", "Feb", "Mar"], [before, now], limit=Decimal(20))
    assert [rect.title for rect in chart.rects] == [
        "Jan, 2025: 10", "Jan, 2026: 20 kWh", "Feb, 2026: 5 kWh", "Mar, 2026: 40 kWh",
    ]  # fmt: skip
    assert [rect.is_partial for rect in chart.rects] == [False, False, False, True]
    assert chart.top == 40
    assert float(chart.limit) == HEIGHT / 2
    for rect in chart.rects:
        assert float(rect.x) >= 0 and float(rect.x) + float(rect.width) <= WIDTH
        assert float(rect.y) + float(rect.height) == HEIGHT
    groups = [int(float(rect.x) // (WIDTH / 3)) for rect in chart.rects]
    assert groups == [0, 0, 1, 2]


def test_nothing_known_draws_nothing():
    chart = column_chart(["Jan"], [Series("2026", [None])])
    assert chart.rects == []
    assert chart.limit == ""
    with pytest.raises(ValueError, match="series at most"):
        column_chart(["Jan"], [Series("", [1])] * 4)


def test_names_of_others_are_escaped():
    chart = column_chart(["<b>"], [Series("<i>", [1]), Series("two", [1])])
    template = engines["django"].from_string("{% column_chart chart caption=caption %}")
    drawn = template.render({"chart": chart, "caption": "<u>"})
    assert "<b>" not in drawn and "<i>" not in drawn and "<u>" not in drawn
    assert drawn.count("<rect") == 4
