"""Reads one item (REST API) or lists all (HTTP API), with boto3 as anywhere else."""
import json
import os

import boto3

table = boto3.resource("dynamodb").Table(os.environ["TABLE"])


def handler(event, context):
    key = (event.get("pathParameters") or {}).get("id")
    if key is None:
        items = sorted(table.scan()["Items"], key=lambda item: item["id"])
        return {"items": items}
    item = table.get_item(Key={"id": key}).get("Item")
    if item is None:
        return {"statusCode": 404, "body": json.dumps({"error": "no such item"})}
    return {"statusCode": 200, "headers": {"Content-Type": "application/json"}, "body": json.dumps(item)}
