"""The network: origin warehouses, carriers, the cities served, and how long a parcel takes between them.

A promise (时效) is `handling + base + distance / speed` hours, of the carrier that is soonest among those that reach so
far. Distance is the great circle (haversine, mean Earth radius 6371.0088 km, IUGG).
"""

from __future__ import annotations

from functools import cache, cached_property
from math import asin, ceil, cos, radians, sin, sqrt
from pathlib import Path
from typing import Annotated

from pydantic import Field, ValidationError, model_validator

from headwater.contracts.base import CarrierId, Value, WarehouseId

EARTH_KM = 6371.0088
DEFAULT = Path(__file__).parent.parent / "network.json"

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
    def _every_city_is_reached(self) -> Network:
        far = max(carrier.reach_km for carrier in self.carriers.values())
        for city, place in self.cities.items():
            for warehouse, origin in self.origins.items():
                if distance_km(origin, place) > far:
                    raise ValueError(f"no carrier reaches {city} from {warehouse}: give one a larger reach_km")
        return self

    @classmethod
    def load(cls, path: Path = DEFAULT) -> Network:
        """Read a network file (JSON). Raises `BadNetwork`."""
        try:
            return cls.model_validate_json(path.read_bytes())
        except (OSError, ValidationError) as error:
            raise BadNetwork(f"the network in {path} cannot be used: {error}") from error

    def city(self, name: str) -> str | None:
        """The city's name as the network has it, from either script and any case; None if it is not served."""
        return self._names.get(name.casefold().strip())

    def lanes(self, city: str) -> tuple[Lane, ...]:
        """The ways to a served city, the soonest first; between equals by name."""
        return self._lanes[city]

    @cached_property
    def _names(self) -> dict[str, str]:
        both = [(name, name) for name in self.cities] + [(place.name_zh, name) for name, place in self.cities.items()]
        return {written.casefold(): name for written, name in both}

    @cached_property
    def _lanes(self) -> dict[str, tuple[Lane, ...]]:
        return {
            city: tuple(sorted((self._lane(id, city) for id in self.origins), key=lambda x: (x.hours, x.warehouse_id)))
            for city in self.cities
        }

    def _lane(self, warehouse_id: WarehouseId, city: str) -> Lane:
        km = distance_km(self.origins[warehouse_id], self.cities[city])
        hours, carrier_id = min(
            (self.handling_hours + carrier.base_hours + km / carrier.km_per_hour, id)
            for id, carrier in self.carriers.items()
            if km <= carrier.reach_km
        )
        return Lane(warehouse_id=warehouse_id, carrier_id=carrier_id, hours=ceil(hours))

    def lane(self, warehouse_id: WarehouseId, city: str) -> Lane:
        """The way from one warehouse to a served city."""
        return next(lane for lane in self._lanes[city] if lane.warehouse_id == warehouse_id)


def distance_km(a: Place, b: Place) -> float:
    """The great-circle distance."""
    return _haversine(a.lat, a.lon, b.lat, b.lon)


@cache
def _haversine(lat_a: float, lon_a: float, lat_b: float, lon_b: float) -> float:
    north, east = radians(lat_b - lat_a) / 2, radians(lon_b - lon_a) / 2
    half = sin(north) ** 2 + cos(radians(lat_a)) * cos(radians(lat_b)) * sin(east) ** 2
    return 2 * EARTH_KM * asin(sqrt(half))
