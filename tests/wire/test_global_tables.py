"""Global tables: tables of several regions that hold the same items, in both versions of the API."""
import random
import tempfile
import unittest

import botocore.exceptions
from sdk import Refusals, client_of
from server import Server, wait_until

TABLE = {"TableName": "World", "BillingMode": "PAY_PER_REQUEST", "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
         "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}, {"AttributeName": "g", "AttributeType": "S"}],
         "GlobalSecondaryIndexes": [{"IndexName": "byG", "KeySchema": [{"AttributeName": "g", "KeyType": "HASH"}],
                                     "Projection": {"ProjectionType": "ALL"}}]}
STREAM = {"StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}}
HERE, THERE, FAR = "us-east-1", "eu-west-1", "ap-south-1"


class GlobalTables(Refusals, unittest.TestCase):
    def setUp(self):
        self.server = Server()
        self.addCleanup(lambda: self.server.__exit__())
        self.db = {region: client_of(self.server, region=region) for region in (HERE, THERE, FAR)}

    def put(self, region, key, **more):
        self.db[region].put_item(TableName="World", Item={"pk": {"S": key}, **{name: {"S": value} for name, value in more.items()}})

    def items(self, region, **more):
        return {item["pk"]["S"]: {name: value["S"] for name, value in item.items()} for item in
                self.db[region].scan(TableName="World", **more)["Items"]}

    def replicas(self, region=HERE):
        table = self.db[region].describe_table(TableName="World")["Table"]
        return {one["RegionName"]: one["ReplicaStatus"] for one in table.get("Replicas", [])}

    def alike(self, *regions):
        return wait_until(lambda: len({str(sorted(self.items(region).items())) for region in regions}) == 1)

    def add(self, region, at=HERE, **more):
        answer = self.db[at].update_table(TableName="World", ReplicaUpdates=[{"Create": {"RegionName": region, **more}}])
        self.assertIn((region, "CREATING"), [(one["RegionName"], one["ReplicaStatus"]) for one in answer["TableDescription"]["Replicas"]])
        self.assertTrue(wait_until(lambda: self.replicas(at).get(region) == "ACTIVE"))

    def test_what_is_written_anywhere_is_everywhere(self):
        self.db[HERE].create_table(**TABLE)
        for i in range(600):
            self.put(HERE, f"old{i}", g=str(i % 3))
        self.add(THERE)
        there = self.db[THERE].describe_table(TableName="World")["Table"]
        self.assertEqual((there["TableStatus"], there["GlobalTableVersion"], self.replicas(THERE)), ("ACTIVE", "2019.11.21", {HERE: "ACTIVE"}))
        self.assertIn(f":{THERE}:", there["TableArn"])
        self.assertEqual(there["StreamSpecification"], STREAM["StreamSpecification"])
        self.assertEqual(self.db[THERE].describe_table(TableName="World")["Table"]["ItemCount"], 600)
        self.put(THERE, "new", g="x")
        self.db[HERE].delete_item(TableName="World", Key={"pk": {"S": "old7"}})
        self.db[THERE].update_item(TableName="World", Key={"pk": {"S": "old8"}}, UpdateExpression="SET g = :g",
                                   ExpressionAttributeValues={":g": {"S": "y"}})
        self.assertTrue(wait_until(lambda: "new" in self.items(HERE) and "old7" not in self.items(THERE)))
        self.assertTrue(self.alike(HERE, THERE))
        self.assertEqual(self.items(HERE)["old8"]["g"], "y")
        self.assertEqual(set(self.items(HERE, IndexName="byG", FilterExpression="g = :g", ExpressionAttributeValues={":g": {"S": "x"}})), {"new"})
        self.add(FAR, at=THERE)
        self.assertTrue(wait_until(lambda: self.replicas(HERE) == {THERE: "ACTIVE", FAR: "ACTIVE"}))
        self.assertEqual(self.replicas(FAR), {THERE: "ACTIVE", HERE: "ACTIVE"})
        self.put(FAR, "far")
        self.assertTrue(wait_until(lambda: "far" in self.items(HERE) and "far" in self.items(THERE)))

    def test_all_regions_end_up_alike(self):
        self.db[HERE].create_table(**TABLE)
        self.add(THERE)
        self.add(FAR)
        choose = random.Random(5)
        for i in range(400):
            region, key = choose.choice((HERE, THERE, FAR)), f"k{choose.randrange(12)}"
            if choose.random() < 0.3:
                self.db[region].delete_item(TableName="World", Key={"pk": {"S": key}})
            else:
                self.put(region, key, g=str(i))
        self.put(HERE, "last")
        self.assertTrue(wait_until(lambda: "last" in self.items(FAR)))
        self.assertTrue(self.alike(HERE, THERE, FAR))

    def test_what_the_regions_keep_alike(self):
        self.db[HERE].create_table(**TABLE)
        self.add(THERE)
        self.add(FAR)

        def tables():
            return [self.db[region].describe_table(TableName="World")["Table"] for region in (HERE, THERE, FAR)]
        arn = tables()[1]["TableArn"]
        self.db[THERE].update_time_to_live(TableName=arn, TimeToLiveSpecification={"Enabled": True, "AttributeName": "until"})
        for region in (HERE, FAR):
            self.assertEqual(self.db[region].describe_time_to_live(TableName="World")["TimeToLiveDescription"],
                             {"TimeToLiveStatus": "ENABLED", "AttributeName": "until"})
        self.put(HERE, "a", h="x")
        self.assertTrue(self.alike(HERE, THERE, FAR))
        self.db[HERE].update_table(TableName="World", AttributeDefinitions=[{"AttributeName": "h", "AttributeType": "S"}],
                                   GlobalSecondaryIndexUpdates=[{"Create": {"IndexName": "byH", "Projection": {"ProjectionType": "ALL"},
                                                                            "KeySchema": [{"AttributeName": "h", "KeyType": "HASH"}]}}])
        for region in (HERE, THERE, FAR):
            self.assertTrue(wait_until(lambda: {one["IndexName"]: one["IndexStatus"] for one in self.db[region].describe_table(
                TableName="World")["Table"]["GlobalSecondaryIndexes"]} == {"byG": "ACTIVE", "byH": "ACTIVE"}), region)
            self.assertEqual(set(self.items(region, IndexName="byH")), {"a"})
        self.db[FAR].update_table(TableName="World", GlobalSecondaryIndexUpdates=[{"Delete": {"IndexName": "byH"}}])
        self.assertEqual([[one["IndexName"] for one in table["GlobalSecondaryIndexes"]] for table in tables()], [["byG"]] * 3)
        units = {"ReadCapacityUnits": 3, "WriteCapacityUnits": 4}
        self.db[HERE].update_table(TableName="World", ReplicaUpdates=[{"Update": {
            "RegionName": FAR, "ProvisionedThroughputOverride": {"ReadCapacityUnits": 9}}}])
        self.db[HERE].update_table(TableName="World", BillingMode="PROVISIONED", ProvisionedThroughput=units,
                                   GlobalSecondaryIndexUpdates=[{"Update": {"IndexName": "byG", "ProvisionedThroughput": units}}])
        self.assertEqual([(table["ProvisionedThroughput"]["ReadCapacityUnits"], table["ProvisionedThroughput"]["WriteCapacityUnits"],
                           table["BillingModeSummary"]["BillingMode"]) for table in tables()],
                         [(3, 4, "PROVISIONED"), (3, 4, "PROVISIONED"), (9, 4, "PROVISIONED")])
        call = self.server.call
        self.assertEqual(call("UpdateTable", {"TableName": "World", "DeletionProtectionEnabled": True}, region=HERE)[0], 200)
        self.assertEqual([call("DescribeTable", {"TableName": "World"}, region=region)[1]["Table"]["DeletionProtectionEnabled"]
                          for region in (HERE, THERE, FAR)], [True, False, False])
        call("UpdateTable", {"TableName": "World", "DeletionProtectionEnabled": False}, region=HERE)

    def test_auto_scaling_is_kept_and_told(self):
        call = self.server.call
        self.db[HERE].create_table(**TABLE)
        missing = (400, "Global table with name: 'World' does not exist.")
        for operation in ("DescribeTableReplicaAutoScaling", "UpdateTableReplicaAutoScaling"):
            status, answer = call(operation, {"TableName": "World"})
            self.assertEqual(((status, answer["message"]), answer["__type"].split("#")[1]), (missing, "ResourceNotFoundException"))
        self.add(THERE)
        off = {"AutoScalingDisabled": True}
        before = call("DescribeTableReplicaAutoScaling", {"TableName": "World"})[1]["TableAutoScalingDescription"]
        self.assertEqual(before, {"TableName": "World", "TableStatus": "ACTIVE", "Replicas": [
            {"RegionName": region, "ReplicaStatus": "ACTIVE", "ReplicaProvisionedReadCapacityAutoScalingSettings": off,
             "ReplicaProvisionedWriteCapacityAutoScalingSettings": off, "GlobalSecondaryIndexes": [
                 {"IndexName": "byG", "IndexStatus": "ACTIVE", "ProvisionedReadCapacityAutoScalingSettings": off,
                  "ProvisionedWriteCapacityAutoScalingSettings": off}]} for region in (THERE, HERE)]})
        policy = {"TargetTrackingScalingPolicyConfiguration": {"TargetValue": 80, "DisableScaleIn": True}}
        status, answer = call("UpdateTableReplicaAutoScaling", {
            "TableName": "World", "ProvisionedWriteCapacityAutoScalingUpdate": {"MinimumUnits": 10, "MaximumUnits": 100, "ScalingPolicyUpdate": policy},
            "GlobalSecondaryIndexUpdates": [{"IndexName": "byG", "ProvisionedWriteCapacityAutoScalingUpdate": {"MinimumUnits": 1, "MaximumUnits": 2}}],
            "ReplicaUpdates": [{"RegionName": THERE, "ReplicaProvisionedReadCapacityAutoScalingUpdate": {"MinimumUnits": 5, "MaximumUnits": 6}}]})
        self.assertEqual((status, answer["TableAutoScalingDescription"]), (200, before), "the answer tells what was before")
        call("UpdateTableReplicaAutoScaling", {"TableName": "World", "ProvisionedWriteCapacityAutoScalingUpdate": {"MaximumUnits": 200}}, region=THERE)
        role = ("arn:aws:iam::000000000000:role/aws-service-role/dynamodb.application-autoscaling.amazonaws.com/"
                "AWSServiceRoleForApplicationAutoScaling_DynamoDBTable")
        there, here = call("DescribeTableReplicaAutoScaling", {"TableName": "World"})[1]["TableAutoScalingDescription"]["Replicas"]
        for replica in (there, here):
            self.assertEqual(replica["ReplicaProvisionedWriteCapacityAutoScalingSettings"], {
                "MinimumUnits": 10, "MaximumUnits": 200, "AutoScalingRoleArn": role, "ScalingPolicies": [{
                    "PolicyName": "DynamoDBWriteCapacityUtilization:table/World", **policy}]})
            self.assertEqual(replica["GlobalSecondaryIndexes"][0]["ProvisionedWriteCapacityAutoScalingSettings"],
                             {"MinimumUnits": 1, "MaximumUnits": 2, "AutoScalingRoleArn": role})
        self.assertEqual(there["ReplicaProvisionedReadCapacityAutoScalingSettings"], {"MinimumUnits": 5, "MaximumUnits": 6, "AutoScalingRoleArn": role})
        self.assertEqual(here["ReplicaProvisionedReadCapacityAutoScalingSettings"], off)
        call("UpdateTableReplicaAutoScaling", {"TableName": "World", "ProvisionedWriteCapacityAutoScalingUpdate": off})
        there, here = call("DescribeTableReplicaAutoScaling", {"TableName": "World"})[1]["TableAutoScalingDescription"]["Replicas"]
        self.assertEqual([one["ReplicaProvisionedWriteCapacityAutoScalingSettings"] for one in (there, here)], [off, off])
        self.assertEqual(call("UpdateTableReplicaAutoScaling", {"TableName": "World", "GlobalSecondaryIndexUpdates": [{"IndexName": "none"}]})[0], 400)

    def test_settings_of_the_older_version(self):
        call = self.server.call
        for operation in ("DescribeGlobalTableSettings", "UpdateGlobalTableSettings"):
            status, answer = call(operation, {"GlobalTableName": "World"})
            self.assertEqual((status, answer["__type"].split("#")[1], answer["message"]),
                             (400, "GlobalTableNotFoundException", "Global table with name: 'World' does not exist."))
        units = {"ProvisionedThroughput": {"ReadCapacityUnits": 10, "WriteCapacityUnits": 5}}
        table = {**TABLE, **STREAM, **units, "BillingMode": "PROVISIONED",
                 "GlobalSecondaryIndexes": [{**TABLE["GlobalSecondaryIndexes"][0], **units}]}
        for region in (HERE, THERE):
            self.db[region].create_table(**table)
        self.db[HERE].create_global_table(GlobalTableName="World", ReplicationGroup=[{"RegionName": HERE}, {"RegionName": THERE}])
        off = {"AutoScalingDisabled": True}

        def replica(region, status, read, write, index_write, write_scaling=off, **more):
            return {"RegionName": region, "ReplicaStatus": status, "ReplicaProvisionedReadCapacityUnits": read,
                    "ReplicaProvisionedReadCapacityAutoScalingSettings": off, "ReplicaProvisionedWriteCapacityUnits": write,
                    "ReplicaProvisionedWriteCapacityAutoScalingSettings": write_scaling, "ReplicaGlobalSecondaryIndexSettings": [
                        {"IndexName": "byG", "IndexStatus": "ACTIVE", "ProvisionedReadCapacityUnits": 10,
                         "ProvisionedReadCapacityAutoScalingSettings": off, "ProvisionedWriteCapacityUnits": index_write,
                         "ProvisionedWriteCapacityAutoScalingSettings": off}], **more}
        described = call("DescribeGlobalTableSettings", {"GlobalTableName": "World"})
        self.assertEqual(described, (200, {"GlobalTableName": "World", "ReplicaSettings": [
            replica(THERE, "ACTIVE", 10, 5, 5), replica(HERE, "ACTIVE", 10, 5, 5)]}))
        status, answer = call("UpdateGlobalTableSettings", {
            "GlobalTableName": "World", "GlobalTableProvisionedWriteCapacityUnits": 15,
            "GlobalTableProvisionedWriteCapacityAutoScalingSettingsUpdate": {"MinimumUnits": 1, "MaximumUnits": 20, "AutoScalingRoleArn": "role"},
            "GlobalTableGlobalSecondaryIndexSettingsUpdate": [{"IndexName": "byG", "ProvisionedWriteCapacityUnits": 7}],
            "ReplicaSettingsUpdate": [{"RegionName": THERE, "ReplicaProvisionedReadCapacityUnits": 8,
                                       "ReplicaTableClass": "STANDARD_INFREQUENT_ACCESS"}]})
        self.assertEqual((status, answer), (200, {"GlobalTableName": "World", "ReplicaSettings": [
            replica(THERE, "UPDATING", 10, 5, 5), replica(HERE, "UPDATING", 10, 5, 5)]}))
        there, here = call("DescribeGlobalTableSettings", {"GlobalTableName": "World"}, region=THERE)[1]["ReplicaSettings"]
        scaling = {"MinimumUnits": 1, "MaximumUnits": 20, "AutoScalingRoleArn": "role"}
        self.assertEqual(here, replica(HERE, "ACTIVE", 10, 15, 7, scaling))
        self.assertEqual(there.pop("ReplicaTableClassSummary")["TableClass"], "STANDARD_INFREQUENT_ACCESS")
        self.assertEqual(there, replica(THERE, "ACTIVE", 8, 15, 7, scaling))
        self.assertEqual(self.db[THERE].describe_table(TableName="World")["Table"]["ProvisionedThroughput"]["ReadCapacityUnits"], 8)
        for wrong, error in (({"ReplicaSettingsUpdate": [{"RegionName": FAR}]}, "ReplicaNotFoundException"),
                             ({"GlobalTableGlobalSecondaryIndexSettingsUpdate": [{"IndexName": "none"}]}, "IndexNotFoundException")):
            status, answer = call("UpdateGlobalTableSettings", {"GlobalTableName": "World", **wrong})
            self.assertEqual((status, answer["__type"].split("#")[1]), (400, error))

    def test_replicas_go(self):
        self.db[HERE].create_table(**TABLE)
        self.add(THERE)
        self.add(FAR)
        self.refused("ValidationException", None, self.db[HERE].update_table, TableName="World", StreamSpecification={"StreamEnabled": False})
        self.db[HERE].update_table(TableName="World", ReplicaUpdates=[{"Delete": {"RegionName": THERE}}])
        self.assertTrue(wait_until(lambda: self.replicas(HERE) == {FAR: "ACTIVE"} and self.replicas(FAR) == {HERE: "ACTIVE"}))
        self.refused("ResourceNotFoundException", None, self.db[THERE].describe_table, TableName="World")
        self.db[FAR].delete_table(TableName="World")
        self.assertTrue(wait_until(lambda: self.replicas(HERE) == {}))
        self.assertNotIn("GlobalTableVersion", self.db[HERE].describe_table(TableName="World")["Table"])
        self.put(HERE, "alone")

    def test_what_is_refused(self):
        self.db[HERE].create_table(**TABLE)
        self.db[THERE].create_table(**TABLE)
        update = self.db[HERE].update_table
        for wrong in ({"Create": {"RegionName": THERE}}, {"Create": {"RegionName": HERE}}, {"Delete": {"RegionName": FAR}},
                      {"Update": {"RegionName": FAR, "KMSMasterKeyId": "a"}}, {}, {"Create": {"RegionName": "Mars"}}):
            self.refused("ValidationException", None, update, TableName="World", ReplicaUpdates=[wrong])
        self.refused("ResourceNotFoundException", None, self.db[FAR].update_table, TableName="World", ReplicaUpdates=[{"Create": {"RegionName": HERE}}])
        with Server("--shared") as server:
            db = client_of(server, region=HERE)
            db.create_table(**TABLE)
            self.refused("ValidationException", None, db.update_table, TableName="World", ReplicaUpdates=[{"Create": {"RegionName": THERE}}])

    def test_the_older_version(self):
        group = [{"RegionName": HERE}, {"RegionName": THERE}]
        create = self.db[HERE].create_global_table
        self.refused("TableNotFoundException", None, create, GlobalTableName="World", ReplicationGroup=group)
        for region in (HERE, THERE, FAR):
            self.db[region].create_table(**TABLE, **STREAM)
        self.refused("GlobalTableNotFoundException", None, self.db[HERE].describe_global_table, GlobalTableName="World")
        made = create(GlobalTableName="World", ReplicationGroup=group)["GlobalTableDescription"]
        self.assertEqual(made["GlobalTableArn"], "arn:aws:dynamodb::000000000000:global-table/World")
        self.refused("GlobalTableAlreadyExistsException", None, create, GlobalTableName="World", ReplicationGroup=group)
        described = self.db[THERE].describe_global_table(GlobalTableName="World")["GlobalTableDescription"]
        self.assertEqual((described["GlobalTableStatus"], [one["RegionName"] for one in described["ReplicationGroup"]]),
                         ("ACTIVE", sorted((HERE, THERE))))
        self.put(HERE, "one")
        self.put(THERE, "two")
        self.assertTrue(wait_until(lambda: set(self.items(HERE)) == set(self.items(THERE)) == {"one", "two"}))
        update = self.db[HERE].update_global_table
        self.refused("ReplicaAlreadyExistsException", None, update, GlobalTableName="World", ReplicaUpdates=[{"Create": {"RegionName": THERE}}])
        self.refused("ReplicaNotFoundException", None, update, GlobalTableName="World", ReplicaUpdates=[{"Delete": {"RegionName": FAR}}])
        update(GlobalTableName="World", ReplicaUpdates=[{"Create": {"RegionName": FAR}}, {"Delete": {"RegionName": THERE}}])
        self.put(FAR, "three")
        self.assertTrue(wait_until(lambda: "three" in self.items(HERE)))
        self.assertNotIn("three", self.items(THERE))
        self.assertEqual(self.db[HERE].list_global_tables()["GlobalTables"],
                         [{"GlobalTableName": "World", "ReplicationGroup": [{"RegionName": FAR}, {"RegionName": HERE}]}])
        self.assertEqual(self.db[HERE].list_global_tables(RegionName=THERE)["GlobalTables"], [])


class OnFile(unittest.TestCase):
    def test_a_killed_server_goes_on_replicating(self):
        with tempfile.TemporaryDirectory() as folder:
            with Server(data=folder) as server:
                db = client_of(server, region=HERE)
                db.create_table(**TABLE)
                db.update_table(TableName="World", ReplicaUpdates=[{"Create": {"RegionName": THERE}}])
                for i in range(50):
                    db.put_item(TableName="World", Item={"pk": {"S": str(i)}})
                server.kill()
            with Server(data=folder) as server:
                client_of(server, region=HERE).list_tables()
                there = client_of(server, region=THERE)

                def count():
                    try:
                        return there.scan(TableName="World", Select="COUNT")["Count"]
                    except botocore.exceptions.ClientError:
                        return 0
                self.assertTrue(wait_until(lambda: count() == 50))


if __name__ == "__main__":
    unittest.main()
