"""A reader of Thrift's compact protocol, in which Parquet writes its footer and its page headers."""

from __future__ import annotations

from typing import Any

DEPTH_MAX = 12

STOP, TRUE, FALSE, BYTE, DOUBLE, BINARY, LIST, SET, STRUCT = 0, 1, 2, 3, 7, 8, 9, 10, 12

Fields = dict[int, Any]


class Compact:
    """Reads from the beginning of `data`; `position` is how far it came.

    ValueError for bytes that follow no protocol, IndexError where they end too early.
    """

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.position = 0

    def structure(self, depth: int = 0) -> Fields:
        """Field number → value: truth values, integers, lists and structures. Texts and floats are None."""
        if depth > DEPTH_MAX:
            raise ValueError("a structure is nested too deeply")
        fields: Fields = {}
        number = 0
        while (head := self._byte()) & 0x0F != STOP:
            number = number + (head >> 4) if head >> 4 else self._zigzag()
            kind = head & 0x0F
            # A truth value stands in the field's own head, and nowhere else.
            fields[number] = kind == TRUE if kind in (TRUE, FALSE) else self._value(kind, depth)
        return fields

    def _value(self, kind: int, depth: int) -> Any:
        if BYTE < kind < DOUBLE:
            return self._zigzag()
        if kind == STRUCT:
            return self.structure(depth + 1)
        if kind in (LIST, SET):
            return self._elements(depth + 1)
        if kind not in (TRUE, FALSE, BYTE, DOUBLE, BINARY):
            raise ValueError("a structure holds a kind of value that none should")
        self._skip(self._varint() if kind == BINARY else 8 if kind == DOUBLE else 1)
        return None

    def _elements(self, depth: int) -> list[Any]:
        if depth > DEPTH_MAX:
            raise ValueError("a list is nested too deeply")
        head = self._byte()
        size = head >> 4 if head >> 4 < 15 else self._varint()
        return [self._value(head & 0x0F, depth) for _ in range(size)]

    def _byte(self) -> int:
        self.position += 1
        return self._data[self.position - 1]

    def _varint(self) -> int:
        value = shift = 0
        while (byte := self._byte()) & 0x80:
            value |= (byte & 0x7F) << shift
            shift += 7
            if shift > 63:
                raise ValueError("a number has no end")
        return value | byte << shift

    def _zigzag(self) -> int:
        value = self._varint()
        return (value >> 1) ^ -(value & 1)

    def _skip(self, size: int) -> None:
        self.position += size
        if self.position > len(self._data):
            raise IndexError("the bytes end too early")


def natural(fields: Fields, number: int) -> int:
    """An integer field that cannot be negative; ValueError where it is missing or not one."""
    value = fields.get(number)
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ValueError(f"field {number} is not a count")
    return value


def structures(fields: Fields, number: int) -> list[Fields]:
    """A field that is a list of structures; ValueError where it is not."""
    value = fields.get(number)
    if not isinstance(value, list) or not all(isinstance(element, dict) for element in value):
        raise ValueError(f"field {number} is not a list of structures")
    return value
