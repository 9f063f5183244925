"""Exports to buckets and imports from them, where a bucket is a folder below the one that --s3 names."""
import base64
import gzip
import hashlib
import json
import pathlib
import re
import tempfile
import time
import unittest

from sdk import Refusals, client_of
from server import Server, wait_until

KEY = {"KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}], "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
       "BillingMode": "PAY_PER_REQUEST"}


class Transfers(Refusals, unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="stator-s3-")
        cls.addClassCleanup(folder.cleanup)
        cls.s3 = pathlib.Path(folder.name)
        cls.bucket = cls.s3 / "bucket"
        cls.bucket.mkdir()
        cls.server = Server("--s3", cls.s3)
        cls.addClassCleanup(lambda: cls.server.__exit__())
        cls.db = client_of(cls.server)

    def exported(self, arn, db=None):
        describe = (db or self.db).describe_export
        self.assertTrue(wait_until(lambda: describe(ExportArn=arn)["ExportDescription"]["ExportStatus"] != "IN_PROGRESS"))
        return describe(ExportArn=arn)["ExportDescription"]

    def imported(self, begun):
        arn = begun["ImportTableDescription"]["ImportArn"]
        self.assertEqual(begun["ImportTableDescription"]["ImportStatus"], "IN_PROGRESS")
        describe = self.db.describe_import
        self.assertTrue(wait_until(lambda: describe(ImportArn=arn)["ImportTableDescription"]["ImportStatus"] != "IN_PROGRESS"))
        return describe(ImportArn=arn)["ImportTableDescription"]

    def test_a_table_comes_back_out_of_its_export(self):
        table = self.db.create_table(TableName="Out", **KEY)["TableDescription"]
        arn = table["TableArn"]
        self.refused("PointInTimeRecoveryUnavailableException", None, self.db.export_table_to_point_in_time, TableArn=arn, S3Bucket="bucket")
        self.db.update_continuous_backups(TableName="Out", PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True})
        for key in range(30):
            self.db.put_item(TableName="Out", Item={"pk": {"S": str(key)}, "n": {"N": "1.5"}, "l": {"L": [{"BOOL": True}, {"B": b"\0"}]}})
        moment = int(time.time())
        time.sleep(1.01)
        self.db.put_item(TableName="Out", Item={"pk": {"S": "later"}})
        begun = self.db.export_table_to_point_in_time(TableArn=arn, S3Bucket="bucket", S3Prefix="a/b", ExportTime=moment, ClientToken="one")
        self.assertEqual(begun["ExportDescription"]["ExportStatus"], "IN_PROGRESS")
        export = self.exported(begun["ExportDescription"]["ExportArn"])
        self.assertRegex(export["ExportArn"], re.escape(arn) + r"/export/0\d{13}-[0-9a-f]{8}$")
        self.assertEqual({name: export[name] for name in ("ExportStatus", "ItemCount", "ExportFormat", "S3Bucket", "S3Prefix", "TableId", "ClientToken")},
                         {"ExportStatus": "COMPLETED", "ItemCount": 30, "ExportFormat": "DYNAMODB_JSON", "S3Bucket": "bucket", "S3Prefix": "a/b",
                          "TableId": table["TableId"], "ClientToken": "one"})
        self.assertEqual(export["ExportTime"].timestamp(), moment)
        summary = json.loads((self.bucket / export["ExportManifest"]).read_text())
        self.assertEqual((summary["itemCount"], summary["s3Bucket"], summary["s3Prefix"]), (30, "bucket", "a/b"))
        [line] = (self.bucket / summary["manifestFilesS3Key"]).read_text().splitlines()
        packed = (self.bucket / json.loads(line)["dataFileS3Key"]).read_bytes()
        self.assertEqual(json.loads(line)["md5Checksum"], base64.b64encode(hashlib.md5(packed).digest()).decode())
        self.assertEqual(sorted(json.dumps(json.loads(one)["Item"], sort_keys=True) for one in gzip.decompress(packed).splitlines()),
                         sorted(self.raw("Out", {"later"})))
        again = self.db.export_table_to_point_in_time(TableArn=arn, S3Bucket="bucket", S3Prefix="a/b", ExportTime=moment, ClientToken="one")
        self.assertEqual(again["ExportDescription"]["ExportArn"], export["ExportArn"])
        self.refused("ExportConflictException", None, self.db.export_table_to_point_in_time, TableArn=arn, S3Bucket="bucket", ClientToken="one")
        self.refused("InvalidExportTimeException", None, self.db.export_table_to_point_in_time, TableArn=arn, S3Bucket="bucket", ExportTime=moment - 9999)
        self.assertEqual([one["ExportArn"] for one in self.db.list_exports(TableArn=arn)["ExportSummaries"]], [export["ExportArn"]])
        self.refused("ExportNotFoundException", None, self.db.describe_export, ExportArn=arn + "/export/01693685827463-2d8752fd")

        data = str(pathlib.PurePosixPath(summary["manifestFilesS3Key"]).parent / "data")
        done = self.imported(self.db.import_table(S3BucketSource={"S3Bucket": "bucket", "S3KeyPrefix": data}, InputFormat="DYNAMODB_JSON",
                                                  InputCompressionType="GZIP", TableCreationParameters={"TableName": "Back", **KEY}))
        self.assertEqual({name: done.get(name) for name in ("ImportStatus", "ProcessedItemCount", "ImportedItemCount", "ErrorCount", "FailureCode")},
                         {"ImportStatus": "COMPLETED", "ProcessedItemCount": 30, "ImportedItemCount": 30, "ErrorCount": 0, "FailureCode": None})
        self.assertEqual(sorted(self.raw("Back", ())), sorted(self.raw("Out", {"later"})))

    def test_ion_goes_out_and_comes_back(self):
        arn = self.db.create_table(TableName="Ion", **KEY)["TableDescription"]["TableArn"]
        self.db.update_continuous_backups(TableName="Ion", PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True})
        self.db.put_item(TableName="Ion", Item={
            "pk": {"S": 'a "b" \\ \n\u00e9\u0001'}, "Id": {"N": "103"}, "Pages": {"N": "600"}, "small": {"N": "-0.05"}, "half": {"N": "1.5"},
            "tiny": {"N": "1E-20"}, "zero": {"N": "0"}, "InPublication": {"BOOL": False}, "none": {"NULL": True}, "blob": {"B": b"\0\1"},
            "Authors": {"SS": ["x", "y"]}, "ns": {"NS": ["1", "20"]}, "bs": {"BS": [b"z"]}, "empty": {"L": []}, "a-b": {"M": {"true": {"L": [{"S": ""}]}}}})
        begun = self.db.export_table_to_point_in_time(TableArn=arn, S3Bucket="bucket", S3Prefix="ion", ExportFormat="ION")
        export = self.exported(begun["ExportDescription"]["ExportArn"])
        self.assertEqual((export["ExportFormat"], export["ExportStatus"]), ("ION", "COMPLETED"))
        summary = json.loads((self.bucket / export["ExportManifest"]).read_text())
        self.assertEqual(summary["outputFormat"], "ION")
        key = json.loads((self.bucket / summary["manifestFilesS3Key"]).read_text())["dataFileS3Key"]
        self.assertTrue(key.endswith(".ion.gz"), key)
        self.assertEqual(gzip.decompress((self.bucket / key).read_bytes()).decode(),
                         '$ion_1_0 {Item:{Authors:$dynamodb_SS::["x","y"],Id:103.,InPublication:false,Pages:6d2,\'a-b\':{\'true\':[""]},blob:{{AAE=}},'
                         'bs:$dynamodb_BS::[{{eg==}}],empty:[],half:1.5,none:null,ns:$dynamodb_NS::[1.,2d1],'
                         'pk:"a \\"b\\" \\\\ \\n\u00e9\\x01",small:-0.05,tiny:1d-20,zero:0.}}\n')
        source = {"S3BucketSource": {"S3Bucket": "bucket", "S3KeyPrefix": key}, "InputFormat": "ION"}
        done = self.imported(self.db.import_table(**source, InputCompressionType="GZIP", TableCreationParameters={"TableName": "IonBack", **KEY}))
        self.assertEqual((done["ImportStatus"], done["ImportedItemCount"], done["InputFormat"]), ("COMPLETED", 1, "ION"))
        self.assertEqual(self.raw("IonBack", ()), self.raw("Ion", ()))
        (self.bucket / "odd.ion").write_text('$ion_1_0 { Item : { pk : "\\u00e9" , n: 1_0 , } }\n\n{"Item":{\'pk\':"two","l":[ true ]}}\n'
                                             '{Item:{pk:three}}\n{Item:{pk:"four",n:1e3}}\n{Item:{n:1.}}\n{Item:{pk:"five"\n')
        done = self.imported(self.db.import_table(S3BucketSource={"S3Bucket": "bucket", "S3KeyPrefix": "odd"}, InputFormat="ION",
                                                  TableCreationParameters={"TableName": "Odd", **KEY}))
        self.assertEqual((done["ImportStatus"], done["ImportedItemCount"], done["ErrorCount"]), ("FAILED", 2, 4))
        self.assertEqual(sorted(self.raw("Odd", ())), sorted(json.dumps(one, sort_keys=True) for one in (
            {"pk": {"S": "\u00e9"}, "n": {"N": "10"}}, {"pk": {"S": "two"}, "l": {"L": [{"BOOL": True}]}})))

    def raw(self, name, without):
        items = self.server.call("Scan", {"TableName": name})[1]["Items"]
        return [json.dumps(item, sort_keys=True) for item in items if item["pk"]["S"] not in without]

    def incremental(self, server, arn, **specification):
        status, answer = server.call("ExportTableToPointInTime", {
            "TableArn": arn, "S3Bucket": "bucket", "S3Prefix": "inc", "ExportType": "INCREMENTAL_EXPORT",
            "IncrementalExportSpecification": specification})
        self.assertEqual(status, 200, answer)
        arn = answer["ExportDescription"]["ExportArn"]

        def describe():
            return server.call("DescribeExport", {"ExportArn": arn})[1]["ExportDescription"]
        self.assertTrue(wait_until(lambda: describe()["ExportStatus"] != "IN_PROGRESS"))
        export = describe()
        self.assertEqual(export["ExportStatus"], "COMPLETED")
        summary = json.loads((self.bucket / export["ExportManifest"]).read_text())
        lines = []
        for line in (self.bucket / summary["manifestFilesS3Key"]).read_text().splitlines():
            data = json.loads(line)["dataFileS3Key"]
            self.assertTrue(data.startswith("inc/AWSDynamoDB/data/"), data)
            lines += [json.loads(one) for one in gzip.decompress((self.bucket / data).read_bytes()).splitlines()]
        self.assertEqual((export["ItemCount"], summary["itemCount"]), (len(lines), len(lines)))
        return export, summary, {line["Keys"]["pk"]["S"]: line for line in lines}

    def test_an_incremental_export_tells_what_changed_between(self):
        with Server("--s3", self.s3) as server:
            now = 1_800_000_000
            server.admin("v1/clock", {"freeze": True, "set_ms": now * 1000})
            arn = server.call("CreateTable", {"TableName": "Inc", **KEY})[1]["TableDescription"]["TableArn"]
            put = lambda key, n: server.call("PutItem", {"TableName": "Inc", "Item": {"pk": {"S": key}, "n": {"N": str(n)}}})
            for key in ("changed", "gone", "still", "later"):
                put(key, 0)
            server.call("UpdateContinuousBackups", {"TableName": "Inc", "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True}})
            server.admin("v1/clock", {"advance_ms": 60_000})
            begin = now + 60
            for n in (1, 2):
                put("changed", n)
                server.admin("v1/clock", {"advance_ms": 1000})
            server.call("DeleteItem", {"TableName": "Inc", "Key": {"pk": {"S": "gone"}}})
            put("new", 1)
            put("flash", 1)
            server.call("DeleteItem", {"TableName": "Inc", "Key": {"pk": {"S": "flash"}}})
            server.admin("v1/clock", {"advance_ms": 900_000})
            end = begin + 902
            put("changed", 3)  # at the end itself, which is not of it
            put("later", 1)
            server.admin("v1/clock", {"advance_ms": 10_000})
            export, summary, lines = self.incremental(server, arn, ExportFromTime=begin, ExportToTime=end)
            self.assertEqual(export["IncrementalExportSpecification"],
                             {"ExportFromTime": begin, "ExportToTime": end, "ExportViewType": "NEW_AND_OLD_IMAGES"})
            self.assertEqual((export["ExportType"], "ExportTime" in export, export["BilledSizeBytes"]), ("INCREMENTAL_EXPORT", False, 10_000_000))
            self.assertEqual((summary["version"], summary["exportType"], summary["outputView"]),
                             ("2023-08-01", "INCREMENTAL_EXPORT", "NEW_AND_OLD_IMAGES"))
            self.assertEqual((summary["exportFromTime"], summary["exportToTime"], "exportTime" in summary),
                             ("2027-01-15T08:01:00.000Z", "2027-01-15T08:16:02.000Z", False))

            def line(key, old, new, second):
                image = lambda n: {"pk": {"S": key}, "n": {"N": str(n)}}
                return {"Metadata": {"WriteTimestampMicros": {"N": str(second * 1_000_000)}}, "Keys": {"pk": {"S": key}},
                        **({} if old is None else {"OldImage": image(old)}), **({} if new is None else {"NewImage": image(new)})}
            self.assertEqual(lines, {"changed": line("changed", 0, 2, begin + 1), "gone": line("gone", 0, None, begin + 2),
                                     "new": line("new", None, 1, begin + 2)})
            _, _, lines = self.incremental(server, arn, ExportFromTime=begin, ExportViewType="NEW_IMAGE")
            self.assertEqual(lines["changed"], line("changed", None, 3, end))
            self.assertEqual(lines["gone"], line("gone", None, None, begin + 2))
            self.assertEqual(sorted(lines), ["changed", "gone", "later", "new"])
            self.assertEqual({one["ExportType"] for one in server.call("ListExports", {"TableArn": arn})[1]["ExportSummaries"]},
                             {"INCREMENTAL_EXPORT"})

            def refused(more, error, text):
                status, answer = server.call("ExportTableToPointInTime", {"TableArn": arn, "S3Bucket": "bucket", **more})
                self.assertEqual((status, answer["__type"].split("#")[1], answer["message"]), (400, error, text), more)

            def period(error, text, **specification):
                refused({"ExportType": "INCREMENTAL_EXPORT", "IncrementalExportSpecification": specification}, error, text)
            invalid = "Invalid Request: "
            refused({"IncrementalExportSpecification": {"ExportFromTime": begin}}, "ValidationException",
                    invalid + "Export Type expected to be Incremental Export when incremental export specification is provided")
            refused({"ExportType": "FULL_EXPORT", "IncrementalExportSpecification": {"ExportFromTime": begin}}, "ValidationException",
                    invalid + "When Export Type is Full Export , Incremental Export Specification should not be provided")
            refused({"ExportType": "INCREMENTAL_EXPORT"}, "ValidationException",
                    invalid + "Incremental Export Specification expected when export type is set as Incremental Export")
            period("ValidationException", invalid + "ExportFromTime must be provided in IncrementalExportSpecification", ExportToTime=end)
            period("InvalidExportTimeException",
                   "Incremental export period from time cannot be less than the table creation time : 2027-01-15T07:59:59Z", ExportFromTime=now - 1)
            period("InvalidExportTimeException",
                   "Difference between export period from time and export period to time is less than 15 minutes",
                   ExportFromTime=begin, ExportToTime=begin + 899)
            period("InvalidExportTimeException",
                   "Incremental export period to time cannot be greater than the current time : 2027-01-15T08:50:00Z",
                   ExportFromTime=begin, ExportToTime=now + 3000)
            refused({"S3SseKmsKeyId": "k"}, "ValidationException", invalid + "KMS Key Id is not supported for this encryption type")
            refused({"ExportTime": now + 5000}, "InvalidExportTimeException", "Export Time is invalid")
            refused({"TableArn": "Inc"}, "ValidationException", "One or more parameter values were invalid: tableArn is not a valid ARN")
            refused({"TableArn": arn + "/index/x"}, "ValidationException", "Invalid Request: Table ARN is invalid.")
            refused({"TableArn": arn + "x"}, "TableNotFoundException", f"Table not found: {arn}x")
            status, answer = server.call("DescribeExport", {"ExportArn": arn})
            self.assertEqual((status, answer["message"]), (400, "Invalid Export ARN"))
            server.call("DeleteTable", {"TableName": "Inc"})
            self.assertEqual(server.call("ListExports", {"TableArn": arn})[1]["ExportSummaries"], [])
            self.assertEqual(len(server.call("ListExports", {})[1]["ExportSummaries"]), 2)

    def test_csv_with_and_without_a_header(self):
        (self.bucket / "csv").mkdir()
        (self.bucket / "csv/one.csv").write_text('pk,n,g\na,1,x\nb,2,"y, z"\n')
        (self.bucket / "csv/two.csv").write_text("pk,n,g\nc,,\n")
        table = {"TableName": "Csv", "BillingMode": "PAY_PER_REQUEST", "KeySchema": KEY["KeySchema"],
                 "AttributeDefinitions": [*KEY["AttributeDefinitions"], {"AttributeName": "n", "AttributeType": "N"}],
                 "GlobalSecondaryIndexes": [{"IndexName": "byN", "KeySchema": [{"AttributeName": "n", "KeyType": "HASH"}],
                                             "Projection": {"ProjectionType": "ALL"}}]}
        done = self.imported(self.db.import_table(S3BucketSource={"S3Bucket": "bucket", "S3KeyPrefix": "csv/"}, InputFormat="CSV",
                                                  TableCreationParameters=table))
        self.assertEqual((done["ImportStatus"], done["ImportedItemCount"]), ("COMPLETED", 3))
        self.assertEqual(self.db.get_item(TableName="Csv", Key={"pk": {"S": "b"}})["Item"], {"pk": {"S": "b"}, "n": {"N": "2"}, "g": {"S": "y, z"}})
        self.assertEqual(self.db.scan(TableName="Csv", IndexName="byN")["Count"], 2)
        self.refused("ResourceInUseException", None, self.db.import_table, S3BucketSource={"S3Bucket": "bucket"}, InputFormat="CSV",
                     TableCreationParameters=table)
        (self.bucket / "bare").mkdir()
        (self.bucket / "bare/x").write_text("a;b\n")
        done = self.imported(self.db.import_table(
            S3BucketSource={"S3Bucket": "bucket", "S3KeyPrefix": "bare/"}, InputFormat="CSV", TableCreationParameters={"TableName": "Bare", **KEY},
            InputFormatOptions={"Csv": {"Delimiter": ";", "HeaderList": ["pk", "other"]}}))
        self.assertEqual(done["ImportStatus"], "COMPLETED")
        self.assertEqual(self.db.scan(TableName="Bare")["Items"], [{"pk": {"S": "a"}, "other": {"S": "b"}}])

    def test_what_is_wrong_is_counted_and_the_rest_imported(self):
        (self.bucket / "bad").mkdir()
        (self.bucket / "bad/lines").write_text('{"Item":{"pk":{"S":"a"}}}\nnonsense\n{"Item":{"other":{"S":"b"}}}\n{"Item":{"pk":{"S":"c"}}}\n')
        done = self.imported(self.db.import_table(S3BucketSource={"S3Bucket": "bucket", "S3KeyPrefix": "bad/"}, InputFormat="DYNAMODB_JSON",
                                                  TableCreationParameters={"TableName": "Some", **KEY}))
        self.assertEqual((done["ImportStatus"], done["FailureCode"], done["ErrorCount"], done["ProcessedItemCount"], done["ImportedItemCount"]),
                         ("FAILED", "ItemValidationError", 2, 4, 2))
        self.assertEqual(self.db.scan(TableName="Some")["Count"], 2)

    def test_there_is_no_such_bucket(self):
        done = self.imported(self.db.import_table(S3BucketSource={"S3Bucket": "elsewhere"}, InputFormat="DYNAMODB_JSON",
                                                  TableCreationParameters={"TableName": "None", **KEY}))
        self.assertEqual((done["ImportStatus"], done["FailureCode"]), ("FAILED", "S3NoSuchBucket"))
        self.refused("ResourceNotFoundException", None, self.db.describe_table, TableName="None")
        self.refused("ImportNotFoundException", None, self.db.describe_import, ImportArn=done["ImportArn"] + "0")
        self.assertIn(done["ImportArn"], [one["ImportArn"] for one in self.db.list_imports()["ImportSummaryList"]])
        with Server() as server:
            db = client_of(server)
            arn = db.create_table(TableName="Out", **KEY)["TableDescription"]["TableArn"]
            db.update_continuous_backups(TableName="Out", PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True})
            begun = db.export_table_to_point_in_time(TableArn=arn, S3Bucket="bucket")["ExportDescription"]
            export = self.exported(begun["ExportArn"], db)
            self.assertEqual((export["ExportStatus"], export["FailureCode"], export["FailureMessage"]),
                             ("FAILED", "S3NoSuchBucket", "The specified bucket does not exist"))

    def test_a_prefix_stays_within_its_bucket(self):
        arn = self.db.create_table(TableName="Sly", **KEY)["TableDescription"]["TableArn"]
        self.db.update_continuous_backups(TableName="Sly", PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True})
        begun = self.db.export_table_to_point_in_time(TableArn=arn, S3Bucket="bucket", S3Prefix="../outside")["ExportDescription"]
        self.assertEqual(self.exported(begun["ExportArn"])["ExportStatus"], "FAILED")
        self.assertFalse((self.s3 / "outside").exists())

    def bulk(self, server, table, more=None, **input_more):
        """A bulk put from bucket/bulk to its end: its description."""
        body = {"TableName": table, "InputS3Configuration": {"S3Bucket": "bucket", "S3KeyPrefix": "bulk/", "InputFormat": "DYNAMODB_JSON", **input_more},
                "OutputS3Configuration": {"S3Bucket": "bucket", "S3KeyPrefix": "reports", "OutputType": ["ERROR", "CONDITION_CHECK_FAILURE"]},
                **(more or {})}
        status, answer = server.call("StartBulkPutItems", body)
        self.assertEqual(status, 200, answer)
        arn = {"BulkOperationArn": answer["BulkOperationDescription"]["BulkOperationArn"]}
        self.assertEqual(answer["BulkOperationDescription"]["BulkOperationStatus"], "IN_PROGRESS")

        def describe():
            return server.call("DescribeBulkOperation", arn)[1]["BulkOperationDescription"]
        self.assertTrue(wait_until(lambda: describe()["BulkOperationStatus"] != "IN_PROGRESS"))
        return body, describe()

    def test_items_are_put_into_a_table_that_is_there(self):
        with Server("--s3", self.s3) as server:
            table = server.call("CreateTable", {
                "TableName": "Bulk", **KEY, "StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}})[1]["TableDescription"]
            server.call("PutItem", {"TableName": "Bulk", "Item": {"pk": {"S": "a"}, "n": {"N": "1"}}})
            (self.bucket / "bulk").mkdir()
            unless_there = {"ConditionExpression": "attribute_not_exists(pk)"}
            records = [{"Item": {"pk": {"S": "a"}, "n": {"N": "2"}}}, {"Item": {"pk": {"S": "b"}}, **unless_there},
                       {"Item": {"pk": {"S": "b"}, "late": {"BOOL": True}}, **unless_there}, {"Item": {"n": {"N": "1"}}}]
            (self.bucket / "bulk/one.json.gz").write_bytes(gzip.compress("".join(json.dumps(one) + "\n" for one in records).encode()))
            size = (self.bucket / "bulk/one.json.gz").stat().st_size
            body, done = self.bulk(server, "Bulk", {"ClientToken": "one", "MaxWriteRequestUnits": 2048}, InputCompressionType="GZIP")
            self.assertRegex(done["BulkOperationArn"], re.escape(table["TableArn"]) + r"/bulk-operation/0\d{13}-[0-9a-f]{8}$")
            told = ("BulkOperationStatus", "TableDetails", "ClientToken", "ProcessedItemCount", "FailedItemCount", "ProcessedInputBytes",
                    "TotalInputBytes", "BulkOperationUsage", "MaxWriteRequestUnits", "PerformanceTier", "InputS3Configuration",
                    "OutputS3Configuration")
            self.assertEqual({name: done.get(name) for name in told}, {
                "BulkOperationStatus": "COMPLETED_WITH_ERRORS", "TableDetails": [{"TableName": "Bulk", "TableId": table["TableId"]}],
                "ClientToken": "one", "ProcessedItemCount": 4, "FailedItemCount": 1, "ProcessedInputBytes": size, "TotalInputBytes": size,
                "BulkOperationUsage": [{"TableName": "Bulk", "BulkPutBytes": 2048, "Table": {"BulkPutBytes": 2048}}],
                "MaxWriteRequestUnits": 2048, "PerformanceTier": "STANDARD", "InputS3Configuration": body["InputS3Configuration"],
                "OutputS3Configuration": body["OutputS3Configuration"]})
            self.assertLessEqual(done["StartTime"], done["EndTime"])
            self.assertEqual(sorted(json.dumps(one, sort_keys=True) for one in server.call("Scan", {"TableName": "Bulk"})[1]["Items"]),
                             ['{"n": {"N": "2"}, "pk": {"S": "a"}}', '{"pk": {"S": "b"}}'])

            streams = "DynamoDBStreams_20120810"
            arn = table["LatestStreamArn"]
            shard = server.call("DescribeStream", {"StreamArn": arn}, target=streams)[1]["StreamDescription"]["Shards"][0]["ShardId"]
            iterator = server.call("GetShardIterator", {"StreamArn": arn, "ShardId": shard, "ShardIteratorType": "TRIM_HORIZON"},
                                   target=streams)[1]["ShardIterator"]
            seen = server.call("GetRecords", {"ShardIterator": iterator}, target=streams)[1]["Records"]
            self.assertEqual([(one["eventName"], one["dynamodb"]["Keys"]["pk"]["S"]) for one in seen], [("INSERT", "a"), ("MODIFY", "a"), ("INSERT", "b")])

            report = self.bucket / "reports/AWSDynamoDB" / done["BulkOperationArn"].rsplit("/", 1)[1]
            summary = json.loads((report / "manifest-summary.json").read_text())
            self.assertEqual([summary[name] for name in ("bulkOperationArn", "processedItemCount", "failedItemCount", "conditionCheckFailureCount")],
                             [done["BulkOperationArn"], 4, 1, 1])
            lines = {}
            for line in map(json.loads, (self.bucket / summary["manifestFilesS3Key"]).read_text().splitlines()):
                packed = (self.bucket / line["dataFileS3Key"]).read_bytes()
                self.assertEqual(line["md5Checksum"], base64.b64encode(hashlib.md5(packed).digest()).decode())
                lines[line["outputType"]] = [json.loads(one) for one in gzip.decompress(packed).splitlines()]
                self.assertEqual(line["itemCount"], len(lines[line["outputType"]]))
            where = {"S3Key": "bulk/one.json.gz"}
            self.assertEqual(lines, {
                "CONDITION_CHECK_FAILURE": [{**where, "Line": 3, "Item": records[2]["Item"], "ExistingItem": {"pk": {"S": "b"}}}],
                "ERROR": [{**where, "Line": 4, "ErrorCode": "ValidationException", "Item": records[3]["Item"],
                           "ErrorMessage": "One or more parameter values were invalid: Missing the key pk in the item"}]})

            again = server.call("StartBulkPutItems", body)[1]["BulkOperationDescription"]
            self.assertEqual(again, done)
            status, answer = server.call("StartBulkPutItems", {**body, "PerformanceTier": "ACCELERATED"})
            self.assertEqual((status, answer["__type"].split("#")[1]), (400, "IdempotentParameterMismatchException"))
            status, answer = server.call("CancelBulkOperation", {"BulkOperationArn": done["BulkOperationArn"]})
            self.assertEqual((status, answer["__type"].split("#")[1]), (400, "ValidationException"))
            for operation in ("DescribeBulkOperation", "CancelBulkOperation"):
                status, answer = server.call(operation, {"BulkOperationArn": done["BulkOperationArn"] + "0"})
                self.assertEqual((status, answer["__type"].split("#")[1]), (400, "ResourceNotFoundException"))
            _, lost = self.bulk(server, "Bulk", S3Bucket="elsewhere")
            self.assertEqual((lost["BulkOperationStatus"], lost["FailureCode"], lost["FailureMessage"]),
                             ("FAILED", "S3NoSuchBucket", "The specified bucket does not exist"))
            listed = server.call("ListBulkOperations", {"MaxResults": 1})[1]
            self.assertEqual(listed["BulkOperationsSummaryList"], [{name: lost[name] for name in (
                "BulkOperationArn", "BulkOperationStatus", "StartTime", "EndTime")}])
            listed = server.call("ListBulkOperations", {"NextToken": listed["NextToken"]})[1]
            self.assertEqual([one["BulkOperationArn"] for one in listed["BulkOperationsSummaryList"]], [done["BulkOperationArn"]])
            offered = {one["name"]: one["offered"] for one in server.admin("capabilities")["operations"]}
            for operation in ("StartBulkPutItems", "DescribeBulkOperation", "ListBulkOperations", "CancelBulkOperation"):
                self.assertIs(offered[operation], True, operation)

    def test_imports_are_listed_in_pages(self):
        for i in range(3):
            self.imported(self.db.import_table(S3BucketSource={"S3Bucket": "elsewhere"}, InputFormat="CSV",
                                               TableCreationParameters={"TableName": "Pages", **KEY}))
        pages = [self.db.list_imports(PageSize=2)]
        while "NextToken" in pages[-1]:
            pages.append(self.db.list_imports(PageSize=2, NextToken=pages[-1]["NextToken"]))
        self.assertEqual({len(page["ImportSummaryList"]) for page in pages[:-1]}, {2})
        arns = [one["ImportArn"] for page in pages for one in page["ImportSummaryList"]]
        self.assertEqual(len(arns), len(set(arns)))
        self.assertGreaterEqual(len(arns), 3)


if __name__ == "__main__":
    unittest.main()
