# An empty database for each test: it is reset before each, in a millisecond or so. A 12-digit access key is an account of its
# own, so that pytest-xdist's workers run at once against one server and never meet.
import json
import os
import urllib.request

import boto3
import pytest

ENDPOINT = os.environ.get("STATOR_ENDPOINT", "http://localhost:8000")
WORKER = os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")
ACCOUNT = f"{int(WORKER) + 1:012}"


@pytest.fixture
def dynamodb():
    urllib.request.urlopen(urllib.request.Request(
        f"{ENDPOINT}/_stator/v1/reset", method="POST", headers={"Content-Type": "application/json"},
        data=json.dumps({"account": ACCOUNT, "region": "us-east-1"}).encode())).close()
    return boto3.resource("dynamodb", endpoint_url=ENDPOINT, region_name="us-east-1", aws_access_key_id=ACCOUNT, aws_secret_access_key="anything")


@pytest.fixture
def music(dynamodb):
    return dynamodb.create_table(
        TableName="Music", BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "artist", "KeyType": "HASH"}, {"AttributeName": "song", "KeyType": "RANGE"}],
        AttributeDefinitions=[{"AttributeName": "artist", "AttributeType": "S"}, {"AttributeName": "song", "AttributeType": "S"}])
