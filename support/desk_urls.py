"""URLs of the support desk: desk pages."""

from django.urls import URLPattern, path

from support.views.desk import (
    bulk,
    export,
    joining,
    letters,
    macros,
    new,
    outages,
    pictures,
    saying,
    sorting,
    ticket,
)
from support.views.desk import list as listing

urlpatterns: list[URLPattern] = [
    path("", listing.desk_list, name="desk_list"),
    path("pictures/<slug:kind>/<slug:public_id>/", pictures.desk_picture, name="desk_picture"),
    path("new/", new.desk_new, name="desk_new"),
    path("export/", export.desk_export, name="desk_export"),
    path("bulk/", bulk.desk_bulk, name="desk_bulk"),
    path("bulk/<slug:public_id>/", bulk.desk_bulk_results, name="desk_bulk_results"),
    path("outages/", outages.desk_outages, name="desk_outages"),
    path("outages/<slug:public_id>/", outages.desk_outage, name="desk_outage"),
    path("letters/", letters.desk_letters, name="desk_letters"),
    path("letters/<int:key>/", letters.desk_letter, name="desk_letter"),
    path("letters/<int:key>/open/", letters.desk_letter_open, name="desk_letter_open"),
    path("macros/", macros.desk_macros, name="desk_macros"),
    path("macros/new/", macros.desk_macro_new, name="desk_macro_new"),
    path("macros/<slug:public_id>/", macros.desk_macro_edit, name="desk_macro_edit"),
    path("macros/<slug:public_id>/archive/", macros.desk_macro_archive, name="desk_macro_archive"),
    path("<str:number>/", ticket.desk_ticket, name="desk_ticket"),
    path("<str:number>/answer/", saying.desk_answer, name="desk_answer"),
    path("<str:number>/note/", saying.desk_note, name="desk_note"),
    path("<str:number>/macro/<slug:public_id>/", saying.desk_macro_text, name="desk_macro_text"),
    path("<str:number>/colleagues/", saying.desk_colleagues, name="desk_colleagues"),
    path("<str:number>/take/", sorting.desk_take, name="desk_take"),
    path("<str:number>/assign/", sorting.desk_assign, name="desk_assign"),
    path("<str:number>/move/<slug:transition>/", sorting.desk_move, name="desk_move"),
    path("<str:number>/sort/", sorting.desk_sort, name="desk_sort"),
    path("<str:number>/tags/", sorting.desk_tags, name="desk_tags"),
    path("<str:number>/link/", sorting.desk_link, name="desk_link"),
    path("<str:number>/observers/", sorting.desk_observers, name="desk_observers"),
    path("<str:number>/relate/", sorting.desk_relate, name="desk_relate"),
    path("<str:number>/presence/", sorting.desk_presence, name="desk_presence"),
    path("<str:number>/merge/", joining.desk_merge, name="desk_merge"),
    path("<str:number>/split/", joining.desk_split, name="desk_split"),
]
