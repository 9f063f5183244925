"""Requests with a wrong JSON type at one member, and the text the service has for it (tests/cases/recorded/serialization.json).

A path leads through structures, list indexes and map keys ("Attr"); "AttrStruct<X>" is a whole attribute value, tried at
every member and two levels down.
"""
import json

import replay_cases

SENT = {"true": True, "false": False, "integer": 23, "fraction": -2.34, "string": "abcd", "array": [], "object": {},
        "string whose length is no multiple of 4 (here 5)": "abcde", "string with a bad last character": "abcd5bb="}
MODEL_PACKAGE = "com.amazonaws.dynamodb.v20120810."


def generic(name):
    """T of Map<T>, with its package unless it has one."""
    return name if "." in name else MODEL_PACKAGE + name


def texts(rules, kind):
    """{what is sent: text} for one kind of member."""
    if kind in rules:
        return rules[kind]
    family, name = kind[:-1].split("<", 1)
    if family == "Map":
        rule = dict(rules["Map<T>"])
        rule["array"] = f"Unrecognized collection type java.util.Map<java.lang.String, {generic(name)}>"
        return rule
    key = next(row for row in rules if row.startswith(family + "<T>"))
    rule = dict(rules[key])
    rule["array"] = f"Unrecognized collection type class {generic(name)}"
    return rule


def attribute_value_members(levels):
    """(path below an attribute value, kind) for each of its members."""
    for member, kind in (("S", "String"), ("N", "String"), ("B", "Blob"), ("BOOL", "Boolean"), ("NULL", "Boolean"),
                         ("SS", "List"), ("NS", "List"), ("BS", "List"), ("L", "List"), ("M", "Map<AttributeValue>"),
                         ("SS.0", "String"), ("NS.0", "String"), ("BS.0", "Blob"),
                         ("L.0", "ValueStruct<AttributeValue>"), ("M.a", "ValueStruct<AttributeValue>")):
        yield member, kind
    if levels > 0:
        for holder in ("L.0", "M.a"):
            for member, kind in attribute_value_members(levels - 1):
                yield f"{holder}.{member}", kind


def body(path, value):
    for piece in reversed(path.split(".")):
        value = [value] if piece == "0" else {piece: value}
    return value


def cases():
    """(operation, path, request, expected text)."""
    recorded = json.loads((replay_cases.CASES / "serialization.json").read_text())
    rules = recorded["rules"]
    for operation, paths in recorded["paths"].items():
        for path, kind in paths.items():
            leaves = [(path, kind)]
            if kind.startswith("AttrStruct"):
                outer = kind[len("AttrStruct<"):-1]
                leaves = [(path, f"{outer}<AttributeValue>")]
                leaves += [(f"{path}.{below}", inner) for below, inner in attribute_value_members(1)]
            for leaf, leaf_kind in leaves:
                for what, text in texts(rules, leaf_kind).items():
                    yield operation, leaf, body(leaf, SENT[what]), text
