"""boto3 as applications use it: the resource layer, waiters, paginators, batch writers, transactions, and its own checks of the
answer (botocore compares x-amz-crc32 with the body)."""
import decimal
import unittest

import boto3
import botocore.exceptions
from boto3.dynamodb.conditions import Attr, Key
from boto3.dynamodb.types import Binary
from sdk import client_of
from server import Server

D = decimal.Decimal


class Boto3(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server()
        cls.addClassCleanup(lambda: cls.server.__exit__())
        cls.client = client_of(cls.server, region="eu-west-1")
        cls.resource = client_of(cls.server, region="eu-west-1", make=boto3.resource)
        cls.table = cls.resource.create_table(
            TableName="Movies", BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": "year", "KeyType": "HASH"}, {"AttributeName": "title", "KeyType": "RANGE"}],
            AttributeDefinitions=[{"AttributeName": "year", "AttributeType": "N"}, {"AttributeName": "title", "AttributeType": "S"},
                                  {"AttributeName": "rating", "AttributeType": "N"}],
            LocalSecondaryIndexes=[{"IndexName": "byRating", "Projection": {"ProjectionType": "KEYS_ONLY"}, "KeySchema": [
                {"AttributeName": "year", "KeyType": "HASH"}, {"AttributeName": "rating", "KeyType": "RANGE"}]}])
        cls.table.wait_until_exists()

    def refused(self, code, message=None):
        case = self

        class Refused:
            def __enter__(self):
                return self

            def __exit__(self, kind, error, _):
                case.assertIsInstance(error, botocore.exceptions.ClientError)
                self.response = error.response
                case.assertEqual(error.response["Error"]["Code"], code)
                if message:
                    case.assertEqual(error.response["Error"]["Message"], message)
                return True
        return Refused()

    def test_every_type_and_the_answer_s_metadata(self):
        item = {"year": 1, "title": "types", "number": D("-1.5E+20"), "precise": D("0.12345678901234567890123456789012345678"), "yes": True,
                "none": None, "list": [1, "a", [], {}], "map": {"": "", "deep": {"er": D(0)}}, "bytes": Binary(b"\x00\xff"), "strings": {"a", "b"},
                "numbers": {D(1), D("2.5")}, "blobs": {Binary(b"x")}, "empty": "", "unicode": "\u00e4\u20ac\U0001f600\u0000"}
        put = self.table.put_item(Item=item)
        self.assertRegex(put["ResponseMetadata"]["RequestId"], "^[A-Z0-9]{52}$")
        self.assertEqual(put["ResponseMetadata"]["HTTPHeaders"]["content-type"], "application/x-amz-json-1.0")
        self.assertIn("x-amz-crc32", put["ResponseMetadata"]["HTTPHeaders"])
        self.assertEqual(self.table.get_item(Key={"year": 1, "title": "types"})["Item"], item)

    def test_numbers_are_decimal(self):
        key = {"year": 2, "title": "sum"}
        self.table.put_item(Item={**key, "n": D("0.1")})
        for _ in range(9):
            self.table.update_item(Key=key, UpdateExpression="ADD n :x", ExpressionAttributeValues={":x": D("0.1")})
        self.assertEqual(self.table.get_item(Key=key)["Item"]["n"], 1)
        with self.refused("ValidationException"):
            self.client.put_item(TableName="Movies", Item={"year": {"N": "1"}, "title": {"S": "x"}, "n": {"N": "1" * 39}})

    def test_batch_writer_query_and_filters(self):
        with self.table.batch_writer(overwrite_by_pkeys=["year", "title"]) as batch:
            for n in range(60):
                batch.put_item(Item={"year": 2000, "title": f"m{n:03}", "rating": n % 10, "genre": "even" if n % 2 == 0 else "odd"})
            batch.delete_item(Key={"year": 2000, "title": "m059"})
        titles = [item["title"] for item in self.table.query(KeyConditionExpression=Key("year").eq(2000))["Items"]]
        self.assertEqual(titles, [f"m{n:03}" for n in range(59)])
        found = self.table.query(KeyConditionExpression=Key("year").eq(2000) & Key("title").between("m010", "m019"),
                                 FilterExpression=Attr("genre").eq("even") & ~Attr("rating").is_in([0, 2]) & Attr("rating").lt(9),
                                 ScanIndexForward=False)
        self.assertEqual([item["title"] for item in found["Items"]], ["m018", "m016", "m014"])
        self.assertEqual(found["ScannedCount"], 10)
        rated = self.table.query(IndexName="byRating", KeyConditionExpression=Key("year").eq(2000) & Key("rating").gte(9), Select="ALL_ATTRIBUTES")
        self.assertEqual({item["genre"] for item in rated["Items"]}, {"odd"})
        self.assertEqual(len(rated["Items"]), 5)

    def test_paginators_and_segments(self):
        with self.table.batch_writer() as batch:
            for n in range(40):
                batch.put_item(Item={"year": 3000 + n, "title": "x", "pad": "p" * 40000})
        pages = list(self.client.get_paginator("scan").paginate(TableName="Movies", FilterExpression="#y >= :y", ExpressionAttributeNames={"#y": "year"},
                                                                ExpressionAttributeValues={":y": {"N": "3000"}}))
        self.assertGreater(len(pages), 1)  # 1.6 MB do not fit a page of 1 MB
        self.assertEqual(sorted(int(item["year"]["N"]) for page in pages for item in page["Items"]), list(range(3000, 3040)))
        years = []
        for segment in range(3):
            for page in self.client.get_paginator("scan").paginate(TableName="Movies", Segment=segment, TotalSegments=3, ProjectionExpression="#y",
                                                                   ExpressionAttributeNames={"#y": "year"}, PaginationConfig={"PageSize": 7}):
                years += [int(item["year"]["N"]) for item in page["Items"]]
        self.assertEqual(sorted(year for year in years if year >= 3000), list(range(3000, 3040)))

    def test_conditions_bring_the_item_along(self):
        key = {"year": 4, "title": "c"}
        self.table.put_item(Item=key)
        with self.refused("ConditionalCheckFailedException", "The conditional request failed"):
            self.table.put_item(Item=key, ConditionExpression=Attr("year").not_exists())
        with self.refused("ValidationException", "1 validation error detected: Invalid UpdateExpression: "
                          "Attribute name is a reserved keyword; reserved keyword: year"):
            self.table.update_item(Key=key, UpdateExpression="SET year = :y", ExpressionAttributeValues={":y": 1})
        with self.refused("ValidationException", "1 validation error detected: "
                          "Value provided in ExpressionAttributeValues unused in expressions: keys: {:z}"):
            self.table.update_item(Key=key, UpdateExpression="SET a = :y", ExpressionAttributeValues={":y": 1, ":z": 1})

    def test_transactions(self):
        put = {"Put": {"TableName": "Movies", "Item": {"year": {"N": "5"}, "title": {"S": "t"}}, "ConditionExpression": "attribute_not_exists(title)"}}
        self.client.transact_write_items(TransactItems=[put], ClientRequestToken="one")
        self.client.transact_write_items(TransactItems=[put], ClientRequestToken="one")
        with self.refused("TransactionCanceledException") as refused:
            self.client.transact_write_items(TransactItems=[
                {"Delete": {"TableName": "Movies", "Key": {"year": {"N": "5"}, "title": {"S": "other"}}}}, put])
        self.assertEqual([reason["Code"] for reason in refused.response["CancellationReasons"]], ["None", "ConditionalCheckFailed"])
        got = self.client.transact_get_items(TransactItems=[{"Get": {"TableName": "Movies", "Key": {"year": {"N": "5"}, "title": {"S": "t"}}}}])
        self.assertEqual(got["Responses"], [{"Item": {"year": {"N": "5"}, "title": {"S": "t"}}}])

    def test_tags_and_time_to_live(self):
        arn = self.table.table_arn
        self.assertEqual(arn, "arn:aws:dynamodb:eu-west-1:000000000000:table/Movies")
        self.client.tag_resource(ResourceArn=arn, Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": ""}])
        self.client.untag_resource(ResourceArn=arn, TagKeys=["a"])
        self.assertEqual(self.client.list_tags_of_resource(ResourceArn=arn)["Tags"], [{"Key": "b", "Value": ""}])
        self.assertEqual(self.client.describe_time_to_live(TableName="Movies")["TimeToLiveDescription"], {"TimeToLiveStatus": "DISABLED"})
        specification = {"Enabled": True, "AttributeName": "expires"}
        self.assertEqual(self.client.update_time_to_live(TableName="Movies", TimeToLiveSpecification=specification)["TimeToLiveSpecification"], specification)

    def test_the_older_parameters(self):
        self.client.put_item(TableName="Movies", Item={"year": {"N": "6"}, "title": {"S": "old"}}, Expected={"title": {"Exists": False}})
        with self.refused("ConditionalCheckFailedException"):
            self.client.put_item(TableName="Movies", Item={"year": {"N": "6"}, "title": {"S": "old"}}, Expected={"title": {"Exists": False}})
        self.client.update_item(TableName="Movies", Key={"year": {"N": "6"}, "title": {"S": "old"}},
                                AttributeUpdates={"n": {"Action": "ADD", "Value": {"N": "2"}}, "s": {"Value": {"S": "x"}}})
        found = self.client.query(TableName="Movies", KeyConditions={"year": {"ComparisonOperator": "EQ", "AttributeValueList": [{"N": "6"}]}},
                                  QueryFilter={"n": {"ComparisonOperator": "GE", "AttributeValueList": [{"N": "2"}]}}, AttributesToGet=["n", "s"])
        self.assertEqual(found["Items"], [{"n": {"N": "2"}, "s": {"S": "x"}}])
        with self.refused("ValidationException"):
            self.client.query(TableName="Movies", KeyConditionExpression="title = :t", ExpressionAttributeValues={":t": {"S": "x"}},
                              KeyConditions={"year": {"ComparisonOperator": "EQ", "AttributeValueList": [{"N": "6"}]}})

    def test_an_unknown_table(self):
        with self.refused("ResourceNotFoundException", "Requested resource not found: Table: none not found"):
            self.client.describe_table(TableName="none")
        with self.refused("ResourceNotFoundException", "Requested resource not found"):
            self.client.get_item(TableName="none", Key={"k": {"S": "v"}})
