"""Arguments of this app's routes for the access tests."""

import json
from typing import Any
from uuid import uuid4

from django.core.files.base import ContentFile
from django.utils import timezone

from core.actor import system_actor
from core.operations import prepare_operation
from core.tests.route_samples import Kwargs, World, sample
from locations.tests.factories import BuildingFactory, ServiceCategoryFactory, UnitFactory
from subscriptions.choices import AssignmentMethod, RequestKind, RequestState
from subscriptions.models import (
    AttributionDispute,
    ClientAddress,
    ConnectionRequest,
    CustomField,
    RequestBundle,
    RequestFile,
    RequestRelation,
    Subscription,
    WatchList,
)
from subscriptions.models.teams import TeamPlace
from subscriptions.services.assignment_rules import save_assignment_rule
from subscriptions.services.changes import draft_change
from subscriptions.services.clients import invite_client, merge_clients
from subscriptions.services.leads import take_lead
from subscriptions.tests import (
    centre_routes,  # noqa: F401 - adds its samples
    usage_routes,  # noqa: F401
    visit_routes,  # noqa: F401 - registers its own
)
from subscriptions.tests.factories import (
    AvailabilityWatchFactory,
    ClientFactory,
    LeadRuleFactory,
    PlanFactory,
    RequestFactory,
    offered_lead,
    request_in,
)
from users.tests.factories import TeamFactory


def _plan(world: World) -> Any:
    return world.once("plan", lambda: PlanFactory(provider=world.provider))


def _client(world: World) -> Any:
    return world.once("client", lambda: ClientFactory(owner=world.agency))


def _request(world: World) -> ConnectionRequest:
    """A request of the agency that the provider has taken up."""
    return world.once(
        "request",
        lambda: request_in(
            RequestState.CHECKING, owner=world.agency, plan=_plan(world), client=_client(world)
        ),
    )


def _bundle(world: World) -> RequestBundle:
    """Drafts of the agency that wait to be filed."""
    bundle = RequestBundle.objects.create(
        owner=world.agency, form_token=uuid4(), created_at=timezone.now()
    )
    RequestFactory(owner=world.agency, plan=_plan(world), client=_client(world), bundle=bundle)
    return bundle


@sample("availability_building", shared=True)
@sample("availability_answer", shared=True)
@sample("availability_compare", shared=True)
@sample("watch_new", shared=True)
def a_building(world: World) -> Kwargs:
    return {"public_id": world.once("building", BuildingFactory).public_id}


@sample("request_check")
@sample("request_bundle")
@sample("request_draft_discard")
def a_bundle(world: World) -> Kwargs:
    return {"public_id": _bundle(world).public_id}


@sample("request_detail")
@sample("request_note")
@sample("request_assign")
@sample("request_file_add")
def a_request(world: World) -> Kwargs:
    return {"number": _request(world).number}


@sample("request_move")
def a_move(world: World) -> Kwargs:
    return {"number": _request(world).number, "transition": "approve"}


@sample("request_file")
def a_file(world: World) -> Kwargs:
    request = _request(world)
    stored = RequestFile.objects.create(
        request=request,
        file=ContentFile(b"plain text", name="plan.txt"),
        name="plan.txt",
        size=10,
        organization=world.agency,
        created_at=timezone.now(),
    )
    return {"number": request.number, "public_id": stored.public_id}


def a_subscription(world: World) -> Kwargs:
    request_in(RequestState.CONNECTED, owner=world.agency, plan=_plan(world), client=_client(world))
    return {"number": Subscription.objects.filter(owner=world.agency).latest("pk").number}


@sample("subscription_change")
def a_change_to_ask_for(world: World) -> Kwargs:
    return {**a_subscription(world), "slug": "suspend"}


@sample("change_check")
def a_drafted_change(world: World) -> Kwargs:
    number = a_subscription(world)["number"]
    draft = draft_change(
        world.people["AGENCY OWNER"],
        Subscription.objects.get(number=number),
        RequestKind.DISCONNECT,
        form_token=uuid4(),
    )
    return {"number": draft.number}


@sample("client_detail")
@sample("client_edit")
@sample("client_consent")
@sample("client_tag")
@sample("client_address_new")
@sample("client_invite")
def a_client(world: World) -> Kwargs:
    return {"public_id": _client(world).public_id}


@sample("plan_edit")
def a_plan(world: World) -> Kwargs:
    return {"public_id": _plan(world).public_id}


def _lead(world: World) -> Any:
    """A lead that the agency has taken."""

    def take() -> Any:
        lead = offered_lead(world.agency)
        return take_lead(system_actor(world.agency), lead)

    return world.once("lead", take)


@sample("lead_detail")
@sample("lead_take")
@sample("lead_pass")
@sample("lead_close")
@sample("lead_client")
def a_lead(world: World) -> Kwargs:
    return {"public_id": _lead(world).public_id}


@sample("lead_rule_edit")
@sample("lead_rule_act")
def a_lead_rule(world: World) -> Kwargs:
    rule = world.once("lead rule", lambda: LeadRuleFactory(agency=world.agency, is_active=False))
    return {"pk": rule.pk}


@sample("staff_dispute")
def a_dispute(world: World) -> Kwargs:
    """The agency claims a client whom another registered."""

    def claim() -> Any:
        first = request_in(RequestState.SUBMITTED, plan=_plan(world))
        request_in(
            RequestState.SUBMITTED,
            owner=world.agency,
            plan=_plan(world),
            unit=first.unit,
            client=_client(world),
        )
        return AttributionDispute.objects.get(claimant=world.agency)

    return {"public_id": world.once("dispute", claim).public_id}


def _place(world: World) -> TeamPlace:
    def make() -> TeamPlace:
        team = TeamFactory(organization=world.company)
        return TeamPlace.objects.create(team=team, building=BuildingFactory())

    return world.once("team place", make)


@sample("team_places")
def a_teams_places(world: World) -> Kwargs:
    return {"public_id": _place(world).team.public_id}


@sample("team_place_remove")
def a_place(world: World) -> Kwargs:
    place = _place(world)
    return {"public_id": place.team.public_id, "pk": place.pk}


@sample("client_merge")
def a_pair_of_clients(world: World) -> Kwargs:
    other = world.once("other client", lambda: ClientFactory(owner=world.agency))
    return {"public_id": _client(world).public_id, "other": other.public_id}


@sample("client_address_remove")
def an_address_of_a_client(world: World) -> Kwargs:
    address = ClientAddress.objects.create(
        client=_client(world), unit=UnitFactory(), created_at=timezone.now()
    )
    return {"public_id": _client(world).public_id, "pk": address.pk}


@sample("client_merge_undo")
def a_merge(world: World) -> Kwargs:
    merge = merge_clients(
        world.people["AGENCY OWNER"], _client(world), ClientFactory(owner=world.agency)
    )
    return {"public_id": merge.public_id}


@sample("client_import_check")
def an_import(world: World) -> Kwargs:
    prepared = prepare_operation(
        world.people["AGENCY OWNER"],
        "clients.import",
        {"ending": "csv", "mapping": ["name", "phone"], "existing": "leave"},
        source=ContentFile("Имя;Телефон\nАнна;89123456789\n".encode()),
    )
    return {"public_id": prepared.public_id}


@sample("request_many_check")
def a_file_of_requests(world: World) -> Kwargs:
    prepared = prepare_operation(
        world.people["AGENCY OWNER"], "requests.check_many", {"ending": "csv"}
    )
    return {"public_id": prepared.public_id}


@sample("request_many_template", shared=True)
@sample("client_import_template", shared=True)
def an_example(world: World) -> Kwargs:
    return {"ending": "csv"}


@sample("client_invitation")
def an_invitation_of_a_client(world: World) -> Kwargs:
    invitation = invite_client(
        world.people["AGENCY OWNER"], ClientFactory(owner=world.agency), email="a@example.com"
    )
    return {"public_id": invitation.public_id}


@sample("client_claim", shared=True)
def a_forged_link(world: World) -> Kwargs:
    return {"token": "forged-0123456789-forged"}


@sample("availability_list_template", shared=True)
def an_example_list(world: World) -> Kwargs:
    return {"ending": "xlsx"}


@sample("availability_list_result")
@sample("watch_list_new")
def an_answered_list(world: World) -> Kwargs:
    prepared = prepare_operation(
        world.people["AGENCY OWNER"],
        "availability.list",
        {"ending": "csv", "waiting": {"internet": [BuildingFactory().pk]}},
    )
    return {"public_id": prepared.public_id}


@sample("watch_cancel")
def a_watch(world: World) -> Kwargs:
    return {"public_id": AvailabilityWatchFactory(owner=world.agency).public_id}


@sample("watch_list_cancel")
def a_list_that_waits(world: World) -> Kwargs:
    row = WatchList.objects.create(
        owner=world.agency,
        category=ServiceCategoryFactory(),
        source=uuid4().hex[:12],
        created_at=timezone.now(),
    )
    return {"public_id": row.public_id}


@sample("watch_confirm", shared=True)
@sample("watch_stop", shared=True)
def a_forged_link_of_a_watch(world: World) -> Kwargs:
    return {"token": "forged-0123456789-forged"}


@sample("map_building", shared=True)
def a_building_on_the_map(world: World) -> Kwargs:
    return {"public_id": BuildingFactory().public_id}


# --- the page of a request ----------------------------------------------------------------------
@sample("request_seen")
@sample("request_colleagues")
@sample("request_tick")
@sample("request_fields")
@sample("request_related")
@sample("request_link")
@sample("request_print")
def a_page(world: World) -> Kwargs:
    return {"number": _request(world).number}


@sample("request_file_remove")
def a_file_to_remove(world: World) -> Kwargs:
    return a_file(world)


@sample("request_file_picture")
def a_picture(world: World) -> Kwargs:
    request = _request(world)
    stored = RequestFile.objects.create(
        request=request,
        file=ContentFile(b"drawn anew", name="door.jpg"),
        name="door.jpg",
        size=10,
        organization=world.agency,
        created_at=timezone.now(),
    )
    RequestFile.objects.filter(pk=stored.pk).update(thumbnail=stored.file.name)
    return {"number": request.number, "public_id": stored.public_id, "size": "thumbnail"}


@sample("request_paper")
def a_paper(world: World) -> Kwargs:
    return {"number": _request(world).number, "paper": "form"}


@sample("request_unlink")
def a_link(world: World) -> Kwargs:
    request = _request(world)
    relation = RequestRelation.objects.create(
        source=request,
        target=RequestFactory(owner=world.agency, plan=_plan(world), client=_client(world)),
        organization=world.agency,
        created_at=timezone.now(),
    )
    return {"number": request.number, "pk": relation.pk}


@sample("checklist_edit", shared=True)
def a_checklist(world: World) -> Kwargs:
    return {"code": "all"}


@sample("custom_field_edit")
@sample("custom_field_archive")
def a_custom_field(world: World) -> Kwargs:
    field = CustomField.objects.create(
        provider=world.provider,
        label="Serial number",
        created_at=timezone.now(),
        updated_at=timezone.now(),
    )
    return {"public_id": field.public_id}


@sample("request_bulk_results")
def a_bulk_action(world: World) -> Kwargs:
    wanted = {"do": "cancel", "data": {}, "user": None, "numbers": [_request(world).number]}
    prepared = prepare_operation(
        world.people["AGENCY OWNER"],
        "requests.bulk",
        {"do": "cancel"},
        source=ContentFile(json.dumps(wanted).encode()),
    )
    return {"public_id": prepared.public_id}


@sample("assignment_rule_edit")
@sample("assignment_rule_act")
def a_rule_of_assignment(world: World) -> Kwargs:
    rule = world.once(
        "assignment rule",
        lambda: save_assignment_rule(
            system_actor(world.provider), None, method=AssignmentMethod.ROUND_ROBIN
        ),
    )
    return {"public_id": rule.public_id}
