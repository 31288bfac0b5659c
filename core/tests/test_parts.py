"""Page parts: what they write, and what they refuse."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.http import QueryDict
from django.template import Context, TemplateSyntaxError, engines
from django.test import RequestFactory
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy

from core import badges, clock
from core.pagination import Page
from core.parts import charts, icons, lists, text
from core.parts.rows import Fact, FileRow, Step, TimelineEntry
from core.workflow import State, Workflow

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
COLUMNS = lists.Columns(
    lists.Column("number", "Number"),
    lists.Column("due", "Deadline", sort="due"),
    lists.Column("price", "Price", sort="-price", numeric=True),
)


def draw(source: str, address: str = "/requests/", **context) -> str:
    """The template `source` with no context processors, like a page asked for at `address`."""
    template = engines["django"].engine.from_string(source)
    return template.render(Context({"request": RequestFactory().get(address), **context}))


@pytest.fixture(autouse=True)
def at_noon():
    with clock.set_to(NOON), timezone.override("Europe/Moscow"), translation.override("en"):
        yield


class TestWords:
    @pytest.mark.parametrize(
        ("amount", "written"),
        [
            (Decimal("1250"), "1\xa0250\xa0₽"),
            (Decimal("825.50"), "825,50\xa0₽"),
            (Decimal("-300"), "−300\xa0₽"),
            (0, "0\xa0₽"),
            (None, ""),
        ],
    )
    def test_roubles_in_russian(self, amount, written):
        with translation.override("ru"):
            assert text.money(amount) == written

    def test_other_currencies_and_english_grouping(self):
        assert text.money(Decimal("1250.05"), "USD") == "1,250.05\xa0$"
        assert text.money(3, "XAF") == "3\xa0XAF"

    @pytest.mark.parametrize(
        ("number", "written"),
        [
            ("+79123456789", "+7\xa0912\xa0345-67-89"),
            ("+375291234567", "+375291234567"),
            ("", ""),
            (None, ""),
        ],
    )
    def test_phone(self, number, written):
        assert text.phone(number) == written

    def test_phone_link_dials_the_plain_number_and_escapes(self):
        assert text.phone_link("+79123456789").startswith(
            '<a class="phone" href="tel:+79123456789">'
        )
        assert "<b>" not in text.phone_link("<b>")

    @pytest.mark.parametrize(
        ("moment", "written"),
        [
            (NOON, "today, 15:00"),
            (NOON - timedelta(days=1), "yesterday, 15:00"),
            (NOON + timedelta(days=1), "tomorrow, 15:00"),
            (NOON - timedelta(days=12), "10 November, 15:00"),
            (NOON.replace(year=2024), "22 November 2024, 15:00"),
            # 22:30 in London is the next day in Moscow.
            (NOON.replace(hour=22, minute=30), "tomorrow, 01:30"),
        ],
    )
    def test_moment_in_the_viewers_zone(self, moment, written):
        assert f">{written}</time>" in text.moment(moment)

    def test_moment_tells_the_exact_time_in_the_tooltip(self):
        assert text.moment(NOON) == (
            '<time datetime="2026-11-22T15:00:00+03:00" title="22.11.2026 15:00 MSK">'
            "today, 15:00</time>"
        )

    def test_dates_have_no_time(self):
        assert text.moment(date(2026, 11, 21)) == '<time datetime="2026-11-21">yesterday</time>'
        assert text.day(NOON) == "today"
        assert text.moment(None) == text.day(None) == ""

    @pytest.mark.parametrize(
        ("left", "written", "tone"),
        [
            (timedelta(hours=30), "30 h left", "far"),
            (timedelta(hours=3, minutes=59), "3 h left", "near"),
            (timedelta(minutes=25), "25 min left", "near"),
            (timedelta(seconds=5), "1 min left", "near"),
            (timedelta(hours=-2), "2 h late", "late"),
            (timedelta(days=-3), "3 days late", "late"),
        ],
    )
    def test_deadline(self, left, written, tone):
        drawn = text.deadline(NOON + left)
        assert f">{written}</time>" in drawn
        assert f'class="deadline deadline-{tone}"' in drawn

    def test_counts_stop_at_ten_thousand(self):
        assert text.count_or_more(10_000) == "10,000"
        assert text.count_or_more(1_000_000) == "more than 10,000"

    @pytest.mark.parametrize(
        ("size", "written"), [(512, "512 B"), (14_300, "14 kB"), (2_345_678, "2.3 MB")]
    )
    def test_file_size(self, size, written):
        assert text.file_size(size) == written


class TestIcons:
    def test_an_icon_is_hidden_unless_it_has_a_meaning(self):
        assert 'aria-hidden="true"' in icons.icon("bell")
        assert 'role="img" aria-label="A &quot;bolt&quot;"' in icons.icon("bolt", label='A "bolt"')

    def test_a_missing_icon_is_an_empty_svg(self, monkeypatch, tmp_path):
        monkeypatch.setattr(icons, "FOLDER", tmp_path)
        assert icons.icon("no-such-icon-here").endswith('aria-hidden="true"></svg>')

    def test_a_name_cannot_leave_the_folder(self):
        with pytest.raises(ValueError, match="cannot be the name"):
            icons.icon("../../secret")


class TestBadges:
    def test_colour_word_and_icon(self):
        badges.register_badges("test", {"ON": badges.Badge("Switched on", "good", "bolt")})
        drawn = draw('{% badge "test" value %}', value="ON")
        assert drawn.startswith('<span class="state state-good"><svg class="icon"')
        assert drawn.endswith("Switched on</span>")

    def test_the_word_follows_the_language(self):
        label = gettext_lazy("Monday")
        badges.register_badges("test_days", {"1": badges.Badge(label, "info", "calendar")})
        assert "Monday" in badges.badge("test_days", "1")
        with translation.override("ru"):
            assert "Понедельник" in badges.badge("test_days", "1")

    def test_a_workflow_brings_its_own(self):
        flow = Workflow.of("door", "SHUT", [State("SHUT", "Shut", "stopped", "door")], [], {})
        badges.register_workflow("test_door", flow)
        assert badges.badge_of("test_door", "SHUT") == badges.Badge("Shut", "stopped", "door")

    def test_mistakes_are_named(self):
        with pytest.raises(ValueError, match="not a tone"):
            badges.register_badges("test_bad", {"A": badges.Badge("A", "purple", "x")})
        with pytest.raises(LookupError, match=r"test_none\.A"):
            badges.badge("test_none", "A")
        badges.register_badges("test_twice", {"A": badges.Badge("A", "good", "x")})
        with pytest.raises(ValueError, match="already"):
            badges.register_badges("test_twice", {"A": badges.Badge("B", "good", "x")})


class TestLists:
    def test_sort_links_turn_round_and_keep_filters_but_not_the_place(self):
        query = QueryDict("state=CHECKING&after=abc&sort=due")
        plain, due, price = lists.headings(COLUMNS, query, "due")
        assert plain.url == ""
        assert (due.url, due.direction) == ("?state=CHECKING&sort=-due", "ascending")
        assert (price.url, price.direction) == ("?state=CHECKING&sort=-price", "none")
        assert lists.headings(COLUMNS, query, "-price")[2].url == "?state=CHECKING&sort=price"

    def test_a_table_has_a_caption_headings_and_its_rows(self):
        drawn = draw(
            '{% table columns caption="Requests" sort="-due" select="bulk" %}'
            "<tr></tr>{% endtable %}",
            columns=COLUMNS,
        )
        assert '<caption class="visually-hidden">Requests</caption>' in drawn
        assert 'aria-sort="descending"' in drawn
        assert 'data-select-all="bulk"' in drawn
        assert '<tbody id="rows"><tr></tr></tbody>' in drawn

    def test_labels_for_cards(self):
        assert draw("{{ columns.price }}", columns=COLUMNS) == "Price"

    def test_a_row_is_selected_by_a_labelled_box(self):
        drawn = draw("{% select_box 7 number %}", number="EC<1>")
        assert 'value="7" form="bulk" aria-label="Select EC&lt;1&gt;"' in drawn

    def test_the_next_page_is_a_plain_link_too(self):
        drawn = draw("{% show_more page %}", "/r/?state=A&after=old", page=Page([1], "new", False))
        assert 'href="?state=A&amp;after=new"' in drawn
        assert "hx-get" in drawn

    def test_the_last_page_has_no_link_but_the_place_for_one(self):
        drawn = draw("{% show_more page %}", page=Page([1], "", True))
        assert "href" not in drawn
        assert 'id="rows-more"' in drawn

    def test_two_kinds_of_emptiness(self):
        yet = draw('{% nothing_yet "No clients yet" action="Add a client" url="/new/" %}')
        assert "No clients yet" in yet
        assert 'href="/new/"' in yet
        matches = draw("{% nothing_matches %}", "/clients/?q=x")
        assert 'href="/clients/"' in matches

    def test_unknown_arguments_are_template_errors(self):
        with pytest.raises(TemplateSyntaxError, match="colour"):
            draw('{% nothing_yet "Nothing" colour="red" %}')


class TestRows:
    def test_stepper_says_where_one_is(self):
        steps = [Step("Filed", "done"), Step("Checked", "current", "today"), Step("Done", "todo")]
        drawn = draw('{% stepper steps label="Progress" %}', steps=steps)
        assert drawn.count("<li") == 3
        assert drawn.count('aria-current="step"') == 1
        with pytest.raises(ValueError, match="not a state"):
            Step("Filed", "finished")

    def test_timeline_escapes_what_people_wrote(self):
        entry = TimelineEntry("message", "Note", NOON, "<script>\nsecond line", "Анна")
        drawn = draw("{% timeline entries %}", entries=[entry])
        assert "&lt;script&gt;<br>second line" in drawn
        assert "· Анна" in drawn

    def test_facts_leave_out_what_is_not_known(self):
        drawn = draw("{% facts lines %}", lines=[Fact("INN", ""), Fact("Units", 0)])
        assert "INN" not in drawn
        assert "<dd>0</dd>" in drawn

    def test_files(self):
        drawn = draw("{% file_list files %}", files=[FileRow("a.pdf", "/f/1/", 900, NOON)])
        assert '<a href="/f/1/">a.pdf</a>' in drawn
        assert "900 B" in drawn

    def test_uploads_and_confirmations_carry_the_token(self):
        for source in (
            '{% drop_zone "/up/" %}',
            '{% confirm "c" title="T" text="X" action="/do/" button="Do" %}',
            '{% bulk_bar "/bulk/" %}{% endbulk_bar %}',
        ):
            assert 'name="csrfmiddlewaretoken" value="tok"' in draw(source, csrf_token="tok")


class TestFigures:
    def test_a_tile_compares_with_the_last_period(self):
        drawn = draw('{% stat "Connected" 31 now=31 before=28 spark=days %}', days=[1, 2, 4])
        assert "is-better" in drawn
        assert "11 %" in drawn
        assert "<polyline" in drawn

    def test_less_may_be_better(self):
        drawn = draw('{% stat "Overdue" 4 now=4 before=2 less_is_better=True %}')
        assert "is-worse" in drawn

    def test_nothing_to_compare_with_is_not_a_change(self):
        assert "%" not in draw('{% stat "New" 4 now=4 before=0 %}')

    def test_spark_lines(self):
        assert charts.spark_points([5]) == ""
        assert charts.spark_points([5, 5]) == "0.0,26.0 96.0,26.0"
        assert charts.spark_points([Decimal(0), Decimal(10)]) == "0.0,26.0 96.0,2.0"

    def test_a_funnel_says_what_part_got_through(self):
        rows = [charts.ChartRow("Filed", 120), charts.ChartRow("Connected", 30)]
        drawn = draw('{% funnel rows caption="Month" %}', rows=rows)
        assert "25 %" in drawn
        assert [bar.x for bar in charts.bars(rows, funnel=True)] == ["0.0", "37.5"]

    def test_bars_of_nothing(self):
        assert [bar.width for bar in charts.bars([charts.ChartRow("A", 0)])] == ["0.0"]

    def test_progress_may_be_unknown(self):
        assert 'value="3" max="9"' in draw('{% progress 3 9 label="Import" %}')
        assert "value=" not in draw('{% progress None label="Import" %}')
