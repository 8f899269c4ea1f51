"""Messages of protocol buffers to the objects that JSON would make of them, and back, by tables of fields.

Only what the fake services use: no groups, no packed lists, unknown fields are skipped.
Sources: "Protocol Buffers: Encoding", and `struct.proto` for objects of any shape.
"""

from __future__ import annotations

import base64
import struct
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple


class Field(NamedTuple):
    """One field of a message."""

    name: str
    """As JSON has it."""
    kind: str
    """`string`, `bytes` (base64 in JSON), `int`, `bool`, `double`, `object` (any JSON object), or the name of a message or an enum."""
    many: bool = False
    """A list."""
    mapped: bool = False
    """A map from strings."""


class Schema:
    """Messages and enums by name.

    Args:
        messages: Name -> field number -> field.
        enums: Name -> the names of its values, from 0 on.
    """

    def __init__(
        self, messages: Mapping[str, Mapping[int, Field]], enums: Mapping[str, tuple[str, ...]] | None = None
    ) -> None:
        self._messages = {**messages, **_STRUCT}
        self._enums = enums or {}

    def decode(self, data: bytes, message: str) -> dict[str, Any]:
        """The object that a message says.

        Raises:
            ValueError: It is none.
        """
        found: dict[str, Any] = {}
        fields = self._messages[message]
        for number, raw in _fields(data):
            field = fields.get(number)
            if field is None:
                continue
            if field.mapped:
                entry = dict(_fields(_bytes(raw)))
                key = _bytes(entry.get(1, b"")).decode()
                found.setdefault(field.name, {})[key] = self._value(entry.get(2, b""), field.kind)
            elif field.many:
                found.setdefault(field.name, []).append(self._value(raw, field.kind))
            else:
                found[field.name] = self._value(raw, field.kind)
        return found

    def encode(self, value: Mapping[str, Any], message: str) -> bytes:
        """A message that says an object; members that it has no field for are left out."""
        out = bytearray()
        for number, field in self._messages[message].items():
            if field.name not in value:
                continue
            given = value[field.name]
            if field.mapped:
                entries = Field("value", field.kind)
                for key, inner in given.items():
                    entry = _delimited(1, key.encode()) + self._field(2, entries, inner)
                    out += _delimited(number, entry)
            else:
                for each in given if field.many else [given]:
                    out += self._field(number, field, each)
        return bytes(out)

    def _value(self, raw: int | bytes, kind: str) -> Any:
        if kind in self._enums:
            return self._enums[kind][int(raw)] if isinstance(raw, int) else None
        match kind:
            case "string":
                return _bytes(raw).decode()
            case "bytes":
                return base64.b64encode(_bytes(raw)).decode()
            case "int":
                return raw
            case "bool":
                return bool(raw)
            case "double":
                number = struct.unpack("<d", _bytes(raw))[0]
                return int(number) if number.is_integer() else number
            case "object":
                return _plain(self.decode(_bytes(raw), "Struct"))
        return self.decode(_bytes(raw), kind)

    def _field(self, number: int, field: Field, value: Any) -> bytes:
        kind = field.kind
        if kind in self._enums:
            return _varint(number << 3) + _varint(self._enums[kind].index(value))
        match kind:
            case "string":
                return _delimited(number, value.encode())
            case "bytes":
                return _delimited(number, base64.b64decode(value))
            case "int" | "bool":
                return _varint(number << 3) + _varint(int(value))
            case "double":
                return _varint(number << 3 | 1) + struct.pack("<d", value)
            case "object":
                return _delimited(number, self.encode(_wrapped(value), "Struct"))
        return _delimited(number, self.encode(value, kind))


_STRUCT = {
    "Struct": {1: Field("fields", "Value", mapped=True)},
    "ListValue": {1: Field("values", "Value", many=True)},
    "Value": {
        1: Field("null", "int"),
        2: Field("number", "double"),
        3: Field("string", "string"),
        4: Field("bool", "bool"),
        5: Field("struct", "Struct"),
        6: Field("list", "ListValue"),
    },
}


def _plain(wrapped: Mapping[str, Any]) -> dict[str, Any]:
    """An object without the wrappers of `struct.proto`."""
    return {key: _plain_value(value) for key, value in wrapped.get("fields", {}).items()}


def _plain_value(value: Mapping[str, Any]) -> Any:
    [(kind, inner)] = value.items()
    match kind:
        case "null":
            return None
        case "struct":
            return _plain(inner)
        case "list":
            return [_plain_value(each) for each in inner.get("values", [])]
    return inner


def _wrapped(value: Mapping[str, Any]) -> dict[str, Any]:
    return {"fields": {key: _wrapped_value(inner) for key, inner in value.items()}}


def _wrapped_value(value: Any) -> dict[str, Any]:
    match value:
        case None:
            return {"null": 0}
        case bool():
            return {"bool": value}
        case int() | float():
            return {"number": float(value)}
        case str():
            return {"string": value}
        case list():
            return {"list": {"values": [_wrapped_value(each) for each in value]}}
    return {"struct": _wrapped(value)}


def _fields(data: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Number and value of each field: a number for a varint, else bytes."""
    at = 0
    while at < len(data):
        tag, at = _read_varint(data, at)
        kind = tag & 7
        if kind == 0:
            value, at = _read_varint(data, at)
            yield tag >> 3, value
            continue
        size = {1: 8, 5: 4}.get(kind, 0)
        if kind == 2:
            size, at = _read_varint(data, at)
        if kind not in (1, 2, 5) or at + size > len(data):
            raise ValueError("the message is broken")
        yield tag >> 3, data[at : at + size]
        at += size


def _read_varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while at < len(data) and shift < 70:
        value |= (data[at] & 0x7F) << shift
        shift += 7
        at += 1
        if data[at - 1] < 0x80:
            return value, at
    raise ValueError("the message is cut short")


def _bytes(raw: int | bytes) -> bytes:
    if isinstance(raw, bytes):
        return raw
    raise ValueError("the message has a number where a text belongs")


def _delimited(number: int, value: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(value)) + value


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)
