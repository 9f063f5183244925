"""The parameters from before expressions: which conditions and updates of the model they can say, and how they say them.

Their conditions are one leaf for each attribute, joined by AND or by OR; their updates are whole attributes:
    ["cmp", op, ["path", [name]], ["value", v]]  ["between", ...]  ["in", ...]  ["exists", [name]]  ["absent", [name]]
    ["begins", [name], v]  ["contains", [name], v]  ["lacks", [name], v]   ["and"|"or", leaf, ...]
    ["set", [name], ["value", v]]  ["add", [name], v]  ["delete", [name], set]  ["remove", [name]]
"""
import values

WRONG_TYPE = "Type mismatch for attribute to update"
COMPARISONS = {"=": "EQ", "<>": "NE", "<": "LT", "<=": "LE", ">": "GT", ">=": "GE"}
OTHERS = {"begins": "BEGINS_WITH", "contains": "CONTAINS", "lacks": "NOT_CONTAINS", "exists": "NOT_NULL", "absent": "NULL"}


def _leaf(generator, table, name):
    random, value = generator.random, generator.attribute(table, name)
    what = random.choice(["cmp", "cmp", "between", "in", "exists", "absent", "begins", "contains", "lacks"])
    if what == "between":
        low, high = random.choice([({"S": "a"}, {"S": "b"}), ({"N": "-7"}, {"N": "1"}), ({"N": "2"}, {"N": "2.0"})])
        return ["between", ["path", [name]], ["value", low], ["value", high]]
    if what == "in" and values.kind_of(value) in ("S", "N", "B"):
        like = [value] + [other for other in (generator.attribute(table, name) for _ in range(2))
                          if values.kind_of(other) == values.kind_of(value)]
        return ["in", ["path", [name]], [["value", one] for one in like]]
    if what == "begins":
        return ["begins", [name], random.choice([{"S": "a"}, {"S": "g"}, {"B": "AA=="}])]
    if what in ("contains", "lacks"):
        return [what, [name], random.choice([{"S": "a"}, {"S": "b"}, {"N": "1"}, {"B": "YQ=="}])]
    if what in ("exists", "absent"):
        return [what, [name]]
    ordered = values.kind_of(value) in ("S", "N", "B")
    return ["cmp", random.choice(list(COMPARISONS) if ordered else ["=", "<>"]), ["path", [name]], ["value", value]]


def condition(generator, table, names):
    chosen = generator.random.sample(names, min(len(names), generator.random.randint(1, 3)))
    leaves = [_leaf(generator, table, name) for name in chosen]
    return leaves[0] if len(leaves) == 1 else [generator.random.choice(["and", "or"])] + leaves


def actions(generator, table):
    random, made = generator.random, []
    for name in random.sample(generator.free_names(table), random.randint(1, 4)):
        value = generator.attribute(table, name)
        kind = values.kind_of(value)
        choices = [["set", [name], ["value", value]], ["remove", [name]]]
        if name != "late" and (kind in ("N", "L") or kind in values.SETS):
            choices.append(["add", [name], value])
        if kind in values.SETS:
            choices.append(["delete", [name], value])
        made.append(random.choice(choices))
    return made


def makes_item(actions_):
    """Deleting makes no item of nothing."""
    return any(action[0] in ("set", "add") for action in actions_)


def _said(leaf):
    what = leaf[0]
    if what == "cmp":
        return leaf[2][1][0], COMPARISONS[leaf[1]], [leaf[3][1]]
    if what == "between":
        return leaf[1][1][0], "BETWEEN", [leaf[2][1], leaf[3][1]]
    if what == "in":
        return leaf[1][1][0], "IN", [one[1] for one in leaf[2]]
    return leaf[1][0], OTHERS[what], leaf[2:]


def written(request, member, said):
    """Puts a condition into `request` under Expected, QueryFilter, ScanFilter or KeyConditions."""
    leaves = said[1:] if said[0] in ("and", "or") else [said]
    request[member] = {}
    for name, operator, arguments in map(_said, leaves):
        request[member][name] = {"ComparisonOperator": operator}
        if arguments:
            request[member][name]["AttributeValueList"] = arguments
    if len(leaves) > 1 and member != "KeyConditions":
        request["ConditionalOperator"] = said[0].upper()


def written_updates(actions_):
    updates = {}
    for what, path, *operand in actions_:
        update = updates[path[0]] = {"Action": {"set": "PUT", "add": "ADD"}.get(what, "DELETE")}
        if operand:
            update["Value"] = operand[0][1] if what == "set" else operand[0]
    return updates
