"""The recorded errors of tests/cases/recorded as requests to send and answers to expect.

A case is one line of JSON: id, op, when (the fault in words), request, type, message, match and its source; validation_2026
adds dialect ("new" or "both"), old_message (what the old wording says to the same request) and reasons (of a cancelled
transaction). Requests hold short forms of what is long: "<256 x a>" is 256 letters, "<map nested 40 levels>" a value, and
"<table>" and the like are tables made for the replay.

exceptions.json lists the cases that are not expected to pass, each with its reason: an older wording since changed (with the
newer source), or a state that the replay does not make.
"""
import json
import pathlib
import re

CASES = pathlib.Path(__file__).resolve().parents[1] / "cases" / "recorded"
S = [{"AttributeName": "pk", "AttributeType": "S"}]
PK = [{"AttributeName": "pk", "KeyType": "HASH"}]
ALL = {"ProjectionType": "ALL"}


def keys(*names):
    return [{"AttributeName": name, "KeyType": kind} for name, kind in zip(names, ("HASH", "RANGE"))]


def attributes(**types):
    return [{"AttributeName": name, "AttributeType": kind} for name, kind in types.items()]


def range_table(sort_type):
    """Two local and two global indexes, as the witness of validation_errors had them."""
    units = {"ReadCapacityUnits": 10, "WriteCapacityUnits": 5}
    some = {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["c"]}
    other = {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["e"]}
    return {
        "AttributeDefinitions": attributes(a="S", b=sort_type, c="S", d="S"), "KeySchema": keys("a", "b"),
        "ProvisionedThroughput": units,
        "LocalSecondaryIndexes": [{"IndexName": "index1", "KeySchema": keys("a", "c"), "Projection": ALL},
                                  {"IndexName": "index2", "KeySchema": keys("a", "d"), "Projection": some}],
        "GlobalSecondaryIndexes": [
            {"IndexName": "index3", "KeySchema": keys("c"), "Projection": ALL, "ProvisionedThroughput": units},
            {"IndexName": "index4", "KeySchema": keys("c", "d"), "Projection": other, "ProvisionedThroughput": units}]}


ON_DEMAND = {"BillingMode": "PAY_PER_REQUEST"}
TABLES = {
    "<HashTable>": {"AttributeDefinitions": attributes(a="S"), "KeySchema": keys("a"),
                    "ProvisionedThroughput": {"ReadCapacityUnits": 10, "WriteCapacityUnits": 5}},
    "<HashNTable>": {"AttributeDefinitions": attributes(a="N"), "KeySchema": keys("a"), **ON_DEMAND},
    "<RangeTable>": range_table("S"),
    "<RangeBTable>": range_table("B"),
    "<table>": {"AttributeDefinitions": S, "KeySchema": PK, **ON_DEMAND},
    "<ranged table>": {"AttributeDefinitions": attributes(pk="S", sk="S"), "KeySchema": keys("pk", "sk"), **ON_DEMAND},
    "<table with binary key>": {"AttributeDefinitions": attributes(pk="B"), "KeySchema": PK, **ON_DEMAND},
    "<table with a multi-attribute index>": {
        "AttributeDefinitions": attributes(pk="S", h="S", a="S", b="S", c="S", d="S"), "KeySchema": PK, **ON_DEMAND,
        "GlobalSecondaryIndexes": [{"IndexName": "gsi", "Projection": ALL, "KeySchema": keys("h") + [
            {"AttributeName": name, "KeyType": "RANGE"} for name in "abcd"]}]},
}


def vector_index(name, schema=()):
    return {"IndexName": name, "VectorAttribute": {"AttributeName": "embedding"}, "Dimensions": 3, "DistanceFunction": "COSINE",
            "Projection": ALL, **({"SearchSchema": list(schema)} if schema else {})}


TABLES["<table with vector indexes>"] = {
    "AttributeDefinitions": attributes(pk="S", tenant="S"), "KeySchema": PK, **ON_DEMAND,
    "VectorIndexes": [vector_index("plain"), vector_index("schema", [{"AttributeName": "tenant", "SearchSchemaElementType": "HASH"}])]}

STATEMENT_TABLE = {  # what PartiQL statements call "T", which is too short a name for a table to be made
    "TableName": "replay-T", "AttributeDefinitions": attributes(pk="S", gpk="S"), "KeySchema": PK, **ON_DEMAND,
    "GlobalSecondaryIndexes": [{"IndexName": "gsi", "KeySchema": keys("gpk"), "Projection": {"ProjectionType": "KEYS_ONLY"}}]}
STATEMENT_ITEM = {"pk": {"S": "x"}, "ss": {"SS": ["a"]}}

ITEMS = {  # what stood in the case's table before, beside the key of the case
    "old-758": {"b": {"S": "text"}},
    "old-759": {"d": {"S": "text"}},
    "old-762": {"e": {"N": "1"}},
}


def table_name(placeholder):
    return "replay-" + re.sub("[^a-zA-Z]+", "-", placeholder).strip("-")


def nested(levels):
    value = {"S": "leaf"}
    for _ in range(levels):
        value = {"M": {"m": value}}
    return value


def expand_text(text):
    text = re.sub(r"<(\d+) x (.)>", lambda found: int(found[1]) * found[2], text)
    for placeholder in TABLES:
        text = text.replace(placeholder, table_name(placeholder))
    return text.replace('"T"', '"replay-T"').replace("<account>", "000000000000")


def expand(value):
    if isinstance(value, dict):
        return {expand_text(name): expand(member) for name, member in value.items()}
    if isinstance(value, list):
        return [expand(element) for element in value]
    if isinstance(value, str):
        levels = re.fullmatch(r"<map nested (\d+) levels>", value)
        return nested(int(levels[1])) if levels else expand_text(value)
    return value


PARTS = re.compile(r"^(\d+) validation errors? detected: ", re.S)
ANYTHING = re.compile(r"<(?:TableName|StreamArn|TableId|keys printed|26 requests printed|101 actions printed)>")
CONSTRAINTS = {  # the words of `when` and what the message says
    "is missing": "Member must not be null",
    "is not one of its enumerated values": "Member must satisfy enum value set",
    "has a character its pattern does not allow": "Member must satisfy regular expression pattern",
    "is shorter than": "greater than or equal to",
    "is longer than": "less than or equal to",
    "is below": "Member must have value greater than or equal to",
}


def matches_text(expected, text):
    """Exact but for placeholders. Of several faults, the set is compared: no witness vouches for their order."""
    if expected == text:
        return True
    if ANYTHING.search(expected):
        return re.fullmatch(".*".join(re.escape(part) for part in ANYTHING.split(expected)), text, re.S) is not None
    several = PARTS.match(expected)
    if several and int(several[1]) > 1 and PARTS.match(text):
        return expected[:several.end()] == text[:PARTS.match(text).end()] and \
            sorted(expected[several.end():].split("; ")) == sorted(text[several.end():].split("; "))
    return False


def matches_parts(count, when, text):
    """For messages recorded in part: `when` names every fault, and each must be among the parts."""
    found = PARTS.match(text)
    if not found or found[1] != count:
        return False
    parts = re.split(r"; (?=Value )", text[found.end():])
    for clause in when.split("; "):
        path, words = re.fullmatch(r"(\S+) (.+?)(?: -?\d+)?", clause).groups()
        if words not in CONSTRAINTS:
            return False
        known = [part for part in parts if f"at '{path}'" in part and CONSTRAINTS[words] in part]
        if not known:
            return False
        parts.remove(known[0])
    return not parts


def matches(case, expected, text):
    if expected is None:
        return text is None
    if text is None:
        return False
    expected = expand_text(expected)
    if " characters ...>" in expected or (case["match"] == "regex-parts"):
        return matches_parts(PARTS.match(expected)[1], case["when"], text)
    if case["match"] == "contains":
        return expected in text
    if case["match"] == "regex":
        return re.search(expected, text, re.S) is not None
    return matches_text(expected, text)


def read_cases(name):
    with open(CASES / name) as lines:
        return [json.loads(line) for line in lines]


def read_exceptions():
    return json.loads((CASES / "exceptions.json").read_text())


def of_statement(answer):
    """A statement's error in a batch, which as a whole succeeds, as an answer that carries it."""
    for response in answer.get("Responses", []):
        if response.get("Error", {}).get("Code") == "ValidationError":
            return 400, {"__type": "com.amazon.coral.validate#ValidationException", "message": response["Error"]["Message"]}
    return 200, answer


def cases_for(dialect):
    """(case, expected message) for everything recorded that the dialect should say."""
    chosen = [(case, case["message"]) for case in read_cases("validation_errors.jsonl")] if dialect == "old" else []
    for case in read_cases("validation_2026.jsonl"):
        if dialect == "new" or case["dialect"] == "both":
            chosen.append((case, case["message"]))
        elif case.get("old_message"):
            chosen.append((case, case["old_message"]))
    return chosen


def judge(case, expected, body):
    """Nothing, or what is wrong with the answer."""
    text = body.get("message", body.get("Message"))
    kind = body.get("__type", "")
    if not matches(case, expected, text):
        return f"said {kind.split('#')[-1]}: {text!r}\n     not {expected!r}"
    # A text that the old wording gives through another exception is known by its words alone.
    if expected == case["message"] and kind != case["type"]:
        return f"type {kind}, not {case['type']}"
    if "reasons" in case and expected == case["message"]:
        # A recorded reason without a message is one whose message nobody wrote down.
        reasons = body.get("CancellationReasons", [])
        if len(reasons) != len(case["reasons"]) or any(wanted.items() - given.items() for wanted, given in zip(case["reasons"], reasons)):
            return f"reasons {reasons}, not {case['reasons']}"
    return None
