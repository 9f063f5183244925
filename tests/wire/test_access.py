"""Access control of DynamoDB (--iam), with real signatures: who is let in, what identities and resources allow, and the service's
words for the rest."""
import datetime
import json
import pathlib
import tempfile
import unittest
import unittest.mock
import urllib.error
import urllib.request

import botocore.auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from sdk import client_of, refusal
from server import DidNotStart, Server

OWN, OTHER = "111122223333", "444455556666"
ARN = f"arn:aws:dynamodb:us-east-1:{OWN}:table/"
ANN = f"arn:aws:iam::{OWN}:user/ann"


def policy(*statements):
    return {"Version": "2012-10-17", "Statement": list(statements)}


def allow(actions, resource="*", **more):
    return {"Effect": "Allow", "Action": actions, "Resource": resource, **more}


def deny(actions, resource="*", **more):
    return {"Effect": "Deny", "Action": actions, "Resource": resource, **more}


def user(name, *statements, account=OWN, **more):
    return {"UserName": name, "Account": account, "AccessKeys": [{"AccessKeyId": "AKIA" + name.upper(), "SecretAccessKey": "secret/of+" + name}],
            "Policies": [policy(*statements)] if statements else [], **more}


TABLE = {"BillingMode": "PAY_PER_REQUEST", "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
         "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}, {"AttributeName": "g", "AttributeType": "S"}],
         "GlobalSecondaryIndexes": [{"IndexName": "ByG", "KeySchema": [{"AttributeName": "g", "KeyType": "HASH"}], "Projection": {"ProjectionType": "ALL"}}],
         "StreamSpecification": {"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"}}

USERS = [
    user("admin", allow("*")),
    user("ann"),
    user("reader", allow(["dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:ConditionCheckItem"], ARN + "Music")),
    user("indexed", allow(["dynamodb:Query", "dynamodb:PartiQLSelect"], ARN + "Music/index/*")),
    user("owner", allow(["dynamodb:*"], ARN + "Music", Condition={"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["${aws:username}"]}})),
    user("columns", allow(["dynamodb:GetItem", "dynamodb:UpdateItem", "dynamodb:Query"], ARN + "Music", Condition={
        "ForAllValues:StringEquals": {"dynamodb:Attributes": ["pk", "a"]},
        "StringEqualsIfExists": {"dynamodb:Select": "SPECIFIC_ATTRIBUTES", "dynamodb:ReturnValues": ["NONE", "UPDATED_OLD", "UPDATED_NEW"]}})),
    user("transacts", allow(["dynamodb:PutItem", "dynamodb:GetItem", "dynamodb:PartiQLInsert"], "*",
                            Condition={"ForAnyValue:StringEquals": {"dynamodb:EnclosingOperation": ["TransactWriteItems", "TransactGetItems", "ExecuteTransaction"]}})),
    user("noscan", allow("dynamodb:PartiQLSelect"), deny("dynamodb:PartiQLSelect", Condition={"Bool": {"dynamodb:FullTableScan": "true"}})),
    user("bounded", allow("dynamodb:*"), PermissionsBoundary=policy(allow("dynamodb:GetItem"))),
    user("denied", allow("dynamodb:*"), deny("dynamodb:DeleteItem")),
    user("local", allow("dynamodb:ListTables", Condition={"IpAddress": {"aws:SourceIp": "127.0.0.0/8"}})),
    user("remote", allow("dynamodb:ListTables", Condition={"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}})),
    user("tagged", allow("dynamodb:GetItem", Condition={"StringEquals": {"aws:ResourceTag/team": "${aws:PrincipalTag/team}"}}), Tags={"team": "blue"}),
    user("stranger", allow("dynamodb:*"), account=OTHER),
    user("poor", account=OTHER),
]
ROLES = [{"RoleName": "app", "Account": OWN, "Policies": [policy(allow("dynamodb:ListTables"))],
          "Sessions": [{"RoleSessionName": "one", "AccessKeyId": "ASIAONE", "SecretAccessKey": "s", "SessionToken": "token"}]}]


# Every operation with the least that it takes, and the first action and resource that it needs permission for.
K, T, B = {"pk": {"S": "p"}}, {"TableName": "Music"}, ARN + "Music/backup/01700000000000-aaaaaaaa"
EXPORT, IMPORT, BULK = (f"{ARN}Music/{kind}/01700000000000-aaaaaaaa" for kind in ("export", "import", "bulk-operation"))
STREAM = ARN + "Music/stream/2026-01-01T00:00:00.000"
KINESIS = {**T, "StreamArn": f"arn:aws:kinesis:us-east-1:{OWN}:stream/one-that-is-named-long-enough"}
GLOBAL, GLOBAL_ARN = {"GlobalTableName": "Music"}, f"arn:aws:dynamodb::{OWN}:global-table/Music"
ON_TABLES, ON_MUSIC, ON_ALL = ARN + "*", ARN + "Music", "*"
SELECT = {"Statement": "SELECT * FROM Music WHERE pk = 'p'"}
NEEDS = {
    "BatchExecuteStatement": ({"Statements": [SELECT]}, None, None),
    "BatchGetItem": ({"RequestItems": {"Music": {"Keys": [K]}}}, "BatchGetItem", ON_MUSIC),
    "BatchWriteItem": ({"RequestItems": {"Music": [{"PutRequest": {"Item": K}}]}}, "BatchWriteItem", ON_MUSIC),
    "CancelBulkOperation": ({"BulkOperationArn": BULK}, "CancelBulkOperation", BULK),
    "CreateBackup": ({**T, "BackupName": "one"}, "CreateBackup", ON_MUSIC),
    "CreateGlobalTable": ({**GLOBAL, "ReplicationGroup": [{"RegionName": "eu-west-1"}]}, "CreateGlobalTable", GLOBAL_ARN),
    "CreateTable": ({**T, **TABLE}, "CreateTable", ON_MUSIC),
    "DeleteBackup": ({"BackupArn": B}, "DeleteBackup", B),
    "DeleteItem": ({**T, "Key": K}, "DeleteItem", ON_MUSIC),
    "DeleteResourcePolicy": ({"ResourceArn": ON_MUSIC}, "DeleteResourcePolicy", ON_MUSIC),
    "DeleteTable": (T, "DeleteTable", ON_MUSIC),
    "DescribeBackup": ({"BackupArn": B}, "DescribeBackup", B),
    "DescribeBulkOperation": ({"BulkOperationArn": BULK}, "DescribeBulkOperation", BULK),
    "DescribeContinuousBackups": (T, "DescribeContinuousBackups", ON_MUSIC),
    "DescribeContributorInsights": ({**T, "IndexName": "ByG"}, "DescribeContributorInsights", ON_MUSIC + "/index/ByG"),
    "DescribeEndpoints": ({}, "DescribeEndpoints", ON_ALL),
    "DescribeExport": ({"ExportArn": EXPORT}, "DescribeExport", EXPORT),
    "DescribeGlobalTable": (GLOBAL, "DescribeGlobalTable", GLOBAL_ARN),
    "DescribeGlobalTableSettings": (GLOBAL, "DescribeGlobalTableSettings", GLOBAL_ARN),
    "DescribeImport": ({"ImportArn": IMPORT}, "DescribeImport", IMPORT),
    "DescribeKinesisStreamingDestination": (T, "DescribeKinesisStreamingDestination", ON_MUSIC),
    "DescribeLimits": ({}, "DescribeLimits", ON_ALL),
    "DescribeStream": ({"StreamArn": STREAM}, "DescribeStream", STREAM),
    "DescribeTable": (T, "DescribeTable", ON_MUSIC),
    "DescribeTableReplicaAutoScaling": (T, "DescribeTableReplicaAutoScaling", ON_MUSIC),
    "DescribeTimeToLive": (T, "DescribeTimeToLive", ON_MUSIC),
    "DisableKinesisStreamingDestination": (KINESIS, "DisableKinesisStreamingDestination", ON_MUSIC),
    "EnableKinesisStreamingDestination": (KINESIS, "EnableKinesisStreamingDestination", ON_MUSIC),
    "ExecuteStatement": (SELECT, "PartiQLSelect", ON_MUSIC),
    "ExecuteTransaction": ({"TransactStatements": [SELECT]}, "PartiQLSelect", ON_MUSIC),
    "ExportTableToPointInTime": ({"TableArn": ON_MUSIC, "S3Bucket": "bucket"}, "ExportTableToPointInTime", ON_MUSIC),
    "GetItem": ({**T, "Key": K}, "GetItem", ON_MUSIC),
    "GetRecords": ({"ShardIterator": "none"}, "GetRecords", ON_ALL),
    "GetResourcePolicy": ({"ResourceArn": ON_MUSIC}, "GetResourcePolicy", ON_MUSIC),
    "GetShardIterator": ({"StreamArn": STREAM, "ShardId": "shardId-00000000000000000000-00000000", "ShardIteratorType": "LATEST"},
                         "GetShardIterator", STREAM),
    "ImportTable": ({"InputFormat": "ION", "S3BucketSource": {"S3Bucket": "bucket"}, "TableCreationParameters": {
        **T, **{name: TABLE[name] for name in ("KeySchema", "AttributeDefinitions", "BillingMode", "GlobalSecondaryIndexes")}}}, "ImportTable", ON_MUSIC),
    "ListBackups": (T, "ListBackups", ON_ALL),
    "ListBulkOperations": ({}, "ListBulkOperations", ON_ALL),
    "ListContributorInsights": (T, "ListContributorInsights", ON_ALL),
    "ListExports": ({}, "ListExports", ON_ALL),
    "ListGlobalTables": ({}, "ListGlobalTables", ON_ALL),
    "ListImports": ({}, "ListImports", ON_ALL),
    "ListStreams": ({}, "ListStreams", ON_TABLES + "/stream/*"),
    "ListTables": ({}, "ListTables", ON_TABLES),
    "ListTagsOfResource": ({"ResourceArn": ON_MUSIC}, "ListTagsOfResource", ON_MUSIC),
    "PutItem": ({**T, "Item": K}, "PutItem", ON_MUSIC),
    "PutResourcePolicy": ({"ResourceArn": ON_MUSIC, "Policy": "{}"}, "PutResourcePolicy", ON_MUSIC),
    "Query": ({**T, "KeyConditionExpression": "pk = :p", "ExpressionAttributeValues": {":p": {"S": "p"}}}, "Query", ON_MUSIC),
    "RestoreTableFromBackup": ({"TargetTableName": "New", "BackupArn": B}, "RestoreTableFromBackup", B),
    "RestoreTableToPointInTime": ({"TargetTableName": "New", "SourceTableName": "Music", "UseLatestRestorableTime": True},
                                  "RestoreTableToPointInTime", ON_MUSIC),
    "Scan": (T, "Scan", ON_MUSIC),
    "SearchVectors": ({**T, "IndexName": "ByV", "SearchVector": [{"N": "1"}], "TopK": 1}, "SearchVectors", ON_MUSIC + "/index/ByV"),
    "StartBulkPutItems": ({**T, "InputS3Configuration": {"S3Bucket": "bucket", "S3KeyPrefix": "bulk/", "InputFormat": "DYNAMODB_JSON"},
                           "OutputS3Configuration": {"S3Bucket": "bucket", "S3KeyPrefix": "reports", "OutputType": ["ERROR"]}},
                          "StartBulkPutItems", ON_MUSIC),
    "TagResource": ({"ResourceArn": ON_MUSIC, "Tags": [{"Key": "a", "Value": "b"}]}, "TagResource", ON_MUSIC),
    "TransactGetItems": ({"TransactItems": [{"Get": {**T, "Key": K}}]}, "GetItem", ON_MUSIC),
    "TransactWriteItems": ({"TransactItems": [{"Delete": {**T, "Key": K}}]}, "DeleteItem", ON_MUSIC),
    "UntagResource": ({"ResourceArn": ON_MUSIC, "TagKeys": ["a"]}, "UntagResource", ON_MUSIC),
    "UpdateContinuousBackups": ({**T, "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True}}, "UpdateContinuousBackups", ON_MUSIC),
    "UpdateContributorInsights": ({**T, "ContributorInsightsAction": "ENABLE"}, "UpdateContributorInsights", ON_MUSIC),
    "UpdateGlobalTable": ({**GLOBAL, "ReplicaUpdates": []}, "UpdateGlobalTable", GLOBAL_ARN),
    "UpdateGlobalTableSettings": (GLOBAL, "UpdateGlobalTableSettings", GLOBAL_ARN),
    "UpdateItem": ({**T, "Key": K}, "UpdateItem", ON_MUSIC),
    "UpdateKinesisStreamingDestination": (KINESIS, "UpdateKinesisStreamingDestination", ON_MUSIC),
    "UpdateTable": ({**T, "BillingMode": "PAY_PER_REQUEST"}, "UpdateTable", ON_MUSIC),
    "UpdateTableReplicaAutoScaling": (T, "UpdateTableReplicaAutoScaling", ON_MUSIC),
    "UpdateTimeToLive": ({**T, "TimeToLiveSpecification": {"Enabled": True, "AttributeName": "t"}}, "UpdateTimeToLive", ON_MUSIC),
}


class Access(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="stator-iam-")
        cls.addClassCleanup(folder.cleanup)
        cls.file = pathlib.Path(folder.name) / "iam.json"
        cls.file.write_text(json.dumps({"Users": USERS, "Roles": ROLES}))
        cls.server = Server("--iam", cls.file)
        cls.addClassCleanup(cls.server.__exit__)
        cls.admin = cls.client("admin")
        for name in ("Music", "Other"):
            cls.admin.create_table(TableName=name, **TABLE, Tags=[{"Key": "team", "Value": "blue" if name == "Music" else "red"}])
            cls.admin.put_item(TableName=name, Item={"pk": {"S": "owner"}, "g": {"S": "x"}, "a": {"S": "1"}, "b": {"S": "2"}})
            cls.admin.put_item(TableName=name, Item={"pk": {"S": "p"}, "g": {"S": "x"}})

    @classmethod
    def client(cls, name, service="dynamodb", secret=None, key=None, token=None):
        return client_of(cls.server, service, key=key or "AKIA" + name.upper(), secret=secret or "secret/of+" + name, token=token, validates=False)

    def fails(self, call, **arguments):
        """(error's name, text)."""
        answer = refusal(call, **arguments)
        self.assertEqual(answer["ResponseMetadata"]["HTTPStatusCode"], 400)
        return answer["Error"]["Code"], answer["Error"]["Message"]

    def denied(self, name, action, resource, call, why=None, who=None, **arguments):
        why = why or f"because no identity-based policy allows the dynamodb:{action} action"
        self.assertEqual(self.fails(call, **arguments), (
            "AccessDeniedException",
            f"User: {who or f'arn:aws:iam::{OWN}:user/{name}'} is not authorized to perform: dynamodb:{action} on resource: {resource} {why}"))

    def signed(self, name, operation, body, target="DynamoDB_20120810"):
        """(status, body) of any operation, those too that Debian's botocore does not know yet."""
        request = AWSRequest("POST", self.server.endpoint + "/", data=json.dumps(body), headers={
            "Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": f"{target}.{operation}"})
        botocore.auth.SigV4Auth(Credentials("AKIA" + name.upper(), "secret/of+" + name), "dynamodb", "us-east-1").add_auth(request)
        made = urllib.request.Request(request.url, request.body, dict(request.headers.items()), method="POST")
        try:
            with urllib.request.urlopen(made) as answer:
                return answer.status, json.loads(answer.read() or b"{}")
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read() or b"{}")

    def as_admin(self, operation, **body):
        status, answer = self.signed("admin", operation, body)
        self.assertEqual(status, 200, answer)

    def with_policy(self, document, arn=ARN + "Music"):
        self.as_admin("PutResourcePolicy", ResourceArn=arn, Policy=json.dumps(document))
        self.addCleanup(self.as_admin, "DeleteResourcePolicy", ResourceArn=arn)

    # --- who signs -------------------------------------------------------------------------------------------------

    def test_unknown_keys_and_wrong_secrets_are_refused(self):
        unknown = ("UnrecognizedClientException", "The security token included in the request is invalid.")
        self.assertEqual(self.fails(self.client("nobody").list_tables), unknown)
        session = {"key": "ASIAONE", "secret": "s"}
        self.assertEqual(self.fails(self.client("one", **session).list_tables), unknown)
        self.assertEqual(self.fails(self.client("one", token="another", **session).list_tables), unknown)
        self.assertEqual(self.client("one", token="token", **session).list_tables()["TableNames"], ["Music", "Other"])
        self.assertEqual(self.fails(self.client("admin", secret="wrong").list_tables), (
            "InvalidSignatureException", "The request signature we calculated does not match the signature you provided. Check your AWS Secret "
            "Access Key and signing method. Consult the service documentation for details."))
        self.assertEqual(self.server.call("ListTables")[1], {
            "__type": "com.amazon.coral.service#UnrecognizedClientException", "message": "The security token included in the request is invalid."})
        self.assertEqual(self.server.call("ListTables", headers={"Authorization": ""})[1]["__type"],
                         "com.amazon.coral.service#MissingAuthenticationTokenException")

    def test_a_changed_body_does_not_bear_its_signature(self):
        client = self.client("admin")
        client.meta.events.register("before-send.dynamodb.ListTables", lambda request, **_: setattr(request, "body", b'{"Limit": 1}'))
        self.assertEqual(self.fails(client.list_tables)[0], "InvalidSignatureException")

    def test_times_are_within_five_minutes(self):
        real = datetime.datetime

        def ask(minutes):
            class Shifted(real):
                @classmethod
                def utcnow(cls):
                    return real.utcnow() + datetime.timedelta(minutes=minutes)

                @classmethod
                def now(cls, tz=None):
                    return real.now(tz) + datetime.timedelta(minutes=minutes)
            name = "get_current_datetime" if hasattr(botocore.auth, "get_current_datetime") else None
            patched = unittest.mock.patch.object(botocore.auth, name, lambda **_: real.utcnow() + datetime.timedelta(minutes=minutes)) if name \
                else unittest.mock.patch.object(botocore.auth.datetime, "datetime", Shifted)
            with patched:
                return self.fails(self.client("admin").list_tables) if abs(minutes) > 5 else self.client("admin").list_tables()["TableNames"]

        self.assertEqual(ask(4), ["Music", "Other"])
        self.assertEqual(ask(-4), ["Music", "Other"])
        name, text = ask(-6)
        self.assertEqual(name, "InvalidSignatureException")
        self.assertRegex(text, r"^Signature expired: \d{8}T\d{6}Z is now earlier than \d{8}T\d{6}Z \(\d{8}T\d{6}Z - 5 min\.\)$")
        self.assertRegex(ask(6)[1], r"^Signature not yet current: \d{8}T\d{6}Z is still later than \d{8}T\d{6}Z \(\d{8}T\d{6}Z \+ 5 min\.\)$")

    def test_a_signature_for_another_service_is_refused(self):
        client = self.client("admin")
        client.meta.events.register("choose-signer.dynamodb", lambda **_: None)
        client.meta.events.register("before-sign.dynamodb", lambda request, **_: request.context.update(signing={"signing_name": "s3"}))
        self.assertEqual(self.fails(client.list_tables),
                         ("InvalidSignatureException", "Credential should be scoped to correct service: 'dynamodb'. "))

    # --- what identities allow -------------------------------------------------------------------------------------

    def test_without_a_policy_nothing_is_allowed_and_nothing_is_told(self):
        ann = self.client("ann")
        self.denied("ann", "GetItem", ARN + "Music", ann.get_item, TableName="Music", Key={"pk": {"S": "p"}})
        self.denied("ann", "GetItem", ARN + "Missing", ann.get_item, TableName="Missing", Key={"pk": {"S": "p"}})
        self.denied("ann", "ListTables", ARN + "*", ann.list_tables)
        self.denied("ann", "CreateTable", ARN + "New", ann.create_table, TableName="New", **TABLE)
        self.denied("ann", "DescribeLimits", "*", ann.describe_limits)
        self.denied("ann", "DescribeBackup", ARN + "Music/backup/01700000000000-aaaaaaaa", ann.describe_backup,
                    BackupArn=ARN + "Music/backup/01700000000000-aaaaaaaa")
        self.denied("ann", "TagResource", ARN + "Music", ann.tag_resource, ResourceArn=ARN + "Music", Tags=[{"Key": "a", "Value": "b"}])
        self.denied("ann", "CreateGlobalTable", f"arn:aws:dynamodb::{OWN}:global-table/Music", ann.create_global_table,
                    GlobalTableName="Music", ReplicationGroup=[{"RegionName": "eu-west-1"}])

    def test_every_operation_asks_for_its_action_on_its_resource(self):
        with urllib.request.urlopen(self.server.endpoint + "/_stator/capabilities") as answer:
            offered = [operation for operation in json.load(answer)["operations"] if operation["offered"]]
        self.assertEqual({operation["name"] for operation in offered}, set(NEEDS))
        for operation in offered:
            body, action, resource = NEEDS[operation["name"]]
            if action is None:  # it refuses each statement for itself
                continue
            with self.subTest(operation["name"]):
                answer = self.signed("ann", operation["name"], body, operation["service"] + "_20120810")
                self.assertEqual(answer, (400, {"__type": "com.amazon.coral.service#AccessDeniedException", "Message":
                    f"User: {ANN} is not authorized to perform: dynamodb:{action} on resource: {resource} "
                    f"because no identity-based policy allows the dynamodb:{action} action"}))

    def test_constraints_come_before_and_everything_else_behind(self):
        ann = self.client("ann")
        self.assertEqual(self.fails(ann.get_item, TableName="Music", Key={"pk": {"S": "p"}}, ReturnConsumedCapacity="BOGUS")[0], "ValidationException")
        self.denied("ann", "GetItem", ARN + "Music", ann.get_item, TableName="Music", Key={"pk": {"S": "p"}}, ProjectionExpression="!!")
        self.denied("ann", "TagResource", "a:b:c:d:e:f", ann.tag_resource, ResourceArn="a:b:c:d:e:f", Tags=[{"Key": "a", "Value": "b"}])

    def test_batches_and_transactions_need_each_table(self):
        reader = self.client("reader")
        keys = {"Keys": [{"pk": {"S": "p"}}]}
        self.assertEqual(len(reader.batch_get_item(RequestItems={"Music": keys})["Responses"]["Music"]), 1)
        self.denied("reader", "BatchGetItem", ARN + "Other", reader.batch_get_item, RequestItems={"Music": keys, "Other": keys})
        get = {"Get": {"TableName": "Music", "Key": {"pk": {"S": "p"}}}}
        self.assertEqual(len(reader.transact_get_items(TransactItems=[get])["Responses"]), 1)
        check = {"ConditionCheck": {"TableName": "Music", "Key": {"pk": {"S": "p"}}, "ConditionExpression": "attribute_exists(pk)"}}
        reader.transact_write_items(TransactItems=[check])
        put = {"Put": {"TableName": "Music", "Item": {"pk": {"S": "q"}}}}
        self.denied("reader", "PutItem", ARN + "Music", reader.transact_write_items, TransactItems=[check, put])

    def test_the_enclosing_operation_can_be_asked_for(self):
        client = self.client("transacts")
        put = {"TableName": "Music", "Item": {"pk": {"S": "t"}}}
        self.denied("transacts", "PutItem", ARN + "Music", client.put_item, **put)
        client.transact_write_items(TransactItems=[{"Put": put}])
        insert = {"Statement": "INSERT INTO Music VALUE {'pk': 'u'}"}
        self.denied("transacts", "PartiQLInsert", ARN + "Music", client.execute_statement, **insert)
        client.execute_transaction(TransactStatements=[insert])

    def test_an_index_is_a_resource_of_its_own(self):
        client = self.client("indexed")
        query = {"TableName": "Music", "KeyConditionExpression": "g = :g", "ExpressionAttributeValues": {":g": {"S": "x"}}}
        self.assertGreaterEqual(client.query(IndexName="ByG", **query)["Count"], 2)
        self.denied("indexed", "Query", ARN + "Music", client.query, **query)
        self.denied("indexed", "Scan", ARN + "Music/index/ByG", client.scan, TableName="Music", IndexName="ByG")
        self.assertTrue(client.execute_statement(Statement="SELECT * FROM Music.ByG WHERE g = 'x'")["Items"])
        self.denied("indexed", "PartiQLSelect", ARN + "Music", client.execute_statement, Statement="SELECT * FROM Music WHERE pk = 'p'")

    def test_statements_need_their_own_actions_and_fail_each_for_itself_in_a_batch(self):
        client = self.client("noscan")
        self.assertEqual(len(client.execute_statement(Statement="SELECT * FROM Music WHERE pk IN ['p', 'owner']")["Items"]), 2)
        self.denied("noscan", "PartiQLSelect", ARN + "Music", client.execute_statement, "with an explicit deny in an identity-based policy",
                    Statement="SELECT * FROM Music WHERE a = '1'")
        answers = self.client("indexed").batch_execute_statement(Statements=[
            {"Statement": "SELECT * FROM Music WHERE pk = 'p'"}, {"Statement": "SELECT * FROM Music.ByG WHERE g = 'x'"}])["Responses"]
        self.assertEqual(answers[0]["Error"], {
            "Code": "AccessDenied", "Message": f"User: arn:aws:iam::{OWN}:user/indexed is not authorized to perform: dynamodb:PartiQLSelect on "
            f"resource: {ARN}Music because no identity-based policy allows the dynamodb:PartiQLSelect action"})
        self.assertEqual(answers[1]["Error"]["Code"], "ValidationError")  # allowed, and no single item
        delete = {"Statement": "DELETE FROM Music WHERE pk = 'p'"}
        self.denied("noscan", "PartiQLDelete", ARN + "Music", client.execute_transaction, TransactStatements=[delete])

    def test_leading_keys(self):
        client = self.client("owner")
        own, another = {"pk": {"S": "owner"}}, {"pk": {"S": "p"}}
        self.assertIn("Item", client.get_item(TableName="Music", Key=own))
        refused = ("owner", "GetItem", ARN + "Music")
        self.denied(*refused, client.get_item, TableName="Music", Key=another)
        self.denied("owner", "PutItem", ARN + "Music", client.put_item, TableName="Music", Item=another)
        self.denied("owner", "UpdateItem", ARN + "Music", client.update_item, TableName="Music", Key=another)
        self.denied("owner", "DeleteItem", ARN + "Music", client.delete_item, TableName="Music", Key=another)
        self.denied("owner", "BatchGetItem", ARN + "Music", client.batch_get_item, RequestItems={"Music": {"Keys": [own, another]}})
        self.denied("owner", "BatchWriteItem", ARN + "Music", client.batch_write_item, RequestItems={"Music": [
            {"PutRequest": {"Item": own}}, {"DeleteRequest": {"Key": another}}]})
        client.batch_get_item(RequestItems={"Music": {"Keys": [own]}})
        for condition in ({"KeyConditionExpression": "#k = :k", "ExpressionAttributeNames": {"#k": "pk"}, "ExpressionAttributeValues": {":k": {"S": "%"}}},
                          {"KeyConditions": {"pk": {"ComparisonOperator": "EQ", "AttributeValueList": [{"S": "%"}]}}}):
            as_own, as_another = (json.loads(json.dumps(condition).replace("%", value)) for value in ("owner", "p"))
            self.assertEqual(client.query(TableName="Music", **as_own)["Count"], 1)
            self.denied("owner", "Query", ARN + "Music", client.query, TableName="Music", **as_another)
        client.execute_statement(Statement="SELECT * FROM Music WHERE pk = ?", Parameters=[{"S": "owner"}])
        for statement, action in (("SELECT * FROM Music WHERE pk = 'owner' OR pk = 'p'", "PartiQLSelect"), ("DELETE FROM Music WHERE pk = 'p'", "PartiQLDelete"),
                                  ("INSERT INTO Music VALUE {'pk': 'z'}", "PartiQLInsert"), ("UPDATE Music SET a = 1 WHERE pk = 'p'", "PartiQLUpdate")):
            self.denied("owner", action, ARN + "Music", client.execute_statement, Statement=statement)

    def test_attributes_select_and_return_values(self):
        client = self.client("columns")
        item = {"TableName": "Music", "Key": {"pk": {"S": "owner"}}}
        self.assertEqual(client.get_item(**item, ProjectionExpression="a, pk")["Item"], {"a": {"S": "1"}, "pk": {"S": "owner"}})
        refused = ("columns", "GetItem", ARN + "Music", client.get_item)
        self.denied(*refused, **item)  # ALL_ATTRIBUTES
        self.denied(*refused, **item, ProjectionExpression="a, #b", ExpressionAttributeNames={"#b": "b"})
        self.denied(*refused, **item, AttributesToGet=["b"])
        client.update_item(**item, UpdateExpression="SET a = :a", ConditionExpression="attribute_exists(pk)", ExpressionAttributeValues={":a": {"S": "1"}},
                           ReturnValues="UPDATED_NEW")
        refused = ("columns", "UpdateItem", ARN + "Music", client.update_item)
        values = {"ExpressionAttributeValues": {":a": {"S": "1"}}}
        self.denied(*refused, **item, UpdateExpression="SET a = :a", ReturnValues="ALL_NEW", **values)
        self.denied(*refused, **item, UpdateExpression="SET b = :a", **values)
        self.denied(*refused, **item, UpdateExpression="SET a = if_not_exists(b, :a)", **values)
        self.denied(*refused, **item, UpdateExpression="SET a = :a", ConditionExpression="b = :a", **values)
        self.denied(*refused, **item, AttributeUpdates={"b": {"Action": "DELETE"}})
        query = {"TableName": "Music", "KeyConditionExpression": "pk = :p", "ExpressionAttributeValues": {":p": {"S": "owner"}}}
        client.query(**query, ProjectionExpression="a")
        self.denied("columns", "Query", ARN + "Music", client.query, **query)
        self.denied("columns", "Query", ARN + "Music", client.query, **query, Select="COUNT")

    def test_global_keys(self):
        self.assertEqual(self.client("local").list_tables()["TableNames"], ["Music", "Other"])
        self.denied("remote", "ListTables", ARN + "*", self.client("remote").list_tables)
        tagged = self.client("tagged")
        tagged.get_item(TableName="Music", Key={"pk": {"S": "p"}})
        self.denied("tagged", "GetItem", ARN + "Other", tagged.get_item, TableName="Other", Key={"pk": {"S": "p"}})

    def test_denials_boundaries_and_sessions(self):
        denied = self.client("denied")
        denied.get_item(TableName="Music", Key={"pk": {"S": "p"}})
        self.denied("denied", "DeleteItem", ARN + "Music", denied.delete_item, "with an explicit deny in an identity-based policy",
                    TableName="Music", Key={"pk": {"S": "p"}})
        bounded = self.client("bounded")
        bounded.get_item(TableName="Music", Key={"pk": {"S": "p"}})
        self.denied("bounded", "ListTables", ARN + "*", bounded.list_tables, "because no permissions boundary allows the dynamodb:ListTables action")
        session = self.client("one", key="ASIAONE", secret="s", token="token")
        self.denied("", "DescribeTable", ARN + "Music", session.describe_table, who=f"arn:aws:sts::{OWN}:assumed-role/app/one", TableName="Music")

    # --- what resources allow --------------------------------------------------------------------------------------

    def test_a_tables_policy_allows_and_denies(self):
        ann = self.client("ann")
        get = {"TableName": "Music", "Key": {"pk": {"S": "p"}}}
        self.with_policy(policy(allow("dynamodb:GetItem", ARN + "Music", Principal={"AWS": ANN}),
                                deny("dynamodb:Query", ARN + "Music/index/ByG", Principal="*")))
        self.assertIn("Item", ann.get_item(**get))
        self.denied("ann", "PutItem", ARN + "Music", ann.put_item, TableName="Music", Item={"pk": {"S": "p"}})
        query = {"TableName": "Music", "IndexName": "ByG", "KeyConditionExpression": "g = :g", "ExpressionAttributeValues": {":g": {"S": "x"}}}
        self.denied("indexed", "Query", ARN + "Music/index/ByG", self.client("indexed").query, "with an explicit deny in a resource-based policy", **query)
        self.doCleanups()
        self.denied("ann", "GetItem", ARN + "Music", ann.get_item, **get)

    def test_a_streams_policy_is_its_own(self):
        stream = self.admin.describe_table(TableName="Music")["Table"]["LatestStreamArn"]
        ann = self.client("ann", "dynamodbstreams")
        self.denied("ann", "DescribeStream", stream, ann.describe_stream, StreamArn=stream)
        self.with_policy(policy(allow(["dynamodb:DescribeStream", "dynamodb:GetShardIterator"], stream, Principal={"AWS": ANN})), stream)
        shard = ann.describe_stream(StreamArn=stream)["StreamDescription"]["Shards"][0]["ShardId"]
        iterator = ann.get_shard_iterator(StreamArn=stream, ShardId=shard, ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
        self.denied("ann", "GetRecords", stream, ann.get_records, ShardIterator=iterator)
        self.assertTrue(self.client("admin", "dynamodbstreams").get_records(ShardIterator=iterator)["Records"])
        self.denied("ann", "ListStreams", ARN + "Music/stream/*", ann.list_streams, TableName="Music")

    def test_another_accounts_table_needs_both_sides(self):
        stranger, poor = self.client("stranger"), self.client("poor")
        key = {"pk": {"S": "p"}}
        self.assertEqual(stranger.list_tables()["TableNames"], [])
        refused = {"who": f"arn:aws:iam::{OTHER}:user/stranger", "why": "because no resource-based policy allows the dynamodb:GetItem action"}
        self.denied("", "GetItem", ARN + "Music", stranger.get_item, TableName=ARN + "Music", Key=key, **refused)
        self.denied("", "GetItem", ARN + "Missing", stranger.get_item, TableName=ARN + "Missing", Key=key, **refused)
        self.with_policy(policy(allow(["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:BatchGetItem", "dynamodb:DescribeTable", "dynamodb:PartiQLSelect",
                                       "dynamodb:UpdateTimeToLive"], ARN + "Music", Principal={"AWS": OTHER})))
        self.assertIn("Item", stranger.get_item(TableName=ARN + "Music", Key=key))
        self.assertEqual(stranger.describe_table(TableName=ARN + "Music")["Table"]["TableArn"], ARN + "Music")
        stranger.transact_write_items(TransactItems=[{"Put": {"TableName": ARN + "Music", "Item": {"pk": {"S": "from afar"}}}}])
        self.assertIn("Item", self.admin.get_item(TableName="Music", Key={"pk": {"S": "from afar"}}))
        self.denied("", "GetItem", ARN + "Music", poor.get_item, who=f"arn:aws:iam::{OTHER}:user/poor", TableName=ARN + "Music", Key=key)
        # Operations that stay within their account, whatever the policy says.
        ttl = {"Enabled": True, "AttributeName": "t"}
        self.denied("", "UpdateTimeToLive", ARN + "Music", stranger.update_time_to_live, who=refused["who"], TableName=ARN + "Music",
                    TimeToLiveSpecification=ttl, why="because no resource-based policy allows the dynamodb:UpdateTimeToLive action")
        # By name it is another table, of the caller's own account.
        self.assertEqual(self.fails(stranger.get_item, TableName="Music", Key=key)[0], "ResourceNotFoundException")
        keys = {"Keys": [key]}
        self.assertEqual(self.fails(stranger.batch_get_item, RequestItems={ARN + "Music": keys, "Mine": keys}),
                         ("ValidationException", "One request cannot name tables of several accounts"))

    def test_with_shared_there_is_one_account(self):
        with Server("--iam", self.file, "--shared") as server:
            admin, stranger = (client_of(server, key="AKIA" + name.upper(), secret="secret/of+" + name, validates=False) for name in ("admin", "stranger"))
            admin.create_table(TableName="Music", **TABLE)
            item = {"pk": {"S": "one"}}
            for table in ("Music", ARN + "Music", f"arn:aws:dynamodb:us-east-1:{OTHER}:table/Music"):
                stranger.put_item(TableName=table, Item=item)
                self.assertEqual(admin.get_item(TableName=table, Key=item)["Item"], item)

    # --- the file --------------------------------------------------------------------------------------------------

    def test_a_file_that_is_wrong_ends_the_start(self):
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder) / "iam.yaml"
            file.write_text("Users:\n  - UserName: ann\n")
            with self.assertRaises(DidNotStart) as caught:
                Server("--iam", file)
            self.assertIn("iam.yaml:2: expected AccessKeys", caught.exception.output)


if __name__ == "__main__":
    unittest.main()
