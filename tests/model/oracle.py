"""Tables in memory, as plainly as they can be written down: every read looks at every item. One `answer` to each operation of
generator.py: ("ok", what the reply must be) or ("error", type, {texts}), with the tables changed accordingly. A reply's
ConsumedCapacity is {table: {None: units of the table, index: units of the index}}."""
import copy

import conditions
import legacy
import updates
import values

CHECK_FAILED = "The conditional request failed"


class Index:
    def __init__(self, hash_key, range_key=None, projection="ALL", include=(), local=False):
        self.hash, self.range, self.projection, self.include, self.local = hash_key, range_key, projection, include, local
        self.keys = [hash_key] + ([range_key] if range_key else [])


class Table:
    def __init__(self, kinds, hash_key, range_key=None, indexes=None):
        self.kinds, self.hash, self.range, self.indexes = kinds, hash_key, range_key, indexes or {}
        self.keys = [hash_key] + ([range_key] if range_key else [])
        self.items = {}

    def key_of(self, item):
        return {name: values.normal(item[name]) for name in self.keys}

    def get(self, key):
        return self.items.get(self._place(key))

    def put(self, item):
        self.items[self._place(item)] = item

    def remove(self, key):
        self.items.pop(self._place(key), None)

    def _place(self, item):
        return tuple(values.ordinal(item[name]) for name in self.keys)

    def _row_order(self, item):
        return (values.hash_place(item[self.hash]), values.ordinal(item[self.hash]),
                values.ordinal(item[self.range]) if self.range else 0)

    def projected_names(self, index):
        """The attributes that an index holds, or None for all of them."""
        if index.projection == "ALL":
            return None
        return set(self.keys + index.keys) | (set(index.include) if index.projection == "INCLUDE" else set())

    def view(self, index, item):
        """What the index holds of the item, or None."""
        if item is None or any(name not in item for name in index.keys):
            return None
        names = self.projected_names(index)
        return item if names is None else {name: value for name, value in item.items() if name in names}

    def write_units(self, old, new):
        """{None: of the table, index: of the index}: each by the larger image, an index only if what it holds changes."""
        units = {None: max(_write_units(old), _write_units(new))}
        for name, index in self.indexes.items():
            before, after = self.view(index, old), self.view(index, new)
            if before == after:
                continue
            if before and after and any(before[key] != after[key] for key in index.keys):
                units[name] = _write_units(before) + _write_units(after)
            else:
                units[name] = max(_write_units(view) for view in (before, after) if view)
        return units

    def rows(self, index_name):
        """[(item as the table or index shows it, key that a page ends with, key attribute values)] in the order of a Scan."""
        if index_name is None:
            ordered = sorted(self.items.values(), key=self._row_order)
            return [(item, self.key_of(item)) for item in ordered]
        index = self.indexes[index_name]
        there = [item for item in self.items.values() if self.view(index, item)]
        there.sort(key=lambda item: (values.hash_place(item[index.hash]), values.ordinal(item[index.hash]),
                                     values.ordinal(item[index.range]) if index.range else 0, self._row_order(item)))
        return [(self.view(index, item), {name: item[name] for name in dict.fromkeys(index.keys + self.keys)}) for item in there]

    def index_fault(self, item):
        """Whether an index key attribute of the item cannot be one."""
        for index in self.indexes.values():
            for name in index.keys:
                if name in self.keys or name not in item:
                    continue
                if values.kind_of(item[name]) != self.kinds[name] or values.held(item[name]) == "":
                    return True
        return False


def _write_units(item):
    return max(1, -(-values.item_size(item or {}) // 1024))


def _read_units(size, consistent):
    return max(1, -(-size // 4096)) * (1 if consistent else 0.5)


def _summed(parts):
    """[(table, {None or index: units})] by table."""
    total = {}
    for table, units in parts:
        for name, count in units.items():
            sums = total.setdefault(table, {})
            sums[name] = sums.get(name, 0) + count
    return total


def _ok(**reply):
    return ("ok", {name: part for name, part in reply.items() if part not in (None, {})})


def _shown(item, projection):
    return item if projection is None else updates.projected(item, projection)


class Oracle:
    def __init__(self, tables):
        self.tables = tables

    def answer(self, op):
        return getattr(self, "_" + op["op"])(op)

    def stored(self, op):
        return self.tables[op["table"]].get(op["key"])

    # Single items ---------------------------------------------------------------------------------------------------

    def _GetItem(self, op):
        item = self.stored(op)
        units = _read_units(values.item_size(item or {}), op.get("consistent"))
        return _ok(Item=None if item is None else _shown(item, op.get("projection")), ConsumedCapacity={op["table"]: {None: units}})

    def _write(self, op):
        """(error or None, old item, new item) of a put, update or delete, without doing it."""
        table = self.tables[op["table"]]
        old = self.stored(op)
        if op.get("condition") and not conditions.holds(op["condition"], old or {}):
            shown = old if op.get("return_old_on_failure") else None
            return ("error", "ConditionalCheckFailedException", {CHECK_FAILED}, shown), old, old
        if op["op"] == "DeleteItem":
            return None, old, None
        if op["op"] == "PutItem":
            new = values.normal_item(op["item"])
        else:
            base = old or table.key_of(op["key"])
            faults = updates.faults(op["actions"], base)
            if op.get("legacy"):
                faults = {legacy.WRONG_TYPE if text == updates.WRONG_TYPE else text for text in faults}
                if old is None and not legacy.makes_item(op["actions"]):
                    return None, None, None
            if faults:
                # A wrong index key among the actions may be told first, in its own words.
                named = any(action[1][0] in table.kinds for action in op["actions"])
                return ("error", "ValidationException", None if named else faults, None), old, old
            new = updates.apply(op["actions"], base)
        # The texts differ by how the value came there, and are tested elsewhere.
        if table.index_fault(new):
            return ("error", "ValidationException", None, None), old, old
        return None, old, new

    def _change(self, op, new):
        table = self.tables[op["table"]]
        if new is None:
            table.remove(op["key"])
        else:
            table.put(new)

    def _single_write(self, op):
        error, old, new = self._write(op)
        # An index key that the request gives is looked at before the stored item and the condition are.
        given = {}
        if op["op"] == "PutItem":
            given = values.normal_item(op["item"])
        elif op["op"] == "UpdateItem":
            given = updates.given(op["actions"])
        if self.tables[op["table"]].index_fault(given):
            return ("error", "ValidationException", None, None)
        if error:
            return error
        self._change(op, new)
        units = {op["table"]: self.tables[op["table"]].write_units(old, new)}
        wanted = op.get("returns", "NONE")
        returned = {"ALL_OLD": old, "ALL_NEW": new}.get(wanted)
        if wanted in ("UPDATED_OLD", "UPDATED_NEW"):
            paths = [action[1] for action in op["actions"]]
            returned = updates.projected((old if wanted == "UPDATED_OLD" else new) or {}, paths)
        return _ok(Attributes=returned, ConsumedCapacity=units)

    _PutItem = _UpdateItem = _DeleteItem = _single_write

    # Pages ----------------------------------------------------------------------------------------------------------

    def pages(self, op):
        """What each page of a Query or Scan must be, until there is no LastEvaluatedKey."""
        table = self.tables[op["table"]]
        if op.get("index", None) not in [None, *table.indexes]:
            yield ("error", "ValidationException", {f"The table does not have the specified index: {op['index']}"}, None)
            return
        rows = table.rows(op.get("index"))
        hash_key = table.indexes[op["index"]].hash if op.get("index") else table.hash
        if op["op"] == "Query":
            rows = [row for row in rows if conditions.holds(op["keys"], row[0])]
            if not op.get("forward", True):
                rows.reverse()
        elif "segments" in op:
            segment, total = op["segment"], op["segments"]
            lower, upper = -(-4096 * segment // total), -(-4096 * (segment + 1) // total)
            rows = [row for row in rows
                    if lower <= int.from_bytes(values.hash_place(row[0][hash_key])[:2], "big") >> 4 < upper]
        limit = op.get("limit")
        while True:
            page, rows = (rows[:limit], rows[limit:]) if limit else (rows, [])
            more = limit is not None and len(page) == limit
            matching = [_shown(seen, op.get("projection")) for seen, _ in page
                        if not op.get("filter") or conditions.holds(op["filter"], seen)]
            reply = {"Count": len(matching), "ScannedCount": len(page)}
            if not op.get("count_only"):
                reply["Items"] = matching
            if more:
                reply["LastEvaluatedKey"] = page[-1][1]
            units = _read_units(sum(values.item_size(seen) for seen, _ in page), op.get("consistent"))
            reply["ConsumedCapacity"] = {op["table"]: {None: 0, op["index"]: units} if op.get("index") else {None: units}}
            yield ("ok", reply)
            if not more:
                return

    # Several items --------------------------------------------------------------------------------------------------

    def _BatchGetItem(self, op):
        replies, units = {}, []
        for get in op["gets"]:
            item = self.stored(get)
            units.append((get["table"], {None: _read_units(values.item_size(item or {}), False)}))
            if item is not None:
                replies.setdefault(get["table"], []).append(_shown(item, op["projections"].get(get["table"])))
        return ("ok", {"Responses": replies, "ConsumedCapacity": _summed(units)})

    def _BatchWriteItem(self, op):
        if any(write["op"] == "PutItem" and self.tables[write["table"]].index_fault(values.normal_item(write["item"]))
               for write in op["writes"]):
            return ("error", "ValidationException", None, None)
        units = []
        for write in op["writes"]:
            new = values.normal_item(write["item"]) if write["op"] == "PutItem" else None
            units.append((write["table"], self.tables[write["table"]].write_units(self.stored(write), new)))
            self._change(write, new)
        return ("ok", {"ConsumedCapacity": _summed(units)})

    def _TransactGetItems(self, op):
        items = [self.stored(get) for get in op["gets"]]
        units = [(get["table"], {None: 2 * _read_units(values.item_size(item or {}), True)}) for get, item in zip(op["gets"], items)]
        shown = [_shown(item, get.get("projection")) if item is not None else None for get, item in zip(op["gets"], items)]
        # Here, and in no other read, an item of which the projection leaves nothing is not told.
        return ("ok", {"Responses": [{"Item": item} if item else {} for item in shown],
                       "ConsumedCapacity": _summed(units)})

    def _TransactWriteItems(self, op):
        outcomes = []
        for write in op["writes"]:
            if write["op"] == "ConditionCheck":
                held = conditions.holds(write["condition"], self.stored(write) or {})
                shown = self.stored(write) if write.get("return_old_on_failure") else None
                error = None if held else ("error", "ConditionalCheckFailedException", {CHECK_FAILED}, shown)
                outcomes.append((error, None))
            else:
                error, _, new = self._write(write)
                outcomes.append((error, new))
        if any(error for error, _ in outcomes):
            reasons = []
            for error, _ in outcomes:
                code = "None" if not error else "ConditionalCheckFailed" if error[1].startswith("Cond") else "ValidationError"
                reason = {"Code": code}
                if error and error[3] is not None:
                    reason["Item"] = error[3]
                reasons.append(reason)
            listed = ", ".join(reason["Code"] for reason in reasons)
            text = f"Transaction cancelled, please refer cancellation reasons for specific reasons [{listed}]"
            return ("error", "TransactionCanceledException", {text}, reasons)
        units = []
        for write, (_, new) in zip(op["writes"], outcomes):
            old, checks = self.stored(write), write["op"] == "ConditionCheck"
            arms = self.tables[write["table"]].write_units(old, old if checks else new)
            units.append((write["table"], {**arms, None: 2 * arms[None]}))  # indexes are not doubled
            if not checks:
                self._change(write, copy.deepcopy(new))
        return ("ok", {"ConsumedCapacity": _summed(units)})
