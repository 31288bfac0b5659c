"""What each geocoder answers, for the contract that all pass: a house, nothing, and oddities.

KAZAN is the house at 55.7944 N, 49.1115 E. Shapes after each service's documentation.
"""

import json
from typing import Any

LATITUDE, LONGITUDE = 55.7944, 49.1115
ADDRESS = "г Казань, ул Чистопольская, д 12"


def dadata(latitude: Any, longitude: Any) -> Any:
    data = {
        "city": "Казань",
        "street_with_type": "ул Чистопольская",
        "house": "12",
        "block": None,
        "geo_lat": latitude,
        "geo_lon": longitude,
        "qc_geo": "0",
    }
    return {"suggestions": [{"value": ADDRESS, "data": data}]}


def yandex(latitude: Any, longitude: Any) -> Any:
    components = [
        {"kind": "country", "name": "Россия"},
        {"kind": "locality", "name": "Казань"},
        {"kind": "street", "name": "ул Чистопольская"},
        {"kind": "house", "name": "12"},
    ]
    said = {
        "kind": "house",
        "text": ADDRESS,
        "precision": "exact",
        "Address": {"Components": components},
    }
    member = {
        "GeoObject": {
            "metaDataProperty": {"GeocoderMetaData": said},
            "Point": {"pos": f"{longitude} {latitude}"},
        }
    }
    return {"response": {"GeoObjectCollection": {"featureMember": [member]}}}


def nominatim(latitude: Any, longitude: Any) -> Any:
    parts = {"city": "Казань", "road": "ул Чистопольская", "house_number": "12"}
    return [{"lat": latitude, "lon": longitude, "display_name": ADDRESS, "address": parts}]


HOUSE = {"dadata": dadata, "yandex": yandex, "nominatim": nominatim}
NOTHING: dict[str, Any] = {
    "dadata": {"suggestions": []},
    "yandex": {"response": {"GeoObjectCollection": {"featureMember": []}}},
    "nominatim": [],
}


def house(name: str, latitude: Any = str(LATITUDE), longitude: Any = str(LONGITUDE)) -> bytes:
    return json.dumps(HOUSE[name](latitude, longitude)).encode()


def nothing(name: str) -> bytes:
    return json.dumps(NOTHING[name]).encode()
