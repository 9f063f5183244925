"""Conditions as nested lists: how they read as expression text, and what they say of an item.

    ["cmp", "<", operand, operand]   ["between", operand, low, high]   ["in", operand, [operand, ...]]
    ["exists", path]  ["absent", path]  ["type", path, "SS"]  ["begins", path, value]  ["contains", path, value]
    ["lacks", path, value]  (legacy.py alone: an attribute is there and does not contain the value)
    ["and", condition, ...]  ["or", condition, ...]  ["not", condition]
operand: ["value", v], ["path", path], ["size", path]; path: [name, "name" or index, ...]
"""
import values


class Placeholders:
    """#n0, :v0, ... handed out as expressions are written down."""

    def __init__(self):
        self.names, self.values = {}, {}

    def name(self, attribute):
        for placeholder, known in self.names.items():
            if known == attribute:
                return placeholder
        placeholder = f"#n{len(self.names)}"
        self.names[placeholder] = attribute
        return placeholder

    def value(self, value):
        placeholder = f":v{len(self.values)}"
        self.values[placeholder] = value
        return placeholder

    def path(self, path):
        text = self.name(path[0])
        for step in path[1:]:
            text += f"[{step}]" if isinstance(step, int) else "." + self.name(step)
        return text

    def add_to(self, request):
        if self.names:
            request["ExpressionAttributeNames"] = self.names
        if self.values:
            request["ExpressionAttributeValues"] = self.values


def written_operand(operand, places):
    what, inner = operand
    if what == "value":
        return places.value(inner)
    return places.path(inner) if what == "path" else f"size({places.path(inner)})"


def written(condition, places):
    what = condition[0]
    if what == "cmp":
        return f"{written_operand(condition[2], places)} {condition[1]} {written_operand(condition[3], places)}"
    if what == "between":
        operand, low, high = (written_operand(part, places) for part in condition[1:])
        return f"{operand} BETWEEN {low} AND {high}"
    if what == "in":
        return f"{written_operand(condition[1], places)} IN ({', '.join(written_operand(one, places) for one in condition[2])})"
    if what in ("exists", "absent"):
        return f"attribute_{'exists' if what == 'exists' else 'not_exists'}({places.path(condition[1])})"
    if what == "type":
        return f"attribute_type({places.path(condition[1])}, {places.value({'S': condition[2]})})"
    if what in ("begins", "contains"):
        function = "begins_with" if what == "begins" else "contains"
        return f"{function}({places.path(condition[1])}, {places.value(condition[2])})"
    if what == "not":
        return f"NOT ({written(condition[1], places)})"
    inner = [written(part, places) for part in condition[1:]]
    inner = [f"({text})" if part[0] in ("and", "or") else text for text, part in zip(inner, condition[1:])]
    return f" {what.upper()} ".join(inner)


def at_path(item, path):
    """The value that a path leads to, or None."""
    value = {"M": item}
    for step in path:
        kind = values.kind_of(value)
        if isinstance(step, int):
            if kind != "L" or step >= len(value["L"]):
                return None
            value = value["L"][step]
        else:
            if kind != "M" or step not in value["M"]:
                return None
            value = value["M"][step]
    return value


def _valued(operand, item):
    what, inner = operand
    if what == "value":
        return values.normal(inner)
    found = at_path(item, inner)
    if what == "path" or found is None:
        return found
    size = values.size_function(found)
    return None if size is None else {"N": str(size)}


def _compare(op, a, b):
    if a is None or b is None:
        return op == "<>"
    if op == "=":
        return a == b
    if op == "<>":
        return a != b
    if values.kind_of(a) != values.kind_of(b) or values.kind_of(a) not in ("S", "N", "B"):
        return False
    a, b = values.ordinal(a), values.ordinal(b)
    return {"<": a < b, "<=": a <= b, ">": a > b, ">=": a >= b}[op]


def _contains(container, wanted):
    kind, inner = values.kind_of(container), values.held(container)
    if kind in ("S", "B"):
        return values.kind_of(wanted) == kind and values.ordinal(wanted) in values.ordinal(container)
    if kind in values.SETS:
        return values.kind_of(wanted) == kind[0] and values.held(wanted) in inner
    return kind == "L" and wanted in inner


def holds(condition, item):
    """Whether the condition is true of `item`, whose values are normal()."""
    what = condition[0]
    if what == "and":
        return all(holds(part, item) for part in condition[1:])
    if what == "or":
        return any(holds(part, item) for part in condition[1:])
    if what == "not":
        return not holds(condition[1], item)
    if what == "cmp":
        return _compare(condition[1], _valued(condition[2], item), _valued(condition[3], item))
    if what == "between":
        value, low, high = (_valued(part, item) for part in condition[1:])
        return value is not None and _compare(">=", value, low) and _compare("<=", value, high)
    if what == "in":
        value = _valued(condition[1], item)
        return value is not None and any(value == _valued(one, item) for one in condition[2])
    found = at_path(item, condition[1])
    if what in ("exists", "absent"):
        return (found is not None) == (what == "exists")
    if found is None:
        return False
    if what == "type":
        return values.kind_of(found) == condition[2]
    wanted = values.normal(condition[2])
    if what in ("contains", "lacks"):
        return _contains(found, wanted) == (what == "contains")
    return values.kind_of(found) == values.kind_of(wanted) and values.ordinal(found).startswith(values.ordinal(wanted))
