"""A chat, with boto3 as on AWS: nothing here knows that it runs on a developer's machine."""
import json
import os

import boto3

table = boto3.resource("dynamodb").Table(os.environ["TABLE"])


def on_connect(event, context):
    name = (event.get("queryStringParameters") or {}).get("name")
    if not name:
        return {"statusCode": 401}
    table.put_item(Item={"connectionId": event["requestContext"]["connectionId"], "name": name})
    return {"statusCode": 200}


def on_disconnect(event, context):
    context_of = event["requestContext"]
    table.delete_item(Key={"connectionId": context_of["connectionId"]})
    print(f"{context_of['connectionId']} left: {context_of['disconnectStatusCode']} {context_of['disconnectReason']}")
    return {"statusCode": 200}


def send_message(event, context):
    context_of = event["requestContext"]
    text = json.loads(event["body"])["data"]
    people = {item["connectionId"]: item["name"] for item in table.scan()["Items"]}
    line = json.dumps({"from": people[context_of["connectionId"]], "data": text}).encode()
    clients = boto3.client("apigatewaymanagementapi", endpoint_url=f"https://{context_of['domainName']}/{context_of['stage']}")
    for connection_id in people:
        try:
            clients.post_to_connection(ConnectionId=connection_id, Data=line)
        except clients.exceptions.GoneException:
            table.delete_item(Key={"connectionId": connection_id})
    return {"statusCode": 200}


def who(event, context):
    clients = boto3.client("apigatewaymanagementapi", endpoint_url=os.environ["ENDPOINT"])
    me = clients.get_connection(ConnectionId=event["requestContext"]["connectionId"])
    names = sorted(item["name"] for item in table.scan()["Items"])
    return {"statusCode": 200, "body": json.dumps({"here": names, "you": me["Identity"]["SourceIp"]})}


ROUTES = {"$connect": on_connect, "$disconnect": on_disconnect, "sendmessage": send_message, "who": who}


def handler(event, context):
    return ROUTES[event["requestContext"]["routeKey"]](event, context)
