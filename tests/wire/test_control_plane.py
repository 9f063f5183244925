"""Backups, point in time recovery, resource policies, contributor insights and Kinesis destinations, as boto3 sees them (and, where
Debian's boto3 is too old to know an operation, as plain calls)."""
import datetime
import json
import re
import time
import unittest

from sdk import Refusals, client_of
from server import Server, wait_until

PROVISIONED = {"ReadCapacityUnits": 3, "WriteCapacityUnits": 4}
STREAM = "arn:aws:kinesis:us-east-1:000000000000:stream/orders"


class ControlPlane(Refusals, unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server()
        cls.addClassCleanup(lambda: cls.server.__exit__())
        cls.db = client_of(cls.server)

    def table(self, name, **more):
        arguments = {"TableName": name, "BillingMode": "PAY_PER_REQUEST", "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
                     "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}], **more}
        return self.db.create_table(**arguments)["TableDescription"]

    def items(self, name):
        return sorted(item["pk"]["S"] for item in self.db.scan(TableName=name)["Items"])

    def test_a_backup_outlives_its_table(self):
        source = self.table(
            "Music", BillingMode="PROVISIONED", ProvisionedThroughput=PROVISIONED, Tags=[{"Key": "a", "Value": "b"}],
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}, {"AttributeName": "g", "AttributeType": "S"}],
            GlobalSecondaryIndexes=[{"IndexName": name, "KeySchema": [{"AttributeName": "g", "KeyType": "HASH"}],
                                     "Projection": {"ProjectionType": "ALL"}, "ProvisionedThroughput": PROVISIONED} for name in ("one", "two")],
            StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"})
        self.db.update_time_to_live(TableName="Music", TimeToLiveSpecification={"Enabled": True, "AttributeName": "until"})
        for key in "abc":
            self.db.put_item(TableName="Music", Item={"pk": {"S": key}, "g": {"S": "x"}})
        details = self.db.create_backup(TableName="Music", BackupName="mine")["BackupDetails"]
        self.assertRegex(details["BackupArn"], re.escape(source["TableArn"]) + r"/backup/0\d{13}-[0-9a-f]{8}$")
        self.assertEqual((details["BackupStatus"], details["BackupType"], details["BackupName"]), ("CREATING", "USER", "mine"))
        arn = details["BackupArn"]
        self.db.put_item(TableName="Music", Item={"pk": {"S": "later"}})
        described = self.db.describe_backup(BackupArn=arn)["BackupDescription"]
        self.assertEqual(described["BackupDetails"]["BackupStatus"], "AVAILABLE")
        self.assertEqual(described["SourceTableDetails"]["ItemCount"], 3)
        self.assertEqual(described["SourceTableDetails"]["TableId"], source["TableId"])
        self.assertEqual(described["SourceTableDetails"]["ProvisionedThroughput"], PROVISIONED)
        self.assertEqual(described["SourceTableDetails"]["BillingMode"], "PROVISIONED")
        features = described["SourceTableFeatureDetails"]
        self.assertEqual([index["IndexName"] for index in features["GlobalSecondaryIndexes"]], ["one", "two"])
        self.assertEqual(features["TimeToLiveDescription"], {"TimeToLiveStatus": "ENABLED", "AttributeName": "until"})
        self.assertEqual(features["StreamDescription"], {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"})
        self.refused("TableAlreadyExistsException", "Table already exists: Music", self.db.restore_table_from_backup,
                     TargetTableName="Music", BackupArn=arn)
        self.db.delete_table(TableName="Music")

        begun = self.db.restore_table_from_backup(TargetTableName="Music2", BackupArn=arn)["TableDescription"]
        self.assertEqual(begun["TableStatus"], "CREATING")
        self.assertEqual((begun["RestoreSummary"]["SourceBackupArn"], begun["RestoreSummary"]["RestoreInProgress"]), (arn, True))
        self.db.get_waiter("table_exists").wait(TableName="Music2")
        table = self.db.describe_table(TableName="Music2")["Table"]
        self.assertEqual(self.items("Music2"), ["a", "b", "c"])
        self.assertEqual(begun["RestoreSummary"]["SourceTableArn"], source["TableArn"])
        self.assertNotIn("RestoreSummary", table)
        self.assertEqual(table["ProvisionedThroughput"]["WriteCapacityUnits"], 4)
        self.assertNotEqual(table["TableId"], source["TableId"])
        self.assertNotIn("StreamSpecification", table)
        self.assertEqual(self.db.list_tags_of_resource(ResourceArn=table["TableArn"])["Tags"], [])
        self.assertEqual(self.db.describe_time_to_live(TableName="Music2")["TimeToLiveDescription"]["TimeToLiveStatus"], "DISABLED")
        self.assertEqual({index["IndexName"]: index["ItemCount"] for index in table["GlobalSecondaryIndexes"]}, {"one": 3, "two": 3})

        keep = {"IndexName": "two", "KeySchema": [{"AttributeName": "g", "KeyType": "HASH"}], "Projection": {"ProjectionType": "ALL"}}
        self.db.restore_table_from_backup(TargetTableName="Music3", BackupArn=arn, BillingModeOverride="PAY_PER_REQUEST",
                                          GlobalSecondaryIndexOverride=[keep], SSESpecificationOverride={"Enabled": True})
        table = self.db.describe_table(TableName="Music3")["Table"]
        self.assertEqual([index["IndexName"] for index in table["GlobalSecondaryIndexes"]], ["two"])
        self.assertEqual(table["BillingModeSummary"]["BillingMode"], "PAY_PER_REQUEST")
        self.assertEqual(table["SSEDescription"]["Status"], "ENABLED")
        other = {**keep, "IndexName": "three", "Projection": {"ProjectionType": "KEYS_ONLY"}}
        for text, given in (
                ("Index three does not match a secondary index that existed in the source table and cannot be created during the restore operation",
                 {"GlobalSecondaryIndexOverride": [other]}),
                ("Cannot override ProvisionedThroughput unless BillingMode is PROVISIONED",
                 {"BillingModeOverride": "PAY_PER_REQUEST", "ProvisionedThroughputOverride": PROVISIONED}),
                ("Cannot override ProvisionedThroughput if BillingMode is overridden to PAY_PER_REQUEST for index two",
                 {"BillingModeOverride": "PAY_PER_REQUEST",
                  "GlobalSecondaryIndexOverride": [{**keep, "ProvisionedThroughput": PROVISIONED}]}),
                ("Cannot override MaxReadRequestUnits for OnDemandThroughput unless BillingModeOverride is PAY_PER_REQUEST",
                 {"OnDemandThroughputOverride": {"MaxReadRequestUnits": 5}}),
                ("Requested MaxReadRequestUnits for OnDemandThroughput is outside of valid range",
                 {"BillingModeOverride": "PAY_PER_REQUEST", "OnDemandThroughputOverride": {"MaxReadRequestUnits": 0}})):
            status, answer = self.server.call("RestoreTableFromBackup", {"TargetTableName": "Music4", "BackupArn": arn, **given})
            self.assertEqual((status, answer["message"]), (400, text))
        for call in (self.db.describe_backup, self.db.delete_backup):
            self.refused("ValidationException", "Invalid Backup ARN", call, BackupArn=source["TableArn"])
            self.refused("ValidationException", "BackupArn is not valid", call, BackupArn=arn.replace("dynamodb", "s3"))
        self.db.restore_table_from_backup(TargetTableName="Music5", BackupArn=arn, GlobalSecondaryIndexOverride=[{**keep, "IndexName": "three",
                                          "ProvisionedThroughput": PROVISIONED}])
        self.db.update_table(TableName="Music5", BillingMode="PAY_PER_REQUEST")
        self.assertEqual([index["IndexName"] for index in self.db.describe_table(TableName="Music5")["Table"]["GlobalSecondaryIndexes"]], ["three"])
        deleted = self.db.delete_backup(BackupArn=arn)["BackupDescription"]
        self.assertEqual(deleted["BackupDetails"]["BackupStatus"], "DELETED")
        for call in (self.db.describe_backup, self.db.delete_backup):
            self.refused("BackupNotFoundException", f"Backup not found: {arn}", call, BackupArn=arn)
        self.refused("BackupNotFoundException", f"Backup not found: {arn}", self.db.restore_table_from_backup, TargetTableName="Music4",
                     BackupArn=arn)
        self.refused("TableNotFoundException", "Table not found: Nowhere", self.db.create_backup, TableName="Nowhere", BackupName="mine")

    def test_backups_are_listed_in_pages(self):
        for name in ("List1", "List2"):
            self.table(name)
        arns = [self.db.create_backup(TableName=name, BackupName=f"{name}.{i}")["BackupDetails"]["BackupArn"]
                for i in range(3) for name in ("List1", "List2") if time.sleep(0.002) is None]
        pages = list(self.db.get_paginator("list_backups").paginate(TableName="List2", PaginationConfig={"PageSize": 2}))
        self.assertEqual([len(page["BackupSummaries"]) for page in pages], [2, 1])
        self.assertEqual([one["BackupArn"] for page in pages for one in page["BackupSummaries"]], arns[1::2])
        self.assertEqual({one["TableName"] for page in pages for one in page["BackupSummaries"]}, {"List2"})
        self.assertEqual(self.db.list_backups(TableName="List2", BackupType="SYSTEM")["BackupSummaries"], [])
        hour = datetime.timedelta(hours=1)
        now = datetime.datetime.now(datetime.timezone.utc)
        self.assertEqual(len(self.db.list_backups(TableName="List1", TimeRangeLowerBound=now - hour)["BackupSummaries"]), 3)
        self.assertEqual(self.db.list_backups(TableName="List1", TimeRangeUpperBound=now - hour)["BackupSummaries"], [])
        self.assertEqual(self.server.call("ListBackups", {"Limit": 101})[0], 400)

    def test_point_in_time_recovery(self):
        self.refused("TableNotFoundException", "Table not found: Nowhere", self.db.describe_continuous_backups, TableName="Nowhere")
        table = self.table("Past")
        described = self.db.describe_continuous_backups(TableName="Past")["ContinuousBackupsDescription"]
        self.assertEqual(described, {"ContinuousBackupsStatus": "ENABLED",
                                     "PointInTimeRecoveryDescription": {"PointInTimeRecoveryStatus": "DISABLED"}})
        self.refused("PointInTimeRecoveryUnavailableException", "Point in time recovery is not enabled for table 'Past'",
                     self.db.restore_table_to_point_in_time, SourceTableName="Past", TargetTableName="Past2", UseLatestRestorableTime=True)
        enabled = self.db.update_continuous_backups(TableName="Past", PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True})
        recovery = enabled["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
        self.assertEqual(recovery["PointInTimeRecoveryStatus"], "ENABLED")
        self.assertLessEqual(recovery["EarliestRestorableDateTime"], recovery["LatestRestorableDateTime"])
        self.assertEqual(self.server.call("DescribeContinuousBackups", {"TableName": "Past"})[1]["ContinuousBackupsDescription"]
                         ["PointInTimeRecoveryDescription"]["RecoveryPeriodInDays"], 35)
        self.db.put_item(TableName="Past", Item={"pk": {"S": "kept"}})
        self.db.put_item(TableName="Past", Item={"pk": {"S": "lost"}})
        moment = datetime.datetime.now(datetime.timezone.utc)
        time.sleep(1.01)
        self.db.delete_item(TableName="Past", Key={"pk": {"S": "lost"}})
        self.db.put_item(TableName="Past", Item={"pk": {"S": "new"}})
        self.db.restore_table_to_point_in_time(SourceTableName="Past", TargetTableName="PastThen", RestoreDateTime=moment)
        self.assertEqual(self.items("PastThen"), ["kept", "lost"])
        begun = self.db.restore_table_to_point_in_time(SourceTableArn=table["TableArn"], TargetTableName="PastNow", UseLatestRestorableTime=True)
        self.assertEqual(begun["TableDescription"]["RestoreSummary"]["SourceTableArn"], table["TableArn"])
        self.assertNotIn("SourceBackupArn", begun["TableDescription"]["RestoreSummary"])
        self.assertEqual(self.items("PastNow"), ["kept", "new"])
        before = moment - datetime.timedelta(days=1)
        self.refused("InvalidRestoreTimeException", re.compile(
            before.strftime("RestoreDateTime '%Y-%m-%dT%H:%M:%SZ' must be within EarliestRestorableDateTime '\\S+Z' and "
                            "LatestRestorableDateTime '\\S+Z'$")), self.db.restore_table_to_point_in_time, SourceTableName="Past", TargetTableName="Past3",
                     RestoreDateTime=moment - datetime.timedelta(days=1))
        self.refused("ValidationException", "Invalid Request: Either one of RestoreDateTime or UseLatestRestorableTime must be specified, but "
                     "not both", self.db.restore_table_to_point_in_time, SourceTableName="Past", TargetTableName="Past3")
        self.refused("ValidationException", "The parameter 'TableName' is required but was not present in the request",
                     self.db.restore_table_to_point_in_time, TargetTableName="Past3", UseLatestRestorableTime=True)
        self.refused("TableAlreadyExistsException", None, self.db.restore_table_to_point_in_time, SourceTableName="Past",
                     TargetTableName="PastNow", UseLatestRestorableTime=True)

    def test_resource_policies_are_kept(self):
        arn = self.table("Guarded", StreamSpecification={"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"})["TableArn"]
        stream = self.db.describe_table(TableName="Guarded")["Table"]["LatestStreamArn"]
        call = self.server.call

        def policy(action="dynamodb:GetItem", **more):
            return json.dumps({"Version": "2012-10-17", "Statement": [
                {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"}, "Action": action, "Resource": arn, **more}]})

        def type_of(answer):
            return answer[0], answer[1]["__type"].split("#")[1]
        not_found = (400, "PolicyNotFoundException")
        self.assertEqual(type_of(call("GetResourcePolicy", {"ResourceArn": arn})), not_found)
        self.assertEqual(call("DeleteResourcePolicy", {"ResourceArn": arn}), (200, {}))
        self.assertEqual(type_of(call("DeleteResourcePolicy", {"ResourceArn": arn, "ExpectedRevisionId": "1"})), not_found)
        status, put = call("PutResourcePolicy", {"ResourceArn": arn, "Policy": policy(), "ExpectedRevisionId": "NO_POLICY"})
        self.assertEqual(status, 200)
        self.assertEqual(call("PutResourcePolicy", {"ResourceArn": arn, "Policy": policy()}), (200, put))
        self.assertEqual(call("GetResourcePolicy", {"ResourceArn": arn}), (200, {"Policy": policy(), **put}))
        self.assertEqual(type_of(call("PutResourcePolicy", {"ResourceArn": arn, "Policy": policy("*"), "ExpectedRevisionId": "NO_POLICY"})),
                         not_found)
        self.assertEqual(type_of(call("PutResourcePolicy", {"ResourceArn": arn, "Policy": policy("*"), "ExpectedRevisionId": "7"})), not_found)
        status, other = call("PutResourcePolicy", {"ResourceArn": arn, "Policy": policy("*"), "ExpectedRevisionId": put["RevisionId"]})
        self.assertEqual(status, 200)
        self.assertNotEqual(other, put)
        self.assertEqual(type_of(call("GetResourcePolicy", {"ResourceArn": stream})), not_found)
        self.assertEqual(call("PutResourcePolicy", {"ResourceArn": stream, "Policy": policy("dynamodb:GetRecords")})[0], 200)
        self.assertEqual(call("GetResourcePolicy", {"ResourceArn": stream})[1]["Policy"], policy("dynamodb:GetRecords"))
        self.assertEqual(call("DeleteResourcePolicy", {"ResourceArn": arn, "ExpectedRevisionId": other["RevisionId"]}), (200, other))
        self.assertEqual(type_of(call("GetResourcePolicy", {"ResourceArn": arn})), not_found)
        for wrong, why in (("{", "Syntax errors"), ("[]", "Syntax"), ("{}", "Statement"), (policy("s3:GetObject"), "action names are invalid: \"s3:GetObject\""),
                           (policy(Effect="Perhaps"), "effect"), (policy(Principal="me"), "principal"), (policy(Extra=1), "Extra"),
                           (policy(Condition=[]), "Condition"), ('{"Statement":[null]}', "Statement")):
            status, answer = call("PutResourcePolicy", {"ResourceArn": arn, "Policy": wrong})
            self.assertEqual((status, answer["__type"]), (400, "com.amazon.coral.validate#ValidationException"), wrong)
            self.assertIn(why, answer["message"])
        self.assertEqual(type_of(call("PutResourcePolicy", {"ResourceArn": arn + "x", "Policy": policy()})), (400, "ResourceNotFoundException"))
        self.assertEqual(type_of(call("GetResourcePolicy", {"ResourceArn": arn + "/index/one"})), (400, "ValidationException"))
        made = call("CreateTable", {"TableName": "Guarded2", "BillingMode": "PAY_PER_REQUEST", "ResourcePolicy": policy(),
                                    "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
                                    "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}]})
        self.assertEqual(made[0], 200)
        self.assertEqual(call("GetResourcePolicy", {"ResourceArn": made[1]["TableDescription"]["TableArn"]})[1]["Policy"], policy())

    def test_contributor_insights(self):
        self.table("Watched", KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
                   AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}, {"AttributeName": "sk", "AttributeType": "S"}],
                   GlobalSecondaryIndexes=[{"IndexName": "back", "KeySchema": [{"AttributeName": "sk", "KeyType": "HASH"}],
                                            "Projection": {"ProjectionType": "ALL"}}])
        described = self.db.describe_contributor_insights(TableName="Watched")
        self.assertEqual(described["ContributorInsightsStatus"], "DISABLED")
        self.assertEqual(self.db.update_contributor_insights(TableName="Watched", ContributorInsightsAction="ENABLE")["ContributorInsightsStatus"],
                         "ENABLING")
        described = self.db.describe_contributor_insights(TableName="Watched")
        self.assertEqual(described["ContributorInsightsStatus"], "ENABLED")
        self.assertEqual([rule.split("-")[1] for rule in described["ContributorInsightsRuleList"]], ["PKC", "SKC", "PKT", "SKT"])
        answer = self.server.call("UpdateContributorInsights", {"TableName": "Watched", "IndexName": "back", "ContributorInsightsAction": "ENABLE",
                                                                "ContributorInsightsMode": "THROTTLED_KEYS"})[1]
        again = self.server.call("UpdateContributorInsights", {"TableName": "Watched", "ContributorInsightsAction": "ENABLE"})[1]
        self.assertEqual(again["ContributorInsightsStatus"], "ENABLED", "nothing changes")
        self.assertEqual(answer["ContributorInsightsMode"], "THROTTLED_KEYS")
        listed = self.db.list_contributor_insights(TableName="Watched", MaxResults=1)
        self.assertEqual([(one["TableName"], one.get("IndexName")) for one in listed["ContributorInsightsSummaries"]], [("Watched", None)])
        listed = self.db.list_contributor_insights(TableName="Watched", NextToken=listed["NextToken"])
        self.assertEqual([one["IndexName"] for one in listed["ContributorInsightsSummaries"]], ["back"])
        self.assertNotIn("NextToken", listed)
        self.db.update_contributor_insights(TableName="Watched", ContributorInsightsAction="DISABLE")
        self.assertEqual(self.db.describe_contributor_insights(TableName="Watched")["ContributorInsightsStatus"], "DISABLED")
        listed = self.server.call("ListContributorInsights", {"TableName": "Watched"})[1]["ContributorInsightsSummaries"]
        self.assertEqual([(one["IndexName"], one["ContributorInsightsStatus"]) for one in listed], [("back", "ENABLED")])
        self.refused("ResourceNotFoundException", "Requested resource not found: Index: ghost not found for table: Watched",
                     self.db.describe_contributor_insights, TableName="Watched", IndexName="ghost")
        self.refused("ResourceNotFoundException", None, self.db.describe_contributor_insights, TableName="Watched", IndexName="none")
        self.refused("ResourceNotFoundException", "Requested resource not found: Table: Nowhere not found", self.db.update_contributor_insights,
                     TableName="Nowhere", ContributorInsightsAction="ENABLE")

    def test_kinesis_destinations_are_kept(self):
        table = self.table("Sent")
        one = {"TableName": "Sent", "StreamArn": STREAM}
        self.refused("ResourceNotFoundException", "Requested resource not found: Table: Nowhere not found",
                     self.db.enable_kinesis_streaming_destination, **{**one, "TableName": "Nowhere"})
        self.refused("ValidationException", "Table is not in a valid state to enable Kinesis Streaming Destination: "
                     "KinesisStreamingDestination must be ACTIVE to perform DISABLE operation.",
                     self.db.disable_kinesis_streaming_destination, **one)
        self.assertEqual(self.db.enable_kinesis_streaming_destination(**one)["DestinationStatus"], "ENABLING")
        self.refused("ValidationException", "Table is not in a valid state to enable Kinesis Streaming Destination: "
                     "EnableKinesisStreamingDestination must be DISABLED or ENABLE_FAILED to perform ENABLE operation.",
                     self.db.enable_kinesis_streaming_destination, **one)
        call = self.server.call
        precision = {"UpdateKinesisStreamingConfiguration": {"ApproximateCreationDateTimePrecision": "MICROSECOND"}}
        self.assertEqual(call("UpdateKinesisStreamingDestination", {**one, **precision})[1]["DestinationStatus"], "UPDATING")
        for more, message in (
                (precision, f"Invalid Request: Precision is already set to the desired value of MICROSECOND for tableId: {table['TableId']}, "
                            f"kdsArn: {STREAM}"),
                ({}, "Streaming destination cannot be updated with given parameters: UpdateKinesisStreamingConfiguration cannot be null or "
                     "contain only null values"),
                ({**precision, "StreamArn": STREAM + "x"},
                 f"Table is not in a valid state to enable Kinesis Streaming Destination: No streaming destination with streamArn: {STREAM}x "
                 "found for table with tableName: Sent")):
            status, answer = call("UpdateKinesisStreamingDestination", {**one, **more})
            self.assertEqual((status, answer["message"]), (400, message))
        self.assertEqual(call("DescribeKinesisStreamingDestination", {"TableName": "Sent"})[1]["KinesisDataStreamDestinations"],
                         [{"StreamArn": STREAM, "DestinationStatus": "ACTIVE", "ApproximateCreationDateTimePrecision": "MICROSECOND"}])
        self.assertEqual(self.db.disable_kinesis_streaming_destination(**one)["DestinationStatus"], "DISABLING")
        self.assertEqual(self.db.describe_kinesis_streaming_destination(TableName="Sent")["KinesisDataStreamDestinations"][0]["DestinationStatus"],
                         "DISABLED")
        self.db.enable_kinesis_streaming_destination(**one)


class OnFile(unittest.TestCase):
    def test_backups_and_recovery_live_through_a_restart(self):
        import tempfile
        table = {"TableName": "Kept", "BillingMode": "PAY_PER_REQUEST", "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
                 "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}]}
        with tempfile.TemporaryDirectory() as folder:
            with Server(data=folder) as server:
                self.assertEqual(server.call("CreateTable", table)[0], 200)
                server.call("PutItem", {"TableName": "Kept", "Item": {"pk": {"S": "a"}}})
                server.call("UpdateContinuousBackups", {"TableName": "Kept", "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True}})
                arn = server.call("CreateBackup", {"TableName": "Kept", "BackupName": "one"})[1]["BackupDetails"]["BackupArn"]
                server.call("DeleteItem", {"TableName": "Kept", "Key": {"pk": {"S": "a"}}})
                server.kill()
            with Server(data=folder) as server:
                self.assertEqual(server.call("RestoreTableFromBackup", {"TargetTableName": "Then", "BackupArn": arn})[0], 200)
                self.assertEqual(server.call("RestoreTableToPointInTime", {"SourceTableName": "Kept", "TargetTableName": "Now",
                                                                           "UseLatestRestorableTime": True})[0], 200)

                def count(name):
                    status, answer = server.call("Scan", {"TableName": name, "Select": "COUNT"})
                    return answer.get("Count")
                self.assertTrue(wait_until(lambda: count("Then") == 1), "the backup's items are there")
                self.assertTrue(wait_until(lambda: count("Now") == 0))


if __name__ == "__main__":
    unittest.main()
