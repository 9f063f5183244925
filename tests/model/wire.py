"""One keep-alive connection that asks the server in DynamoDB's JSON, and how an operation of generator.py is asked."""
import http.client
import json

import conditions
import legacy
import updates

SIGNATURE = ("AWS4-HMAC-SHA256 Credential=AKIAMODEL/20260101/us-east-1/dynamodb/aws4_request, "
             "SignedHeaders=host;x-amz-date, Signature=0")


class Client:
    def __init__(self, port):
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def call(self, operation, request):
        """(status, body) of one request."""
        self._connection.request("POST", "/", json.dumps(request), {
            "Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": "DynamoDB_20120810." + operation,
            "X-Amz-Date": "20260101T000000Z", "Authorization": SIGNATURE})
        reply = self._connection.getresponse()
        body = reply.read()
        return reply.status, json.loads(body) if body else {}


def _written(op, table_name):
    """The members that one put, update, delete, check or get has, alone or inside a transaction."""
    places = conditions.Placeholders()
    request = {"TableName": table_name(op["table"])}
    if op.get("op") == "PutItem":
        request["Item"] = op["item"]
    else:
        request["Key"] = op["key"]
    if op.get("legacy"):
        _write_legacy(op, request, "Expected")
        return request
    if "actions" in op:
        request["UpdateExpression"] = updates.written(op["actions"], places)
    if op.get("condition"):
        request["ConditionExpression"] = conditions.written(op["condition"], places)
        if op.get("return_old_on_failure"):
            request["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
    if op.get("projection"):
        request["ProjectionExpression"] = ", ".join(places.path(path) for path in op["projection"])
    if op.get("consistent"):
        request["ConsistentRead"] = True
    places.add_to(request)
    return request


def _write_legacy(op, request, filter_member):
    if "actions" in op:
        request["AttributeUpdates"] = legacy.written_updates(op["actions"])
    if op.get("keys"):
        legacy.written(request, "KeyConditions", op["keys"])
    for member in ("condition", "filter"):
        if op.get(member):
            legacy.written(request, filter_member, op[member])
    if op.get("return_old_on_failure"):
        request["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
    if op.get("projection"):
        request["AttributesToGet"] = [path[0] for path in op["projection"]]
    if op.get("consistent"):
        request["ConsistentRead"] = True


def _page_request(op, table_name):
    places = conditions.Placeholders()
    request = {"TableName": table_name(op["table"])}
    if "keys" in op:
        request["ScanIndexForward"] = op["forward"]
    if op.get("legacy"):
        _write_legacy(op, request, "QueryFilter" if op["op"] == "Query" else "ScanFilter")
    else:
        if "keys" in op:
            request["KeyConditionExpression"] = conditions.written(op["keys"], places)
        if "filter" in op:
            request["FilterExpression"] = conditions.written(op["filter"], places)
        if "projection" in op:
            request["ProjectionExpression"] = ", ".join(places.path(path) for path in op["projection"])
    places.add_to(request)
    for member, name in (("index", "IndexName"), ("limit", "Limit")):
        if member in op:
            request[name] = op[member]
    if "segments" in op:
        request.update(Segment=op["segment"], TotalSegments=op["segments"])
    if op.get("consistent"):
        request["ConsistentRead"] = True
    if op.get("count_only"):
        request["Select"] = "COUNT"
    return request


def request_of(op, table_name):
    request = _bare_request(op, table_name)
    if op.get("capacity"):
        request["ReturnConsumedCapacity"] = "INDEXES"
    return request


def _bare_request(op, table_name):
    kind = op["op"]
    if kind in ("Query", "Scan"):
        return _page_request(op, table_name)
    if kind == "BatchWriteItem":
        writes = {}
        for write in op["writes"]:
            one = {"PutRequest": {"Item": write["item"]}} if write["op"] == "PutItem" else {"DeleteRequest": {"Key": write["key"]}}
            writes.setdefault(table_name(write["table"]), []).append(one)
        return {"RequestItems": writes}
    if kind == "BatchGetItem":
        gets = {}
        for get in op["gets"]:
            gets.setdefault(table_name(get["table"]), {"Keys": []})["Keys"].append(get["key"])
        for table, projection in op["projections"].items():
            if table_name(table) in gets:
                places = conditions.Placeholders()
                gets[table_name(table)]["ProjectionExpression"] = ", ".join(places.path(path) for path in projection)
                places.add_to(gets[table_name(table)])
        return {"RequestItems": gets}
    if kind == "TransactGetItems":
        return {"TransactItems": [{"Get": _written(get, table_name)} for get in op["gets"]]}
    if kind == "TransactWriteItems":
        return {"TransactItems": [{write["op"].removesuffix("Item"): _written(write, table_name)} for write in op["writes"]]}
    request = _written(op, table_name)
    if op.get("returns", "NONE") != "NONE":
        request["ReturnValues"] = op["returns"]
    return request
