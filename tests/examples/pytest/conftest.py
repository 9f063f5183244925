# A database of its own for each test: a 12-digit access key is an account, and every account starts empty. Nothing needs to be
# cleaned up, and tests may run in parallel (pytest-xdist) against one server.
import itertools
import os

import boto3
import pytest

numbers = itertools.count()


@pytest.fixture
def dynamodb():
    account = f"{os.getpid() % 1_000_000:06}{next(numbers):06}"
    return boto3.resource("dynamodb", endpoint_url=os.environ.get("STATOR_ENDPOINT", "http://localhost:8000"), region_name="us-east-1",
                          aws_access_key_id=account, aws_secret_access_key="anything")


@pytest.fixture
def music(dynamodb):
    return dynamodb.create_table(
        TableName="Music", BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "artist", "KeyType": "HASH"}, {"AttributeName": "song", "KeyType": "RANGE"}],
        AttributeDefinitions=[{"AttributeName": "artist", "AttributeType": "S"}, {"AttributeName": "song", "AttributeType": "S"}])
