"""Random operations, each a plain dict that can be printed, kept and replayed. Names and values come from small domains, so
that keys collide, conditions hold about half of the time, and attributes have now this type and now that."""
import base64
import copy

import legacy
from oracle import Index, Table

KEYS = {"S": ["a", "\u00e9", "a longer key"], "N": ["0", "1.0", "-1.5", "1E2", "100"], "B": ["AA==", "AP8=", "/w=="]}
NUMBERS = ["0", "1", "1.0", "2", "-1.5", "10", "100", "1E2", "0.001", "-7", "12345678901234567890.5"]
BYTES = [base64.b64encode(raw).decode() for raw in (b"\0", b"\0\xff", b"a", b"ab", b"\xff", b"\0\x01")]
TEXTS = ["", "a", "ab", "abc", "b", "\u00e9\U0001f600", "\U0001f600", "a b \"c\" \\ \n"]


def fresh_tables():
    return {
        "one": Table({"pk": "S", "g": "S", "r": "N"}, "pk", None, {"by_g": Index("g", "r")}),
        "two": Table({"pk": "S", "sk": "N", "l": "S", "g": "S", "r": "N"}, "pk", "sk", {
            "by_l": Index("pk", "l", local=True),
            "by_g": Index("g", None, "KEYS_ONLY"),
            "by_gr": Index("g", "r", "INCLUDE", ("a", "m"))}),
        "three": Table({"pk": "N", "sk": "B", "l": "N", "r": "N"}, "pk", "sk", {
            "by_l": Index("pk", "l", "KEYS_ONLY", local=True),
            "by_r": Index("r", "l")}),
    }


LATE = "by_late"  # an index that comes and goes while its table is used


def change_index(table, add):
    if add and LATE not in table.indexes:
        table.kinds["late"] = "S"
        table.indexes[LATE] = Index("late", "r" if len(table.kinds) % 2 else None)
    elif not add and LATE in table.indexes:
        del table.kinds["late"], table.indexes[LATE]


class Generator:
    def __init__(self, random):
        self.random = random
        self.tables = fresh_tables()  # for their schemas alone

    def operation(self):
        kind = self.random.choices(
            ["PutItem", "UpdateItem", "DeleteItem", "GetItem", "Query", "Scan", "BatchWriteItem", "BatchGetItem",
             "TransactWriteItems", "TransactGetItems", "ChangeIndex"],
            [20, 34, 3, 6, 16, 8, 3, 2, 5, 1, 1])[0]
        op = getattr(self, "_" + kind)()
        if kind in ("PutItem", "UpdateItem", "DeleteItem", "GetItem", "Query", "Scan") and self.random.random() < 0.2:
            self._make_legacy(op)
        return {**op, "capacity": self.random.random() < 0.5}

    def _make_legacy(self, op):
        """Says the same kind of thing in the parameters from before expressions."""
        op["legacy"] = True
        if op.get("condition"):
            op["condition"] = legacy.condition(self, op["table"], self.free_names(op["table"]) + self.tables[op["table"]].keys)
        if "filter" in op:
            op["filter"] = legacy.condition(self, op["table"], op["filterable"])
        if "actions" in op:
            op["actions"] = legacy.actions(self, op["table"])
        if "projection" in op:
            op["projection"] = [[name] for name in dict.fromkeys(path[0] for path in op["projection"])]

    # Values ---------------------------------------------------------------------------------------------------------

    def key_value(self, kind, domain=None):
        return {kind: self.random.choice(domain or KEYS[kind])}

    def scalar(self):
        kind = self.random.choice("SSNNB") if self.random.random() < 0.85 else self.random.choice(["BOOL", "NULL"])
        if kind == "BOOL":
            return {"BOOL": self.random.random() < 0.5}
        return {"NULL": True} if kind == "NULL" else {kind: self.random.choice({"S": TEXTS, "N": NUMBERS, "B": BYTES}[kind])}

    def long_text(self):
        return {"S": "x" * self.random.choice([900, 1200, 3000, 5000])} if self.random.random() < 0.3 else self.scalar()

    def some_set(self, kind):
        domain = {"SS": TEXTS, "NS": ["1", "2", "3", "-1.5", "100"], "BS": BYTES}[kind]
        return {kind: self.random.sample(domain, self.random.randint(1, 3))}

    def some_list(self, depth=0):
        return {"L": [self.value(depth + 1) for _ in range(self.random.randint(0, 4))]}

    def some_map(self, depth=0):
        return {"M": {name: self.value(depth + 1) for name in self.random.sample(["x", "y", "z", "n"], self.random.randint(0, 4))}}

    def value(self, depth=0):
        roll = self.random.random()
        if depth > 2 or roll < 0.6:
            return self.scalar()
        if roll < 0.75:
            return self.some_set(self.random.choice(["SS", "NS", "BS"]))
        return self.some_list(depth) if roll < 0.87 else self.some_map(depth)

    def attribute(self, table, name):
        """A value for that attribute, mostly of the type that it usually has."""
        kinds = self.tables[table].kinds
        if name == "late":
            return {"S": self.random.choice("pqr")}
        if name in kinds:
            if self.random.random() < 0.02:
                return self.value()
            domain = {"g": ["g1", "g2", "g3"], "l": ["a", "b", "c"] if kinds[name] == "S" else ["1", "2", "3"],
                      "r": ["1", "2", "10", "-5", "2.50"]}.get(name)
            return self.key_value(kinds[name], domain)
        if self.random.random() < 0.1:
            return self.value()
        return {"a": self.scalar, "b": self.long_text, "c": lambda: {"N": self.random.choice(NUMBERS)}, "m": self.some_map, "list": self.some_list,
                "ss": lambda: self.some_set("SS"), "ns": lambda: self.some_set("NS"), "bs": lambda: self.some_set("BS"),
                "odd.name": self.value, "size": self.scalar}[name]()

    PLAIN = ["a", "b", "c", "m", "list", "ss", "ns", "bs", "odd.name", "size", "late"]

    def free_names(self, table):
        keys = self.tables[table].keys
        return self.PLAIN + [name for name in self.tables[table].kinds if name not in keys + ["late"]]

    def key(self, table):
        schema = self.tables[table]
        return {name: self.key_value(schema.kinds[name]) for name in schema.keys}

    def target(self):
        table = self.random.choice(list(self.tables))
        return {"table": table, "key": self.key(table)}

    # Expressions ----------------------------------------------------------------------------------------------------

    def path(self, names):
        name = self.random.choice(names)
        if name in ("m", "odd.name") and self.random.random() < 0.6:
            path = [name, self.random.choice(["x", "y", "z", "n"])]
            return path + [self.random.choice(["x", "y", 0])] if self.random.random() < 0.3 else path
        if name == "list" and self.random.random() < 0.6:
            path = [name, self.random.randint(0, 3)]
            return path + [self.random.choice(["x", 0, 1])] if self.random.random() < 0.3 else path
        return [name]

    def like(self, table, path):
        return self.attribute(table, path[0]) if len(path) == 1 else self.value(len(path))

    def condition(self, table, names, depth=0):
        roll = self.random.random()
        if depth < 3 and roll < 0.3:
            what = self.random.choice(["and", "or", "not"])
            count = 1 if what == "not" else self.random.randint(2, 3)
            return [what] + [self.condition(table, names, depth + 1) for _ in range(count)]
        path = self.path(names)
        what = self.random.choice(["cmp", "cmp", "cmp", "size", "size", "paths", "between", "in", "exists", "absent", "type", "begins", "contains"])
        if what == "cmp":
            value = self.like(table, path)
            ordered = next(iter(value)) in ("S", "N", "B")
            op = self.random.choice(["=", "<>", "<", "<=", ">", ">="] if ordered else ["=", "<>"])
            sides = [["path", path], ["value", value]]
            if self.random.random() < 0.2:
                sides.reverse()
            return ["cmp", op] + sides
        if what == "size":
            return ["cmp", self.random.choice(["=", "<", ">="]), ["size", path], ["value", {"N": str(self.random.randint(0, 6))}]]
        if what == "paths":
            other = self.path(names)
            if other != path:
                return ["cmp", self.random.choice(["=", "<>", "<", ">"]), ["path", path], ["path", other]]
        if what == "between":
            kind = self.random.choice("SN")
            low, high = (["a", "b"], ["g1", "g2"], ["", "c"])[self.random.randint(0, 2)] if kind == "S" else \
                (["0", "10"], ["-7", "1"], ["2", "1E2"])[self.random.randint(0, 2)]
            return ["between", ["path", path], ["value", {kind: low}], ["value", {kind: high}]]
        if what == "in":
            return ["in", ["path", path], [["value", self.like(table, path)] for _ in range(self.random.randint(1, 4))]]
        if what == "type":
            return ["type", path, self.random.choice(["S", "N", "B", "SS", "NS", "BS", "M", "L", "NULL", "BOOL"])]
        if what == "begins":
            return ["begins", path, self.random.choice([{"S": "a"}, {"S": "g"}, {"S": ""}, {"B": BYTES[0]}])]
        if what == "contains":
            return ["contains", path, self.random.choice([{"S": "a"}, {"S": "b"}, {"N": "1"}, {"B": BYTES[2]}])]
        return [what if what == "absent" else "exists", path]

    def maybe_condition(self, op, chance):
        if self.random.random() < chance:
            names = self.free_names(op["table"]) + self.tables[op["table"]].keys
            op["condition"] = self.condition(op["table"], names)
            op["return_old_on_failure"] = self.random.random() < 0.5
        return op

    def projection(self, names):
        """Paths of which none is the beginning of another."""
        chosen = []
        for _ in range(self.random.randint(1, 4)):
            path = self.path(names)
            if all(path[:len(known)] != known and known[:len(path)] != path and
                   not (path[0] == known[0] and any(isinstance(a, int) != isinstance(b, int) for a, b in zip(path, known)))
                   for known in chosen):
                chosen.append(path)
        return chosen

    def actions(self, table):
        """One to four actions on different attributes, or several on parts of one."""
        actions = []
        for name in self.random.sample(self.free_names(table), self.random.randint(1, 4)):
            actions += self._actions_on(table, name)
        return actions

    def _actions_on(self, table, name):
        roll, value = self.random.random(), self.attribute(table, name)
        number = {"N": self.random.choice(NUMBERS)}
        if name == "late":  # always a string, or not there: an index may be made of it
            return [["set", [name], ["value", value]] if roll < 0.8 else ["remove", [name]]]
        if roll < 0.06:
            return [["remove", [name]]]
        if roll < 0.25:
            return [["set", [name], ["value", value]]]
        if roll < 0.28:
            other = self.path(self.free_names(table))
            return [["set", [name], ["path", other]]]
        if roll < 0.36:
            return [["set", [name], ["if_not_exists", [name], ["value", value]]]]
        if name in ("m", "odd.name"):
            return self.random.choice([
                [["set", [name, "x"], ["value", value]]],
                [["set", [name, "x"], ["value", value]], ["set", [name, "y"], ["if_not_exists", [name, "x"], ["value", number]]]],
                [["remove", [name, "x"]], ["remove", [name, "n"]]],
                [["add", [name, "n"], number]],
                [["set", [name, "n"], ["plus", ["if_not_exists", [name, "n"], ["value", number]], ["value", number]]]],
                [["set", [name, "z", "x"], ["value", value]], ["remove", [name, "y", 0]]],
            ])
        if name == "list":
            more = ["value", self.some_list()]
            index = self.random.randint(0, 3)
            return self.random.choice([
                [["set", [name], ["append", ["path", [name]], more]]],
                [["set", [name], ["append", more, ["if_not_exists", [name], more]]]],
                [["set", [name, index], ["value", value]]],
                [["set", [name, 9], ["value", value]], ["set", [name, 7], ["value", number]], ["remove", [name, 0]]],
                [["remove", [name, 0]], ["remove", [name, 1]]],
                [["remove", [name, index]], ["remove", [name, index + 1]], ["set", [name, index + 2], ["value", value]]],
                [["set", [name, index, "x"], ["value", number]]],
                [["set", [name, index, 1], ["value", number]], ["remove", [name, index + 1]]],
            ])
        if name in ("ss", "ns", "bs"):
            return [[self.random.choice(["add", "add", "delete"]), [name], self.some_set(name.upper())]]
        return self.random.choice([
            [["add", [name], number]],
            [["set", [name], ["plus", ["path", [name]], ["value", number]]]],
            [["set", [name], ["minus", ["value", number], ["if_not_exists", [name], ["value", number]]]]],
        ])

    # Operations -----------------------------------------------------------------------------------------------------

    def _ChangeIndex(self):
        table = self.random.choice(list(self.tables))
        add = LATE not in self.tables[table].indexes
        change_index(self.tables[table], add)
        return {"op": "ChangeIndex", "table": table, "add": add}

    def _GetItem(self):
        op = {"op": "GetItem", **self.target(), "consistent": self.random.random() < 0.5}
        if self.random.random() < 0.5:
            op["projection"] = self.projection(self.free_names(op["table"]) + self.tables[op["table"]].keys)
        return op

    def put(self):
        op = {"op": "PutItem", **self.target()}
        names = self.free_names(op["table"])
        names = self.random.sample(names, self.random.randint(len(names) // 2, len(names)))
        op["item"] = {**op["key"], **{name: self.attribute(op["table"], name) for name in names}}
        return op

    def _PutItem(self):
        return self.maybe_condition({**self.put(), "returns": self.random.choice(["NONE", "ALL_OLD"])}, 0.3)

    def _DeleteItem(self):
        return self.maybe_condition({"op": "DeleteItem", **self.target(), "returns": self.random.choice(["NONE", "ALL_OLD"])}, 0.3)

    def _UpdateItem(self):
        op = {"op": "UpdateItem", **self.target()}
        op["actions"] = self.actions(op["table"])
        # What UPDATED_OLD and UPDATED_NEW show of list elements that moved is nowhere written down.
        moves = any(isinstance(step, int) for action in op["actions"] for step in action[1])
        op["returns"] = self.random.choice(["NONE", "ALL_OLD", "ALL_NEW"] + ([] if moves else ["UPDATED_OLD", "UPDATED_NEW"]))
        return self.maybe_condition(op, 0.3)

    def _reading(self, kind):
        table = self.random.choice(list(self.tables))
        schema = self.tables[table]
        index = self.random.choice([None, None] + list(schema.indexes))
        op = {"op": kind, "table": table}
        keys, names = schema.keys, self.free_names(table)
        if index:
            op["index"] = index
            keys = list(dict.fromkeys(schema.indexes[index].keys + schema.keys))
            held = schema.projected_names(schema.indexes[index])
            names = [name for name in names if held is None or name in held]
        names = [name for name in names if name not in keys]
        op["consistent"] = (not index or schema.indexes[index].local) and self.random.random() < 0.5
        if names and self.random.random() < 0.4:
            op["filter"] = self.condition(table, names)
            op["filterable"] = names
        if self.random.random() < 0.3:
            op["projection"] = self.projection(names + keys)
        elif self.random.random() < 0.15:
            op["count_only"] = True
        if self.random.random() < 0.6:
            op["limit"] = self.random.randint(1, 5)
        return op

    def _Query(self):
        op = self._reading("Query")
        schema = self.tables[op["table"]]
        of = schema.indexes[op["index"]] if "index" in op else schema
        op["forward"] = self.random.random() < 0.6
        op["keys"] = ["cmp", "=", ["path", [of.hash]], ["value", self.right_kind(op["table"], of.hash)]]
        if of.range and self.random.random() < 0.6:
            op["keys"] = ["and", op["keys"], self._range_condition(op["table"], of.range)]
        return op

    def right_kind(self, table, name):
        while True:
            value = self.attribute(table, name)
            if next(iter(value)) == self.tables[table].kinds[name] and value != {"S": ""}:
                return value

    def _range_condition(self, table, name):
        path, value = [name], self.right_kind(table, name)
        kind = next(iter(value))
        what = self.random.choice(["=", "<", "<=", ">", ">=", "between", "begins"])
        if what == "begins" and kind != "N":
            return ["begins", path, {"S": self.random.choice("ab")} if kind == "S" else value]
        if what in ("between", "begins"):
            import values
            bounds = sorted([value, self.right_kind(table, name)], key=values.ordinal)
            return ["between", ["path", path]] + [["value", bound] for bound in bounds]
        return ["cmp", what, ["path", path], ["value", value]]

    def _Scan(self):
        op = self._reading("Scan")
        if self.random.random() < 0.4:
            op["segments"] = self.random.randint(1, 6)
            op["segment"] = self.random.randrange(op["segments"])
        return op

    def _different_targets(self, make, most):
        """Some operations on items that are not the same."""
        made, seen = [], set()
        for _ in range(self.random.randint(1, most)):
            op = make()
            place = (op["table"], str(self.tables[op["table"]].key_of(op["key"])))
            if place not in seen:
                seen.add(place)
                made.append(op)
        return made

    def _BatchWriteItem(self):
        make = lambda: self.put() if self.random.random() < 0.7 else {"op": "DeleteItem", **self.target()}
        return {"op": "BatchWriteItem", "writes": self._different_targets(make, 10)}

    def _BatchGetItem(self):
        projections = {table: self.projection(self.free_names(table) + self.tables[table].keys)
                       for table in self.tables if self.random.random() < 0.3}
        return {"op": "BatchGetItem", "gets": self._different_targets(self.target, 12), "projections": projections}

    def _TransactGetItems(self):
        def make():
            get = self.target()
            if self.random.random() < 0.4:
                get["projection"] = self.projection(self.free_names(get["table"]))
            return get
        return {"op": "TransactGetItems", "gets": self._different_targets(make, 6)}

    def _TransactWriteItems(self):
        def make():
            kind = self.random.choice(["PutItem", "UpdateItem", "UpdateItem", "DeleteItem", "ConditionCheck"])
            if kind == "PutItem":
                op = self.put()
            else:
                op = {"op": kind, **self.target()}
            if kind == "UpdateItem":
                op["actions"] = self.actions(op["table"])
            # How a transaction words a wrong index key is another test's business.
            if kind in ("PutItem", "UpdateItem"):
                self._keep_index_keys(op)
            return self.maybe_condition(op, 1 if kind == "ConditionCheck" else 0.3)
        return {"op": "TransactWriteItems", "writes": self._different_targets(make, 6)}

    def _keep_index_keys(self, op):
        indexed = [name for name in self.tables[op["table"]].kinds if name not in op["key"]]
        for name in indexed:
            op.get("item", {}).pop(name, None)
        if "actions" in op:
            op["actions"] = [action for action in op["actions"] if action[1][0] not in indexed] or [["set", ["a"], ["value", {"S": "a"}]]]


def _key_schema(of):
    return [{"AttributeName": key, "KeyType": role} for key, role in zip(of.keys, ("HASH", "RANGE"))]


def _definitions(table):
    return [{"AttributeName": key, "AttributeType": kind} for key, kind in table.kinds.items()]


def _index_request(index_name, index):
    projection = {"ProjectionType": index.projection}
    if index.include:
        projection["NonKeyAttributes"] = list(index.include)
    return {"IndexName": index_name, "KeySchema": _key_schema(index), "Projection": projection}


def change_request(name, table, add):
    """The UpdateTable that brings or removes the late index, which `table` has already (or still)."""
    change = {"Create": _index_request(LATE, table.indexes[LATE])} if add else {"Delete": {"IndexName": LATE}}
    return {"TableName": name, "AttributeDefinitions": _definitions(table), "GlobalSecondaryIndexUpdates": [change]}


def create_request(name, table):
    """The CreateTable of one of fresh_tables()."""
    request = {"TableName": name, "BillingMode": "PAY_PER_REQUEST", "KeySchema": _key_schema(table),
               "AttributeDefinitions": _definitions(table)}
    for member, local in (("LocalSecondaryIndexes", True), ("GlobalSecondaryIndexes", False)):
        indexes = [_index_request(index_name, index) for index_name, index in table.indexes.items() if index.local == local]
        if indexes:
            request[member] = indexes
    return request


def smaller(op):
    """Simpler operations that may show the same difference."""
    for member in ("condition", "filter", "projection", "limit", "segments", "count_only", "return_old_on_failure", "capacity"):
        if op.get(member):
            less = {name: part for name, part in op.items() if name != member}
            yield less
    for member in ("writes", "gets", "actions"):
        for at in range(len(op.get(member, ()))):
            if len(op[member]) > 1:
                less = copy.deepcopy(op)
                del less[member][at]
                yield less
    if op.get("condition", [""])[0] in ("and", "or", "not"):
        for part in op["condition"][1:]:
            yield {**op, "condition": part}
    if op.get("filter", [""])[0] in ("and", "or", "not"):
        for part in op["filter"][1:]:
            yield {**op, "filter": part}
    for name in op.get("item", {}):
        if name not in op["key"]:
            yield {**op, "item": {other: value for other, value in op["item"].items() if other != name}}
