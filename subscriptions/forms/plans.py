"""The form of a plan: its own fields, those its category asks for, and the cities it is sold in."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.folding import fold
from locations.models import City, ServiceCategory
from subscriptions.models import CategoryAttribute, Plan
from subscriptions.plan_attributes import FIELD_PREFIX, MAX_NUMBER, TEXT_LENGTH
from subscriptions.services.plans import EDITABLE, FREE_UNLESS_SAID

CITIES_AT_MOST = 200


class PlanForm(forms.ModelForm):
    """A plan of `category`; every rule is the service's, here is only what can be typed."""

    cities_text = forms.CharField(
        label=gettext_lazy("Cities"),
        required=False,
        help_text=gettext_lazy("One in a line. Empty: wherever your coverage reaches."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=1)

    class Meta:
        model = Plan
        fields = EDITABLE
        localized_fields = (
            "price",
            "connection_fee",
            "commission_value",
            "exit_value",
            "change_fee",
            "relocation_fee",
            "suspension_price",
        )
        widgets = {
            "valid_from": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            "valid_to": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        }
        labels = {"name": gettext_lazy("Name of the plan")}
        help_texts = {
            "technology": gettext_lazy("As in your coverage, FTTB or GPON. Empty: any."),
            "commission_value": gettext_lazy(
                "Roubles, per cent of the fee, or number of monthly prices, by the rule."
            ),
            "is_published": gettext_lazy("Agents see published plans alone."),
            "clawback_days": gettext_lazy("When the service ends sooner; 0: it stays."),
            "exit_rule": gettext_lazy("What the holder pays for ending it before the term."),
            "exit_value": gettext_lazy("Roubles, or per cent of the months left, by the rule."),
            "exit_visit": gettext_lazy("Somebody comes to take the equipment away."),
            "change_fee": gettext_lazy("Once, for changing from this plan to another."),
            "relocation_fee": gettext_lazy("Once, for moving it to another address."),
        }

    def __init__(
        self, data: Any = None, *, category: ServiceCategory, plan: Plan | None = None
    ) -> None:
        initial: dict[str, Any] = {}
        if plan is not None:
            initial["version"] = plan.version
            initial["cities_text"] = "\n".join(
                str(city) for city in plan.cities.order_by("name", "pk")
            )
        super().__init__(data, instance=plan, initial=initial)
        for name in FREE_UNLESS_SAID:
            self.fields[name].required = False
        self.category = category
        self.attributes = list(category.attributes.all())
        values = plan.attributes if plan else {}
        for attribute in self.attributes:
            name = FIELD_PREFIX + attribute.code
            self.fields[name] = _field_of(attribute)
            self.initial[name] = values.get(attribute.code)
        if plan is None:
            del self.fields["version"]
        else:
            self.fields["version"].required = True

    def clean_cities_text(self) -> list[City]:
        """The cities named, one in a line; a name of several cities needs its region."""
        lines = [line.strip() for line in self.cleaned_data["cities_text"].splitlines()]
        names = list(dict.fromkeys(line for line in lines if line))
        if len(names) > CITIES_AT_MOST:
            raise forms.ValidationError(_("At most %(limit)s cities.") % {"limit": CITIES_AT_MOST})
        return _cities_named(names)

    def _post_clean(self) -> None:
        """Leaves the instance as the page was opened on: the service validates and sets."""

    def plan_fields(self) -> dict[str, Any]:
        """The arguments for `create_plan` and `change_plan`, from a valid form."""
        cleaned = dict(self.cleaned_data)
        arguments = {name: cleaned[name] for name in EDITABLE}
        arguments["cities"] = cleaned["cities_text"]
        arguments["attributes"] = {
            name.removeprefix(FIELD_PREFIX): cleaned[name] for name in self._attribute_names()
        }
        if "version" in cleaned:
            arguments["version"] = cleaned["version"]
        return arguments

    def take_in(self, plan: Plan) -> None:
        """After a conflict: what is typed now stands on the version of `plan`."""
        self.data = dict(self.data.items())
        self.data["version"] = str(plan.version)

    @property
    def groups(self) -> list[tuple[str, list[forms.BoundField]]]:
        """The fields under their headings, as the page shows them."""
        flags = [name for name in self._attribute_names() if _is_flag(self.fields[name])]
        others = [name for name in self._attribute_names() if name not in flags]
        named = {
            _("What it is"): ["name", *others, "technology", *flags],
            _("Price"): ["price", "connection_fee", "term_months"],
            _("Connection"): ["days_min", "days_max"],
            _("Changes and leaving"): [
                "change_fee",
                "relocation_fee",
                "suspension_price",
                "exit_rule",
                "exit_value",
                "exit_visit",
            ],
            _("What the agency earns"): ["commission_rule", "commission_value", "clawback_days"],
            _("Where and when it is sold"): [
                "cities_text",
                "valid_from",
                "valid_to",
                "is_published",
            ],
        }
        return [(title, [self[name] for name in names]) for title, names in named.items()]

    def _attribute_names(self) -> list[str]:
        return [FIELD_PREFIX + attribute.code for attribute in self.attributes]


def _is_flag(field: forms.Field) -> bool:
    return isinstance(field, forms.BooleanField)


def _field_of(attribute: CategoryAttribute) -> forms.Field:
    label = f"{attribute.name}, {attribute.unit}" if attribute.unit else attribute.name
    if attribute.kind == CategoryAttribute.Kind.FLAG:
        return forms.BooleanField(label=attribute.name, required=False)
    if attribute.kind == CategoryAttribute.Kind.TEXT:
        return forms.CharField(label=label, required=attribute.is_required, max_length=TEXT_LENGTH)
    return forms.DecimalField(
        label=label,
        required=attribute.is_required,
        min_value=0,
        max_value=MAX_NUMBER,
        localize=True,
    )


def _cities_named(names: list[str]) -> list[City]:
    """The cities, in the order of `names`; where two share a name, by name and region."""
    by_name: dict[str, list[City]] = {}
    by_title: dict[str, City] = {}
    for city in City.objects.filter(search_key__in={_bare_key(name) for name in names}):
        by_name.setdefault(city.search_key, []).append(city)
        by_title[fold(str(city))] = city
    return [_city_named(name, by_title, by_name) for name in names]


def _city_named(name: str, by_title: dict[str, City], by_name: dict[str, list[City]]) -> City:
    found = by_title.get(fold(name))
    if found is not None:
        return found
    others = by_name.get(fold(name), [])
    if len(others) == 1:
        return others[0]
    if others:
        raise forms.ValidationError(
            _("There are several: write one of %(cities)s.")
            % {"cities": ", ".join(sorted(str(city) for city in others))}
        )
    raise forms.ValidationError(
        _("There is no city “%(city)s”. Write its name in full.") % {"city": name}
    )


def _bare_key(name: str) -> str:
    """The search key of a city's name without the region in brackets."""
    return fold(name.partition("(")[0])
