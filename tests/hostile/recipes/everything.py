"""Every hostile file, by name."""

from __future__ import annotations

from tests.hostile.making import Hostile
from tests.hostile.recipes import json_lines, models, packed, pictures, tables, text

EVERY: dict[str, Hostile] = {
    each.name: each
    for recipes in (packed, json_lines, text, tables, pictures, models)
    for each in recipes.RECIPES
}
