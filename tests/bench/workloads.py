"""What the benchmark asks: tables, their items, and per workload the requests that wrk sends in turn."""

import json
import random

TARGET = "DynamoDB_20120810."
# The headers of a real client (JavaScript SDK v3), so that the cost of reading them is in the figures.
HEAD = (
    "POST / HTTP/1.1\r\nx-amz-target: {target}\r\ncontent-type: application/x-amz-json-1.0\r\nhost: 127.0.0.1\r\n"
    "x-amz-user-agent: aws-sdk-js/3.900.0\r\n"
    "user-agent: aws-sdk-js/3.900.0 ua/2.1 os/linux lang/js md/nodejs#22.1.0 api/dynamodb#3.900.0 m/E,N,e\r\n"
    "amz-sdk-invocation-id: 0d9ae5f8-4e3c-4a8e-9c5e-1a2b3c4d5e6f\r\namz-sdk-request: attempt=1; max=3\r\n"
    "x-amz-date: 20260101T000000Z\r\n"
    "authorization: AWS4-HMAC-SHA256 Credential=bench/20260101/us-east-1/dynamodb/aws4_request, "
    "SignedHeaders=host;x-amz-date;x-amz-target, "
    "Signature=7f1a9c0e5b3d4f6a8c2e0d1b3a5c7e9f7f1a9c0e5b3d4f6a8c2e0d1b3a5c7e9f\r\n"
    "content-length: {length}\r\n\r\n"
)


def request(operation, body):
    text = json.dumps(body, separators=(",", ":"))
    return HEAD.format(target=TARGET + operation, length=len(text)) + text


def s(value):
    return {"S": value}


def n(value):
    return {"N": str(value)}


def key(i):
    return {"pk": s(f"user#{i:08d}")}


# In its place load.lua writes how many requests it has sent. An item put again just as it is costs less than one that has
# changed, above all on file, where SQLite then has nothing to write.
COUNT = "~COUNT~~"

# What notes are cut from: made once, since a million items are a benchmark's own cost.
TEXT = "".join(random.Random(1).choice("abcdefghij ") for _ in range(65536))


def item(i, seed=0):
    """About 1 KB by the service's rules, of mixed types, as an application stores them."""
    rng = random.Random(i * 31 + seed)
    return {
        **key(i),
        "name": s(f"Person Number {i} {COUNT}"),
        "email": s(f"person{i}@example.test"),
        "age": n(rng.randrange(18, 90)),
        "score": n(rng.randrange(10**9) / 1000),
        "active": {"BOOL": i % 2 == 0},
        "tags": {"SS": [f"tag{k}" for k in rng.sample(range(50), 3)]},
        "address": {"M": {"city": s("Springfield"), "zip": s("12345"), "street": s("742 Evergreen Terrace")}},
        "history": {"L": [n(rng.randrange(1000)) for _ in range(8)]},
        "notes": s(TEXT[(start := rng.randrange(len(TEXT) - 680)):start + 680]),
    }


def small(i):
    return {"pk": s(f"small#{i:06d}"), "kind": n(i % 100), "text": s("x" * 60), "flag": {"BOOL": i % 3 == 0}}


def row(partition, i, size):
    return {"pk": s(partition), "sk": s(f"{i:06d}"), "grp": s(f"g{i % 10}"), "pad": s("p" * size)}


def tables(items):
    """(CreateTable input, iterator of items) of each table that a workload reads."""

    def create(name, range_key=None, index=False):
        definition = {
            "TableName": name,
            "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
        }
        if range_key:
            definition["AttributeDefinitions"].append({"AttributeName": range_key, "AttributeType": "S"})
            definition["KeySchema"].append({"AttributeName": range_key, "KeyType": "RANGE"})
        if index:
            definition["AttributeDefinitions"].append({"AttributeName": "grp", "AttributeType": "S"})
            definition["GlobalSecondaryIndexes"] = [{
                "IndexName": "by_grp",
                "KeySchema": [{"AttributeName": "grp", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
                "Projection": {"ProjectionType": "ALL"},
            }]
        return definition

    def rows():
        for p in range(20):
            for i in range(50):
                yield row(f"fifty{p}", i, 200)
        for i in range(1300):
            yield row("page", i, 1000)

    return [
        (create("items"), (item(i) for i in range(items))),
        (create("writes"), (item(i) for i in range(min(items, 10000)))),
        (create("small"), (small(i) for i in range(10000))),
        (create("rows", "sk"), rows()),
        (create("indexed", "sk", True), (row("indexed", i, 200) for i in range(500))),
    ]


def workloads(items, count=2000):
    """name -> requests. `count` of each are prepared and sent round and round."""
    rng = random.Random(42)
    writes = min(items, 10000)

    def some(make, how_many=count):
        return [make(rng) for _ in range(how_many)]

    return {
        "GetItem": some(lambda r: request("GetItem", {"TableName": "items", "Key": key(r.randrange(items))})),
        "PutItem": some(lambda r: request("PutItem", {"TableName": "writes", "Item": item(r.randrange(writes), 1)})),
        "UpdateItem ADD": some(lambda r: request("UpdateItem", {
            "TableName": "writes", "Key": key(r.randrange(writes)), "UpdateExpression": "ADD visits :one",
            "ExpressionAttributeValues": {":one": n(1)}})),
        "conditional PutItem": some(lambda r: request("PutItem", {
            "TableName": "writes", "Item": item(r.randrange(writes), 2),
            "ConditionExpression": "attribute_not_exists(pk) OR #a < :limit",
            "ExpressionAttributeNames": {"#a": "age"}, "ExpressionAttributeValues": {":limit": n(1000)}})),
        "DeleteItem": some(lambda r: request("DeleteItem", {"TableName": "writes", "Key": key(r.randrange(10**7))})),
        "Query 50": some(lambda r: request("Query", {
            "TableName": "rows", "KeyConditionExpression": "pk = :p",
            "ExpressionAttributeValues": {":p": s(f"fifty{r.randrange(20)}")}})),
        "Query 1 MB": some(lambda r: request("Query", {
            "TableName": "rows", "KeyConditionExpression": "pk = :p", "ExpressionAttributeValues": {":p": s("page")}}), 1),
        "Scan filter": some(lambda r: request("Scan", {
            "TableName": "small", "FilterExpression": "kind = :k", "ExpressionAttributeValues": {":k": n(r.randrange(100))}}), 100),
        "index Query": some(lambda r: request("Query", {
            "TableName": "indexed", "IndexName": "by_grp", "KeyConditionExpression": "grp = :g",
            "ExpressionAttributeValues": {":g": s(f"g{r.randrange(10)}")}}), 100),
        "BatchGetItem 100": some(lambda r: request("BatchGetItem", {
            "RequestItems": {"items": {"Keys": [key(i) for i in r.sample(range(items), 100)]}}}), 100),
        "BatchWriteItem 25": some(lambda r: request("BatchWriteItem", {
            "RequestItems": {"writes": [{"PutRequest": {"Item": item(i, 3)}} for i in r.sample(range(writes), 25)]}}), 200),
        # Keys of their own for each request: two at once on one key would be a TransactionConflict, as they should.
        "TransactWriteItems 4": [request("TransactWriteItems", {
            "TransactItems": [{"Put": {"TableName": "writes", "Item": item(4 * t + k, 4)}} for k in range(4)]})
            for t in range(writes // 4)],
    }
