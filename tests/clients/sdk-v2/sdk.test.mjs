// The SDK itself: waiters, pages, the DocumentClient, the parameters that expressions replaced, errors, streams.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { AWS, createTable, db, documents, named, streams } from "./connection.mjs";

const name = named("items");
const set = (values) => documents.createSet(values);
before(() => createTable(name, { StreamSpecification: { StreamEnabled: true, StreamViewType: "NEW_AND_OLD_IMAGES" } }));

test("waiters see a table come and go", async () => {
  const passing = named("passing");
  await createTable(passing);
  const { Table } = await db.waitFor("tableExists", { TableName: passing, $waiter: { delay: 1 } }).promise();
  assert.equal(Table.TableStatus, "ACTIVE");
  assert.ok(Table.CreationDateTime instanceof Date);
  await db.deleteTable({ TableName: passing }).promise();
  await db.waitFor("tableNotExists", { TableName: passing, $waiter: { delay: 1 } }).promise();
});

test("the DocumentClient stores every type and reads it back", async () => {
  const item = { h: "types", r: 1, n: -1.5, big: 1e30, t: true, z: null, e: "", l: [1, { m: "" }], b: Buffer.from("hi") };
  const sets = { ss: set(["b", "a"]), ns: set([2, 1]), bs: set([Buffer.from("q")]) };
  await documents.put({ TableName: name, Item: { ...item, ...sets } }).promise();
  const { Item, ConsumedCapacity } = await documents.get({ TableName: name, Key: { h: "types", r: 1 }, ReturnConsumedCapacity: "INDEXES" }).promise();
  const { ss, ns, bs, ...plain } = Item;
  assert.deepEqual(plain, item);
  assert.deepEqual([ss.values.sort(), ns.values.sort(), bs.values.map(String)], [["a", "b"], [1, 2], ["q"]]);
  assert.deepEqual(ConsumedCapacity, { TableName: name, CapacityUnits: 0.5, Table: { CapacityUnits: 0.5 } });
  const raw = (await db.getItem({ TableName: name, Key: { h: { S: "types" }, r: { N: "1" } } }).promise()).Item;
  assert.deepEqual(AWS.DynamoDB.Converter.unmarshall(raw).l, item.l);
});

test("Expected and AttributeUpdates", async () => {
  const Key = { h: "legacy", r: 1 };
  await documents.put({ TableName: name, Item: { ...Key, x: 1 }, Expected: { h: { Exists: false } } }).promise();
  await assert.rejects(documents.put({ TableName: name, Item: Key, Expected: { h: { Exists: false } } }).promise(), { code: "ConditionalCheckFailedException" });
  const update = async (AttributeUpdates, more) => (await documents.update({ TableName: name, Key, AttributeUpdates, ...more }).promise()).Attributes;
  const made = await update({ x: { Action: "ADD", Value: 4 }, y: { Action: "PUT", Value: "z" }, s: { Action: "ADD", Value: set(["n"]) }, l: { Action: "ADD", Value: [1] } }, { ReturnValues: "ALL_NEW" });
  assert.deepEqual({ ...made, s: made.s.values }, { h: "legacy", r: 1, x: 5, y: "z", s: ["n"], l: [1] });
  const Expected = { x: { ComparisonOperator: "GE", AttributeValueList: [5] }, q: { ComparisonOperator: "NULL" } };
  assert.deepEqual(await update({ y: { Action: "DELETE" }, s: { Action: "DELETE", Value: set(["n"]) }, l: { Action: "ADD", Value: ["two"] } },
    { Expected, ConditionalOperator: "AND", ReturnValues: "UPDATED_NEW" }), { l: [1, "two"] });
  assert.deepEqual(await update({ x: { Value: 0 } }, { Expected: { x: { Value: 5 } }, ReturnValues: "ALL_OLD" }), { h: "legacy", r: 1, x: 5, l: [1, "two"] });
  await assert.rejects(update({ r: { Action: "PUT", Value: 2 } }), { code: "ValidationException", message: "One or more parameter values were invalid: Cannot update attribute r. This attribute is part of the key" });
});

test("KeyConditions, QueryFilter, ScanFilter and AttributesToGet", async () => {
  for (let r = 1; r <= 5; ++r) await documents.put({ TableName: name, Item: { h: "range", r, odd: r % 2, ...(r > 3 ? { g: `g${r}` } : {}) } }).promise();
  const KeyConditions = { h: { ComparisonOperator: "EQ", AttributeValueList: ["range"] }, r: { ComparisonOperator: "BETWEEN", AttributeValueList: [2, 5] } };
  const found = await documents.query({ TableName: name, KeyConditions, QueryFilter: { g: { ComparisonOperator: "NOT_NULL" } }, AttributesToGet: ["r"], ScanIndexForward: false }).promise();
  assert.deepEqual([found.Items, found.Count, found.ScannedCount], [[{ r: 5 }, { r: 4 }], 2, 4]);
  const ScanFilter = { odd: { ComparisonOperator: "IN", AttributeValueList: [1, 7] }, g: { ComparisonOperator: "BEGINS_WITH", AttributeValueList: ["g"] } };
  assert.equal((await documents.scan({ TableName: name, ScanFilter, Select: "COUNT" }).promise()).Count, 1);
  assert.equal((await documents.scan({ TableName: name, ScanFilter, ConditionalOperator: "OR" }).promise()).Count, 4);
  const filtered = { TableName: name, KeyConditions, FilterExpression: "odd = :o", ExpressionAttributeValues: { ":o": 1 } };
  assert.equal((await documents.query(filtered).promise()).Count, 2);
  await assert.rejects(documents.query({ ...filtered, QueryFilter: { g: { ComparisonOperator: "NULL" } } }).promise(), { code: "ValidationException",
    message: "Can not use both expression and non-expression parameters in the same request: Non-expression parameters: {QueryFilter} Expression parameters: {FilterExpression}" });
});

test("pages by eachPage, and by NextToken's like", async () => {
  const paged = named("paged");
  await createTable(paged);
  const requests = Array.from({ length: 25 }, (_, r) => ({ PutRequest: { Item: { h: "a", r } } }));
  assert.deepEqual(await documents.batchWrite({ RequestItems: { [paged]: requests } }).promise(), { UnprocessedItems: {} });
  const sizes = [];
  await new Promise((resolve, reject) => db.scan({ TableName: paged, Limit: 10 }).eachPage((error, page) => {
    if (error) reject(error);
    else if (!page) resolve();
    else sizes.push(page.Count);
    return !error;
  }));
  assert.deepEqual(sizes, [10, 10, 5]);
  const { Responses, UnprocessedKeys } = await documents.batchGet({ RequestItems: { [paged]: { Keys: [{ h: "a", r: 3 }, { h: "none", r: 0 }], AttributesToGet: ["r"] } } }).promise();
  assert.deepEqual([Responses[paged], UnprocessedKeys], [[{ r: 3 }], {}]);
});

test("transactions: both kinds, and the reasons, which this SDK leaves in the body", async () => {
  const put = { TableName: name, Item: { h: "transaction", r: 1 }, ConditionExpression: "attribute_not_exists(h)", ReturnValuesOnConditionCheckFailure: "ALL_OLD" };
  await documents.transactWrite({ TransactItems: [{ Put: put }], ClientRequestToken: named("token") }).promise();
  const Gets = [{ h: "transaction", r: 1 }, { h: "none", r: 1 }].map((Key) => ({ Get: { TableName: name, Key } }));
  assert.deepEqual((await documents.transactGet({ TransactItems: Gets }).promise()).Responses, [{ Item: { h: "transaction", r: 1 } }, {}]);
  let body;
  const request = documents.transactWrite({ TransactItems: [{ Put: put }, { Delete: { TableName: name, Key: { h: "none", r: 1 } } }] });
  request.on("extractError", (answer) => (body = JSON.parse(answer.httpResponse.body)));
  await assert.rejects(request.promise(), { code: "TransactionCanceledException", statusCode: 400, retryable: false,
    message: "Transaction cancelled, please refer cancellation reasons for specific reasons [ConditionalCheckFailed, None]" });
  assert.deepEqual(body.CancellationReasons, [
    { Code: "ConditionalCheckFailed", Message: "The conditional request failed", Item: { h: { S: "transaction" }, r: { N: "1" } } }, { Code: "None" }]);
});

test("errors have code, status and request id, and an operation of another service has none of ours", async () => {
  const error = await db.getItem({ TableName: "nowhere", Key: { h: { S: "a" } } }).promise().catch((e) => e);
  assert.deepEqual([error.code, error.message, error.statusCode], ["ResourceNotFoundException", "Requested resource not found", 400]);
  assert.match(error.requestId, /^[A-Z0-9]{52}$/);
  const backups = await db.describeContinuousBackups({ TableName: name }).promise();
  assert.equal(backups.ContinuousBackupsDescription.PointInTimeRecoveryDescription.PointInTimeRecoveryStatus, "DISABLED");
  const statement = { Statement: `SELECT r FROM "${name}" WHERE h = ?`, Parameters: [{ S: "range" }] };
  assert.equal((await db.executeStatement(statement).promise()).Items.length, 5);
});

test("streams are read by the SDK's other client", async () => {
  const { LatestStreamArn: StreamArn } = (await db.describeTable({ TableName: name }).promise()).Table;
  const { Streams } = await streams.listStreams({ TableName: name }).promise();
  assert.deepEqual(Streams.map((stream) => stream.StreamArn), [StreamArn]);
  const { Shards } = (await streams.describeStream({ StreamArn }).promise()).StreamDescription;
  const latest = await streams.getShardIterator({ StreamArn, ShardId: Shards[0].ShardId, ShardIteratorType: "LATEST" }).promise();
  await documents.put({ TableName: name, Item: { h: "streamed", r: 1, v: ["x"] } }).promise();
  const seen = [];
  for (let next = latest.ShardIterator, tries = 0; !seen.length && next && tries < 100; ++tries) {
    const page = await streams.getRecords({ ShardIterator: next }).promise();
    seen.push(...page.Records.filter((record) => record.dynamodb.Keys.h.S === "streamed"));
    next = page.NextShardIterator;
  }
  assert.equal(seen[0].eventName, "INSERT");
  assert.ok(seen[0].dynamodb.ApproximateCreationDateTime instanceof Date);
  assert.deepEqual(AWS.DynamoDB.Converter.unmarshall(seen[0].dynamodb.NewImage), { h: "streamed", r: 1, v: ["x"] });
});
