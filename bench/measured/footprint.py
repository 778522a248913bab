"""Memory and CPU of the site's processes while it is used, and whether the memory grows."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import numpy as np
import psutil
from measured.site import Site
from scipy.stats import t as student

FAMILIES = ("web", "worker", "models", "endpoints")
SERVICES = ("postgres", "redis")
BLOCKS = 8  # means of so many stretches are what the slope is taken of: neighbouring samples are alike


@dataclass(frozen=True)
class Growth:
    """Of the memory over a stretch of time, in MB, with its 95 % interval; `level` is its mean."""

    level: float
    grown: float
    low: float
    high: float

    @property
    def percent(self) -> float:
        return 100 * self.grown / self.level

    @property
    def proven_percent(self) -> float:
        return 100 * max(self.low, 0.0) / self.level


@dataclass
class Footprint:
    """Samples, one a second: clock time of the loop, and MB of each family."""

    site: Site
    at: list[float] = field(default_factory=list)
    megabytes: dict[str, list[float]] = field(default_factory=lambda: {name: [] for name in FAMILIES})

    async def watch(self) -> None:
        families = {name: self.site.family(name) for name in FAMILIES}
        loop = asyncio.get_running_loop()
        while True:
            self.at.append(loop.time())
            for name, those in families.items():
                self.megabytes[name].append(sum(resident(each) for each in those))
            await asyncio.sleep(1.0)

    def growth(self, since: float, names: tuple[str, ...]) -> Growth:
        """By least squares over the means of eight stretches of equal length from `since` on."""
        at = np.array(self.at)
        held = np.sum([self.megabytes[name] for name in names], axis=0)[at >= since]
        blocks = np.array([block.mean() for block in np.array_split(held, BLOCKS)])
        place = np.arange(BLOCKS) - (BLOCKS - 1) / 2
        slope = float(place @ blocks / (place @ place))
        rest = blocks - blocks.mean() - slope * place
        error = float(np.sqrt(rest @ rest / (BLOCKS - 2) / (place @ place)))
        half = float(student.ppf(0.975, BLOCKS - 2)) * error
        return Growth(float(held.mean()), *(BLOCKS * each for each in (slope, slope - half, slope + half)))


def resident(process: psutil.Process) -> float:
    """MB in memory; nothing of one that has ended."""
    try:
        return float(process.memory_info().rss) / 1e6
    except psutil.NoSuchProcess:
        return 0.0


def busy_seconds(site: Site) -> dict[str, float]:
    """Seconds of CPU that each family has had."""
    found = {}
    for name in (*FAMILIES, *SERVICES):
        times = [each.cpu_times() for each in site.family(name)]
        # children_*: of those that have ended, such as connections to the database that were closed
        found[name] = sum(each.user + each.system for each in times)
        found[name] += times[0].children_user + times[0].children_system
    return found
