"""Updates as lists of actions: how they read as expression text, and what they make of an item.

    ["set", path, expression]  ["remove", path]  ["add", path, value]  ["delete", path, value]
expression: ["value", v], ["path", path], ["plus", e, e], ["minus", e, e], ["if_not_exists", path, e], ["append", e, e]
"""
import copy
import decimal

import values
from conditions import at_path

NO_ATTRIBUTE = "The provided expression refers to an attribute that does not exist in the item"
WRONG_TYPE = "An operand in the update expression has an incorrect data type"
BAD_PATH = "The document path provided in the update expression is invalid for update"


class Refused(Exception):
    pass


def _written_expression(expression, places):
    what = expression[0]
    if what == "value":
        return places.value(expression[1])
    if what == "path":
        return places.path(expression[1])
    if what == "if_not_exists":
        return f"if_not_exists({places.path(expression[1])}, {_written_expression(expression[2], places)})"
    first, second = (_written_expression(part, places) for part in expression[1:])
    if what == "append":
        return f"list_append({first}, {second})"
    return f"{first} {'+' if what == 'plus' else '-'} {second}"


def written(actions, places):
    clauses = []
    for kind in ("set", "remove", "add", "delete"):
        parts = []
        for action in actions:
            if action[0] != kind:
                continue
            path = places.path(action[1])
            if kind == "set":
                parts.append(f"{path} = {_written_expression(action[2], places)}")
            else:
                parts.append(path if kind == "remove" else f"{path} {places.value(action[2])}")
        if parts:
            clauses.append(f"{kind.upper()} {', '.join(parts)}")
    return " ".join(clauses)


def given(actions):
    """{attribute: value} of those that are set to a value of the request, or to which one is added."""
    values_given = {}
    for action in actions:
        if len(action[1]) == 1 and action[0] == "add":
            values_given[action[1][0]] = action[2]
        elif len(action[1]) == 1 and action[0] == "set" and action[2][0] == "value":
            values_given[action[1][0]] = action[2][1]
    return values_given


def _sum(first, second, sign):
    if values.kind_of(first) != "N" or values.kind_of(second) != "N":
        raise Refused(WRONG_TYPE)
    total = decimal.Decimal(first["N"]) + sign * decimal.Decimal(second["N"])
    return {"N": values.canonical(total)}


def _evaluate(expression, item):
    what = expression[0]
    if what == "value":
        return values.normal(expression[1])
    if what == "path":
        found = at_path(item, expression[1])
        if found is None:
            raise Refused(NO_ATTRIBUTE)
        return found
    if what == "if_not_exists":
        found = at_path(item, expression[1])
        return _evaluate(expression[2], item) if found is None else found
    first, second = (_evaluate(part, item) for part in expression[1:])
    if what == "append":
        if values.kind_of(first) != "L" or values.kind_of(second) != "L":
            raise Refused(WRONG_TYPE)
        return {"L": first["L"] + second["L"]}
    return _sum(first, second, 1 if what == "plus" else -1)


def _worked_out(action, item):
    """(path, new value or None to remove) of one action, reading only the old item."""
    what, path = action[:2]
    parent = at_path(item, path[:-1])
    if parent is None or values.kind_of(parent) != ("L" if isinstance(path[-1], int) else "M"):
        raise Refused(BAD_PATH)
    if what == "remove":
        return path, None
    if what == "set":
        return path, _evaluate(action[2], item)
    old, operand = at_path(item, path), values.normal(action[2])
    if old is None:
        return path, operand if what == "add" else None
    if values.kind_of(old) != values.kind_of(operand):
        raise Refused(WRONG_TYPE)
    if what == "add" and "N" in operand:
        return path, _sum(old, operand, 1)
    kind = values.kind_of(operand)
    if kind == "L":  # only AttributeUpdates can ask for it
        return path, {"L": old["L"] + operand["L"]}
    members = set(old[kind]) | set(operand[kind]) if what == "add" else set(old[kind]) - set(operand[kind])
    return path, {kind: sorted(members)} if members else None


def faults(actions, item):
    """The texts of everything that is wrong with the update for this item: the service reports one of them."""
    found = set()
    for action in actions:
        try:
            _worked_out(action, item)
        except Refused as refused:
            found.add(str(refused))
    return found


def apply(actions, item):
    """The new item. All actions read the old one; list indexes are those of the old one, too."""
    changes = [_worked_out(action, item) for action in actions]
    new = copy.deepcopy(item)
    appended, removed = [], []
    for path, value in changes:
        parent, last = at_path(new, path[:-1]), path[-1]
        if isinstance(last, int):
            if value is None:
                removed.append((path, parent["L"]))
            elif last < len(parent["L"]):
                parent["L"][last] = copy.deepcopy(value)
            else:
                appended.append((last, parent["L"], value))
        elif value is None:
            parent["M"].pop(last, None)
        else:
            parent["M"][last] = copy.deepcopy(value)
    lengths = {id(elements): len(elements) for _, elements in removed}
    for _, elements, value in sorted(appended, key=lambda change: change[0]):
        elements.append(copy.deepcopy(value))
    for path, elements in sorted(removed, key=lambda change: -change[0][-1]):
        if path[-1] < lengths[id(elements)]:
            del elements[path[-1]]
    return new


def projected(item, paths):
    """The parts of the item that the paths name; list elements close up."""
    tree = {}
    for path in paths:
        node = tree
        for step in path:
            node = node.setdefault(step, {})

    def cut(value, node):
        if not node:
            return value
        if "M" in value:
            inner = {step: cut(value["M"][step], rest) for step, rest in node.items() if step in value["M"]}
            inner = {step: part for step, part in inner.items() if part is not None}
            return {"M": inner} if inner else None
        if "L" in value:
            inner = [cut(value["L"][step], node[step]) for step in sorted(s for s in node if isinstance(s, int)) if step < len(value["L"])]
            inner = [part for part in inner if part is not None]
            return {"L": inner} if inner else None
        return None

    found = cut({"M": item}, tree) if tree else None
    return found["M"] if found else {}
