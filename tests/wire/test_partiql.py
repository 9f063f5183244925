"""PartiQL as applications use it through boto3: pages, parameters, batches, transactions, and what a test's fixture sees of it."""
import unittest

import boto3
from sdk import Refusals, client_of
from server import Server


class PartiQL(Refusals, unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server()
        cls.addClassCleanup(lambda: cls.server.__exit__())
        cls.client = client_of(cls.server, region="eu-west-1")
        cls.resource = client_of(cls.server, region="eu-west-1", make=boto3.resource)
        cls.client.create_table(
            TableName="Music", BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": "Artist", "KeyType": "HASH"}, {"AttributeName": "SongTitle", "KeyType": "RANGE"}],
            AttributeDefinitions=[{"AttributeName": "Artist", "AttributeType": "S"}, {"AttributeName": "SongTitle", "AttributeType": "S"}])
        cls.client.create_table(
            TableName="Plain", BillingMode="PAY_PER_REQUEST", KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}])

    def run_statement(self, statement, *parameters, **more):
        if parameters:
            more["Parameters"] = [{"S": p} if isinstance(p, str) else p for p in parameters]
        return self.client.execute_statement(Statement=statement, **more)

    def pages(self, statement, *parameters, **more):
        token, pages = {}, []
        while True:
            answer = self.run_statement(statement, *parameters, **more, **token)
            pages.append(answer["Items"])
            self.assertEqual("NextToken" in answer, answer.get("NextToken") is not None)
            if "NextToken" not in answer:
                return pages
            token = {"NextToken": answer["NextToken"]}

    def test_the_statements_of_the_developer_guide(self):
        self.run_statement("INSERT INTO \"Music\" value {'Artist' : 'Acme Band','SongTitle' : 'PartiQL Rocks'}")
        key = " WHERE Artist='Acme Band' AND SongTitle='PartiQL Rocks'"
        self.run_statement("UPDATE \"Music\" SET AwardsWon=1 SET AwardDetail={'Grammys':[2020, 2018]}" + key)
        self.run_statement('UPDATE "Music" SET AwardDetail.Grammys =list_append(AwardDetail.Grammys,[2016])' + key)
        self.run_statement('UPDATE "Music" REMOVE AwardDetail.Grammys[2]' + key)
        self.run_statement("UPDATE \"Music\" SET BandMembers =<<'member1', 'member2'>>" + key)
        self.run_statement("UPDATE \"Music\" SET BandMembers =set_add(BandMembers, <<'newmember'>>)" + key)
        answer = self.run_statement("UPDATE \"Music\" SET BandMembers =set_delete(BandMembers, <<'member2'>>)" + key + " RETURNING ALL NEW *")
        item = {"Artist": {"S": "Acme Band"}, "SongTitle": {"S": "PartiQL Rocks"}, "AwardsWon": {"N": "1"},
                "AwardDetail": {"M": {"Grammys": {"L": [{"N": "2020"}, {"N": "2018"}]}}},
                "BandMembers": {"SS": ["member1", "newmember"]}}
        self.assertEqual(answer["Items"], [item])
        self.assertEqual(self.run_statement('SELECT * FROM "Music"' + key)["Items"], [item])
        self.assertEqual(self.run_statement('SELECT AwardDetail.Grammys[0] FROM "Music"' + key)["Items"], [{"Grammys[0]": {"N": "2020"}}])
        self.assertEqual(self.run_statement('DELETE FROM "Music"' + key + " RETURNING ALL OLD *")["Items"], [item])

    def test_pages_go_on_where_the_last_one_stopped(self):
        for n in range(7):
            self.run_statement("INSERT INTO Music VALUE {'Artist': 'pager', 'SongTitle': ?, 'n': ?}", f"song {n}", {"N": str(n)})
        statement = "SELECT SongTitle FROM Music WHERE Artist = ?"
        first = self.run_statement(statement, "pager", Limit=3)
        self.assertEqual([item["SongTitle"]["S"] for item in first["Items"]], ["song 0", "song 1", "song 2"])
        self.assertEqual(first["LastEvaluatedKey"], {"Artist": {"S": "pager"}, "SongTitle": {"S": "song 2"}})
        self.assertEqual([len(page) for page in self.pages(statement, "pager", Limit=3)], [3, 3, 1])
        # Exactly at the last item: one more, empty.
        self.assertEqual([len(page) for page in self.pages(statement, "pager", Limit=7)], [7, 0])
        down = self.pages(statement + " ORDER BY SongTitle DESC", "pager", Limit=5)
        self.assertEqual([item["SongTitle"]["S"] for page in down for item in page], [f"song {n}" for n in range(6, -1, -1)])
        # What is looked at counts, not what passes the filter.
        self.assertEqual([len(page) for page in self.pages(statement + " AND n >= 4", "pager", Limit=4)], [0, 3])
        # A token is of one statement with its parameters.
        for other in (lambda: self.run_statement(statement, "other", NextToken=first["NextToken"]),
                      lambda: self.run_statement(statement + " ", "pager", NextToken=first["NextToken"])):
            response = self.refused("ValidationException", None, other)
            self.assertEqual(response["Error"]["Message"], "NextToken does not match request")
        # One item, found by its whole key, is the end.
        one = self.run_statement(statement + " AND SongTitle = ?", "pager", "song 1", Limit=1)
        self.assertEqual((len(one["Items"]), "NextToken" in one), (1, False))

    def test_in_is_answered_ten_values_a_page(self):
        with self.resource.Table("Plain").batch_writer() as batch:
            for n in range(25):
                batch.put_item(Item={"id": f"in {n}"})
        values = ", ".join(f"'in {n}'" for n in range(25))
        pages = self.pages(f"SELECT id FROM Plain WHERE id IN [{values}]")
        self.assertEqual([len(page) for page in pages], [10, 10, 5])
        self.assertEqual([item["id"]["S"] for page in pages for item in page], [f"in {n}" for n in range(25)])
        self.assertEqual(sum(len(page) for page in self.pages(f"SELECT id FROM Plain WHERE id IN ({values})", Limit=4)), 25)
        many = ", ".join(f"'{n}'" for n in range(51))
        self.refused("ValidationException", None, lambda: self.run_statement(f"SELECT id FROM Plain WHERE id IN [{many}]"))

    def test_a_page_holds_a_megabyte(self):
        table = self.resource.Table("Music")
        for n in range(5):
            table.put_item(Item={"Artist": "large", "SongTitle": str(n), "text": "x" * 300_000})
        pages = self.pages("SELECT SongTitle FROM Music WHERE Artist = 'large'")
        self.assertEqual([len(page) for page in pages], [4, 1])
        pages = self.pages("SELECT SongTitle FROM Music WHERE Artist IN ['large', 'none']", ReturnConsumedCapacity="TOTAL")
        self.assertEqual(sum(len(page) for page in pages), 5)
        for n in range(5):
            self.run_statement("DELETE FROM Music WHERE Artist = 'large' AND SongTitle = ?", str(n))

    def test_batches_answer_each_statement(self):
        answer = self.client.batch_execute_statement(Statements=[
            {"Statement": "INSERT INTO Plain VALUE {'id': 'batch 1'}"},
            {"Statement": "INSERT INTO Plain VALUE {'id': ?}", "Parameters": [{"S": "batch 2"}]},
            {"Statement": "INSERT INTO Plain VALUE {'id': "}])
        self.assertEqual([set(response) for response in answer["Responses"]], [{"TableName"}, {"TableName"}, {"Error"}])
        answer = self.client.batch_execute_statement(Statements=[
            {"Statement": "SELECT * FROM Plain WHERE id = 'batch 2'"}, {"Statement": "SELECT * FROM Plain WHERE id = 'none'"}])
        self.assertEqual(answer["Responses"], [{"TableName": "Plain", "Item": {"id": {"S": "batch 2"}}}, {"TableName": "Plain"}])
        too_many = [{"Statement": f"DELETE FROM Plain WHERE id = '{n}'"} for n in range(26)]
        self.refused("ValidationException", None, lambda: self.client.batch_execute_statement(Statements=too_many))

    def test_transactions_are_all_or_nothing(self):
        self.client.execute_transaction(TransactStatements=[
            {"Statement": "INSERT INTO Plain VALUE {'id': 'tx 1', 'n': 1}"},
            {"Statement": "INSERT INTO Music VALUE {'Artist': 'tx', 'SongTitle': '1'}"}])
        response = self.refused("TransactionCanceledException", None, lambda: self.client.execute_transaction(TransactStatements=[
            {"Statement": "UPDATE Plain SET n = 2 WHERE id = 'tx 1'"},
            {"Statement": "EXISTS(SELECT * FROM Music WHERE Artist = 'tx' AND SongTitle = '1' AND genre IS NOT MISSING)"}]))
        self.assertEqual([reason["Code"] for reason in response["CancellationReasons"]], ["None", "ConditionalCheckFailed"])
        answer = self.client.execute_transaction(TransactStatements=[
            {"Statement": "SELECT n FROM Plain WHERE id = ?", "Parameters": [{"S": "tx 1"}]},
            {"Statement": "SELECT * FROM Plain WHERE id = 'none'"}])
        self.assertEqual(answer["Responses"], [{"Item": {"n": {"N": "1"}}}, {}])
        many = [{"Statement": f"INSERT INTO Plain VALUE {{'id': 'many {n}'}}"} for n in range(100)]
        for _ in range(2):
            self.client.execute_transaction(TransactStatements=many, ClientRequestToken="a hundred")
        self.refused("ValidationException", None, lambda: self.client.execute_transaction(TransactStatements=many + many[:1]))

    def test_the_fixture_sees_statements(self):
        self.addCleanup(lambda: self.server.admin("v1/faults", method="DELETE"))
        self.server.admin("v1/faults", {"operation": "ExecuteStatement", "table": "Plain", "key": {"id": {"S": "hit"}},
                                            "error": "ProvisionedThroughputExceededException", "count": 2})
        self.run_statement("INSERT INTO Plain VALUE {'id': 'missed'}")
        self.run_statement("SELECT * FROM Music WHERE Artist = 'hit'")
        self.refused("ProvisionedThroughputExceededException", None, lambda: self.run_statement("INSERT INTO Plain VALUE {'id': 'hit'}"))
        self.refused("ProvisionedThroughputExceededException", None,
                     lambda: self.run_statement("SELECT * FROM Plain WHERE id = ? AND n = 1", "hit"))
        self.run_statement("DELETE FROM Plain WHERE id = 'hit'")
        self.server.admin("v1/faults", {"operation": "ExecuteTransaction", "error": "TransactionConflictException", "count": 1})
        response = self.refused("TransactionCanceledException", None, lambda: self.client.execute_transaction(
            TransactStatements=[{"Statement": "DELETE FROM Plain WHERE id = 'hit'"}]))
        self.assertEqual(response["CancellationReasons"][0]["Code"], "TransactionConflict")
        self.run_statement('SELECT * FROM "Music" WHERE Artist = \'nobody\'')
        logged = self.server.admin("v1/requests?operation=ExecuteStatement")["requests"][-1]
        self.assertEqual((logged["table"], logged["capacity_units"], logged["status"]), ("Music", 0.5, 200))

    def test_provisioned_capacity_and_read_lag_hold_for_statements(self):
        self.client.create_table(
            TableName="Slow", ProvisionedThroughput={"ReadCapacityUnits": 1, "WriteCapacityUnits": 1},
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}], AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}])
        self.addCleanup(lambda: self.server.admin("v1/clock", {"release": True}))
        self.addCleanup(lambda: self.server.admin("v1/settings", {"throttle": False, "read_lag_ms": 0}))
        self.server.admin("v1/clock", {"freeze": True})
        self.server.admin("v1/settings", {"throttle": True})
        self.run_statement("INSERT INTO Slow VALUE {'id': '1'}")
        self.refused("ProvisionedThroughputExceededException", None, lambda: self.run_statement("INSERT INTO Slow VALUE {'id': '2'}"))
        answer = self.client.batch_execute_statement(Statements=[{"Statement": "INSERT INTO Slow VALUE {'id': '2'}"}])
        self.assertEqual(answer["Responses"][0]["Error"]["Code"], "ProvisionedThroughputExceeded")
        self.run_statement("SELECT * FROM Slow WHERE id = '1'", ConsistentRead=True)
        self.refused("ProvisionedThroughputExceededException", None, lambda: self.run_statement("SELECT * FROM Slow", ConsistentRead=True))
        self.server.admin("v1/settings", {"throttle": False, "read_lag_ms": 500})
        self.run_statement("INSERT INTO Slow VALUE {'id': '3'}")
        select = "SELECT * FROM Slow WHERE id = '3'"
        self.assertEqual(self.run_statement(select)["Items"], [])
        self.assertEqual(self.run_statement(select, ConsistentRead=True)["Items"], [{"id": {"S": "3"}}])
        self.assertEqual(self.client.batch_execute_statement(Statements=[{"Statement": select}])["Responses"], [{"TableName": "Slow"}])
        self.server.admin("v1/clock", {"advance_ms": 501})
        self.assertEqual(self.run_statement(select)["Items"], [{"id": {"S": "3"}}])


if __name__ == "__main__":
    unittest.main()
