"""The network: origin warehouses, carriers, the cities served, and how long a parcel takes between them.

A promise (时效) is `handling + base + distance / speed` hours, of the carrier that is soonest among those that reach so
far. Distance is the great circle (haversine, mean Earth radius 6371.0088 km, IUGG).
"""

from __future__ import annotations

import re
from functools import cache, cached_property, lru_cache
from math import asin, ceil, cos, radians, sin, sqrt
from pathlib import Path
from typing import Annotated
from unicodedata import combining, normalize

from pydantic import Field, ValidationError, model_validator

from headwater.contracts.base import CarrierId, Value, WarehouseId

EARTH_KM = 6371.0088
DEFAULT = Path(__file__).parent.parent / "network.json"
MOST_HOURS = 366 * 24
"""The longest promise that makes sense, a year."""
PARTNER_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")
"""The id of a partner stands between dots in the names of its topics."""

Latitude = Annotated[float, Field(ge=-90, le=90)]
Longitude = Annotated[float, Field(ge=-180, le=180)]


class Place(Value):
    """A point on Earth, in degrees."""

    name_zh: str
    lat: Latitude
    lon: Longitude


class Origin(Place):
    """An origin warehouse (产地仓)."""

    name: str


class Carrier(Value):
    """A carrier: hours before it moves, its speed, and how far it goes."""

    name: str
    base_hours: Annotated[float, Field(ge=0)]
    km_per_hour: Annotated[float, Field(gt=0)]
    reach_km: Annotated[float, Field(gt=0)]


class Lane(Value):
    """The way from a warehouse to a city: who carries, and in how many hours the parcel is promised."""

    warehouse_id: WarehouseId
    carrier_id: CarrierId
    hours: int


class BadNetwork(Exception):
    """The network file cannot be used; the text says what is wrong with it."""


class Network(Value):
    """All places and carriers. Immutable: a rule that is given the same network decides the same."""

    handling_hours: Annotated[float, Field(ge=0)]
    origins: Annotated[dict[WarehouseId, Origin], Field(min_length=1)]
    carriers: Annotated[dict[CarrierId, Carrier], Field(min_length=1)]
    cities: Annotated[dict[str, Place], Field(min_length=1)]

    @model_validator(mode="after")
    def _can_be_worked_with(self) -> Network:
        for id in (*self.origins, *self.carriers):
            if not PARTNER_ID.fullmatch(id):
                raise ValueError(f"{id!r} cannot be part of a topic's name: use letters, digits, hyphens, underscores")
        _ = self._names, self._lanes  # each raises ValueError at what it cannot work with
        return self

    @classmethod
    def load(cls, path: Path = DEFAULT) -> Network:
        """Read a network file (JSON). Raises `BadNetwork`."""
        try:
            return cls.model_validate_json(path.read_bytes())
        except OSError as error:
            raise BadNetwork(f"the network in {path} cannot be read: {error.strerror}") from error
        except ValidationError as error:
            raise BadNetwork(f"the network in {path} cannot be used: {_told(error)}") from error

    def city(self, name: str) -> str | None:
        """The city's name as the network has it, from either script, any case, with or without accents; else None."""
        return self._names.get(plain(name))

    def lanes(self, city: str) -> tuple[Lane, ...]:
        """The ways to a served city, the soonest first; between equals by name."""
        return self._lanes[city]

    @cached_property
    def _names(self) -> dict[str, str]:
        names: dict[str, str] = {}
        for city, place in self.cities.items():
            for written in (city, place.name_zh):
                if not plain(written):
                    raise ValueError(f"the city {city!r} lacks a name in one of the scripts")
                if names.setdefault(plain(written), city) != city:
                    raise ValueError(f"{written} is a name of both {names[plain(written)]} and {city}")
        return names

    @cached_property
    def _lanes(self) -> dict[str, tuple[Lane, ...]]:
        return {
            city: tuple(sorted((self._lane(id, city) for id in self.origins), key=lambda x: (x.hours, x.warehouse_id)))
            for city in self.cities
        }

    def _lane(self, warehouse_id: WarehouseId, city: str) -> Lane:
        km = distance_km(self.origins[warehouse_id], self.cities[city])
        ways = [
            (self.handling_hours + carrier.base_hours + km / carrier.km_per_hour, id)
            for id, carrier in self.carriers.items()
            if km <= carrier.reach_km
        ]
        if not ways:
            raise ValueError(f"no carrier reaches {city} from {warehouse_id}: give one a larger reach_km")
        hours, carrier_id = min(ways)
        if hours > MOST_HOURS:
            raise ValueError(f"{city} would be {hours:.0f} h from {warehouse_id}, and {MOST_HOURS} h are the most")
        return Lane(warehouse_id=warehouse_id, carrier_id=carrier_id, hours=ceil(hours))

    def lane_held(self, warehouse_id: WarehouseId, city: str) -> Lane:
        """The way of goods that are held and paid: they go, even if their warehouse or city has left the network since.

        What is no longer known is promised as the longest way that is, rather than too soon.
        """
        served = self.city(city)
        lanes = [lane for to in ((served,) if served else self.cities) for lane in self._lanes[to]]
        own = [lane for lane in lanes if lane.warehouse_id == warehouse_id]
        return max(own or lanes, key=lambda lane: lane.hours)


def _told(error: ValidationError) -> str:
    faults = (
        (".".join(map(str, fault["loc"])), fault["msg"].removeprefix("Value error, ")) for fault in error.errors()
    )
    return "; ".join(f"{place}: {what}" if place else what for place, what in faults)


@lru_cache(maxsize=4096)
def plain(name: str) -> str:
    """A name as it is compared: "São Paulo" and " sao paulo" are one."""
    letters = normalize("NFKD", name.strip().casefold())
    return "".join(letter for letter in letters if not combining(letter))


def distance_km(a: Place, b: Place) -> float:
    """The great-circle distance."""
    return _haversine(a.lat, a.lon, b.lat, b.lon)


@cache
def _haversine(lat_a: float, lon_a: float, lat_b: float, lon_b: float) -> float:
    north, east = radians(lat_b - lat_a) / 2, radians(lon_b - lon_a) / 2
    half = sin(north) ** 2 + cos(radians(lat_a)) * cos(radians(lat_b)) * sin(east) ** 2
    return 2 * EARTH_KM * asin(sqrt(half))
