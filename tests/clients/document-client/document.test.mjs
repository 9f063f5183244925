// The SDK's own DocumentClient, its paginators and waiters, as AWS's guide for JavaScript uses them.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import {
  CreateTableCommand, DeleteTableCommand, DescribeTableCommand, DynamoDBClient, paginateListTables, UpdateTableCommand,
  waitUntilTableExists, waitUntilTableNotExists,
} from "@aws-sdk/client-dynamodb";
import {
  BatchExecuteStatementCommand, BatchGetCommand, BatchWriteCommand, DeleteCommand, DynamoDBDocumentClient, ExecuteStatementCommand,
  ExecuteTransactionCommand, GetCommand, NumberValue, paginateQuery, paginateScan, PutCommand, QueryCommand, ScanCommand, TransactGetCommand, TransactWriteCommand, UpdateCommand,
} from "@aws-sdk/lib-dynamodb";

const client = new DynamoDBClient({ endpoint: process.env.STATOR_ENDPOINT, maxAttempts: 1 });
const document = DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } });
const TableName = `music-${process.pid}`;
const waiting = { client, maxWaitTime: 20, minDelay: 1, maxDelay: 1 };

before(async () => {
  const { TableDescription } = await client.send(new CreateTableCommand({
    TableName, BillingMode: "PAY_PER_REQUEST",
    KeySchema: [{ AttributeName: "artist", KeyType: "HASH" }, { AttributeName: "song", KeyType: "RANGE" }],
    AttributeDefinitions: [
      { AttributeName: "artist", AttributeType: "S" }, { AttributeName: "song", AttributeType: "S" },
      { AttributeName: "genre", AttributeType: "S" }, { AttributeName: "year", AttributeType: "N" },
    ],
    GlobalSecondaryIndexes: [{
      IndexName: "byGenre", Projection: { ProjectionType: "INCLUDE", NonKeyAttributes: ["rating"] },
      KeySchema: [{ AttributeName: "genre", KeyType: "HASH" }, { AttributeName: "year", KeyType: "RANGE" }],
    }],
  }));
  assert.equal(TableDescription.TableStatus, "CREATING");
  const { state } = await waitUntilTableExists(waiting, { TableName });
  assert.equal(state, "SUCCESS");
});

after(async () => {
  await client.send(new DeleteTableCommand({ TableName }));
  assert.equal((await waitUntilTableNotExists(waiting, { TableName })).state, "SUCCESS");
  await assert.rejects(client.send(new DescribeTableCommand({ TableName })), (error) => {
    assert.equal(error.name, "ResourceNotFoundException");
    assert.equal(error.message, `Requested resource not found: Table: ${TableName} not found`);
    assert.equal(error.$metadata.httpStatusCode, 400);
    return true;
  });
});

const put = (Item, more) => document.send(new PutCommand({ TableName, Item, ...more }));
const get = async (Key, more) => (await document.send(new GetCommand({ TableName, Key, ...more }))).Item;

test("every JavaScript value there and back", async () => {
  const item = {
    artist: "types", song: "1", text: "ä€😀", empty: "", integer: 42, fraction: -0.125, yes: true, nothing: null,
    bytes: new Uint8Array([0, 1, 255]), list: [1, "two", [null, { three: 3 }]], map: { nested: { deeply: [] } }, emptyMap: {},
    strings: new Set(["a", "b"]), numbers: new Set([1, 2.5]), skipped: undefined,
  };
  const { $metadata } = await put(item);
  assert.equal($metadata.httpStatusCode, 200);
  assert.match($metadata.requestId, /^[A-Z0-9]{52}$/);
  const { skipped, ...rest } = item;
  const read = await get({ artist: "types", song: "1" });
  assert.deepEqual({ ...read, bytes: Uint8Array.from(read.bytes) }, rest);
});

test("numbers beyond JavaScript's keep their 38 digits", async () => {
  const digits = "12345678901234567890123456789012345678";
  await put({ artist: "digits", song: "1", exact: NumberValue.from(digits), tiny: NumberValue.from("1E-130") });
  const exact = DynamoDBDocumentClient.from(new DynamoDBClient({ endpoint: process.env.STATOR_ENDPOINT }), { unmarshallOptions: { wrapNumbers: true } });
  const { Item } = await exact.send(new GetCommand({ TableName, Key: { artist: "digits", song: "1" } }));
  assert.equal(Item.exact.value, digits);
  assert.equal(Item.tiny.value, "0." + "0".repeat(129) + "1");
  await document.send(new UpdateCommand({
    TableName, Key: { artist: "digits", song: "1" }, UpdateExpression: "ADD exact :one", ExpressionAttributeValues: { ":one": 1n },
  }));
  const { Item: added } = await exact.send(new GetCommand({ TableName, Key: { artist: "digits", song: "1" } }));
  assert.equal(added.exact.value, "12345678901234567890123456789012345679");
});

test("update expressions and what they return", async () => {
  const Key = { artist: "update", song: "1" };
  await put({ ...Key, plays: 1, tags: new Set(["a"]), log: ["x"], where: { city: "Rome" } });
  const { Attributes } = await document.send(new UpdateCommand({
    TableName, Key, ReturnValues: "ALL_NEW",
    UpdateExpression: "SET #p = #p + :one, #w.#c = :city, #l = list_append(#l, :more), fresh = if_not_exists(fresh, :one) ADD tags :tags REMOVE gone",
    ExpressionAttributeNames: { "#p": "plays", "#w": "where", "#c": "city", "#l": "log" },
    ExpressionAttributeValues: { ":one": 1, ":city": "Oslo", ":more": ["y"], ":tags": new Set(["b"]) },
  }));
  assert.deepEqual(Attributes, { ...Key, plays: 2, tags: new Set(["a", "b"]), log: ["x", "y"], where: { city: "Oslo" }, fresh: 1 });
  const { Attributes: old } = await document.send(new DeleteCommand({ TableName, Key, ReturnValues: "ALL_OLD" }));
  assert.deepEqual(old, Attributes);
});

test("a failed condition brings the item along where asked", async () => {
  const Key = { artist: "condition", song: "1" };
  await put({ ...Key, version: 3 });
  await assert.rejects(put({ ...Key, version: 4 }, {
    ConditionExpression: "version = :v", ExpressionAttributeValues: { ":v": 2 }, ReturnValuesOnConditionCheckFailure: "ALL_OLD",
  }), (error) => {
    assert.equal(error.name, "ConditionalCheckFailedException");
    assert.equal(error.message, "The conditional request failed");
    assert.deepEqual(error.Item, { artist: { S: "condition" }, song: { S: "1" }, version: { N: "3" } });
    return true;
  });
});

test("batches larger than one request, and what they refuse", async () => {
  const songs = Array.from({ length: 60 }, (_, i) => ({ artist: "batch", song: String(i).padStart(3, "0"), genre: "rock", year: 1960 + (i % 7), rating: i }));
  for (let i = 0; i < songs.length; i += 25) {
    const { UnprocessedItems } = await document.send(new BatchWriteCommand({
      RequestItems: { [TableName]: songs.slice(i, i + 25).map((Item) => ({ PutRequest: { Item } })) },
    }));
    assert.deepEqual(UnprocessedItems, {});
  }
  const Keys = songs.slice(0, 50).map(({ artist, song }) => ({ artist, song }));
  const { Responses, UnprocessedKeys } = await document.send(new BatchGetCommand({
    RequestItems: { [TableName]: { Keys, ProjectionExpression: "song, rating" } },
  }));
  assert.deepEqual(Responses[TableName].map((item) => item.rating).sort((a, b) => a - b), [...Array(50).keys()]);
  assert.deepEqual(UnprocessedKeys, {});
  await assert.rejects(document.send(new BatchWriteCommand({ RequestItems: { [TableName]: songs.slice(0, 26).map((Item) => ({ PutRequest: { Item } })) } })),
    { name: "ValidationException" });
});

test("paginators walk a query, an index query and a scan, each item once", async () => {
  const collect = async (pages) => {
    const items = [];
    let count = 0;
    for await (const page of pages) {
      items.push(...page.Items);
      count += 1;
    }
    return [items, count];
  };
  // A fresh object each: the paginators write the start key into theirs.
  const query = () => ({ TableName, KeyConditionExpression: "artist = :a", ExpressionAttributeValues: { ":a": "batch" } });
  const [songs, pages] = await collect(paginateQuery({ client: document, pageSize: 13 }, query()));
  assert.equal(pages, 5);
  assert.deepEqual(songs.map((item) => item.rating), [...Array(60).keys()]);
  const [backwards] = await collect(paginateQuery({ client: document, pageSize: 60 }, { ...query(), ScanIndexForward: false }));
  assert.deepEqual(backwards.map((item) => item.rating), [...Array(60).keys()].reverse());

  const [byGenre] = await collect(paginateQuery({ client: document, pageSize: 4 }, {
    TableName, IndexName: "byGenre", KeyConditionExpression: "genre = :g AND #y BETWEEN :from AND :to",
    ExpressionAttributeNames: { "#y": "year" }, ExpressionAttributeValues: { ":g": "rock", ":from": 1961, ":to": 1963 },
  }));
  assert.equal(new Set(byGenre.map((item) => item.song)).size, byGenre.length);
  assert.deepEqual([...new Set(byGenre.map((item) => item.year))], [1961, 1962, 1963]);
  assert.deepEqual(Object.keys(byGenre[0]).sort(), ["artist", "genre", "rating", "song", "year"]);

  const [scanned] = await collect(paginateScan({ client: document, pageSize: 9 }, {
    TableName, FilterExpression: "artist = :a AND rating < :r", ExpressionAttributeValues: { ":a": "batch", ":r": 30 },
  }));
  assert.deepEqual(scanned.map((item) => item.rating).sort((a, b) => a - b), [...Array(30).keys()]);
  let segments = [];
  for (let Segment = 0; Segment < 4; Segment++)
    segments = segments.concat((await collect(paginateScan({ client: document }, { TableName, Segment, TotalSegments: 4, FilterExpression: "artist = :a", ExpressionAttributeValues: { ":a": "batch" } })))[0]);
  assert.deepEqual(segments.map((item) => item.rating).sort((a, b) => a - b), [...Array(60).keys()]);
});

test("counting, projecting, and capacity", async () => {
  const query = { TableName, KeyConditionExpression: "artist = :a", ExpressionAttributeValues: { ":a": "batch" } };
  const counted = await document.send(new QueryCommand({ ...query, Select: "COUNT", ReturnConsumedCapacity: "TOTAL" }));
  assert.equal(counted.Count, 60);
  assert.equal(counted.Items, undefined);
  assert.equal(counted.ConsumedCapacity.TableName, TableName);
  assert.equal(counted.ConsumedCapacity.CapacityUnits, 0.5);
  const consistent = await document.send(new ScanCommand({ TableName, Limit: 1, ConsistentRead: true, ReturnConsumedCapacity: "TOTAL" }));
  assert.equal(consistent.ConsumedCapacity.CapacityUnits, 1);
  const written = await put({ artist: "capacity", song: "1", genre: "g", year: 1 }, { ReturnConsumedCapacity: "INDEXES" });
  assert.equal(written.ConsumedCapacity.Table.CapacityUnits, 1);
  assert.equal(written.ConsumedCapacity.GlobalSecondaryIndexes.byGenre.CapacityUnits, 1);
});

test("transactions, their token, and the reasons for refusing", async () => {
  const a = { artist: "transaction", song: "a" }, b = { artist: "transaction", song: "b" };
  await put({ ...a, n: 1 });
  // A fresh command each time: the client marshals a command's input in place.
  const write = () => new TransactWriteCommand({
    ClientRequestToken: `token-${process.pid}`,
    TransactItems: [
      { Update: { TableName, Key: a, UpdateExpression: "ADD n :one", ExpressionAttributeValues: { ":one": 1 } } },
      { Put: { TableName, Item: { ...b, n: 10 }, ConditionExpression: "attribute_not_exists(artist)" } },
    ],
  });
  await document.send(write());
  await document.send(write());
  const { Responses } = await document.send(new TransactGetCommand({ TransactItems: [{ Get: { TableName, Key: a } }, { Get: { TableName, Key: b } }, { Get: { TableName, Key: { artist: "transaction", song: "none" } } }] }));
  assert.deepEqual(Responses.map((response) => response.Item?.n), [2, 10, undefined]);
  await assert.rejects(document.send(new TransactWriteCommand({ ...write().input, TransactItems: write().input.TransactItems.slice(0, 1) })), { name: "IdempotentParameterMismatchException" });
  await assert.rejects(document.send(new TransactWriteCommand({
    TransactItems: [
      { Delete: { TableName, Key: a } },
      { ConditionCheck: { TableName, Key: b, ConditionExpression: "n = :n", ExpressionAttributeValues: { ":n": 11 }, ReturnValuesOnConditionCheckFailure: "ALL_OLD" } },
    ],
  })), (error) => {
    assert.equal(error.name, "TransactionCanceledException");
    assert.deepEqual(error.CancellationReasons.map((reason) => reason.Code), ["None", "ConditionalCheckFailed"]);
    assert.equal(error.CancellationReasons[1].Item.n.N ?? error.CancellationReasons[1].Item.n, "10");
    return true;
  });
  assert.equal((await get(a)).n, 2);
});

test("PartiQL with JavaScript values as parameters", async () => {
  const insert = `INSERT INTO "${TableName}" VALUE {'artist': ?, 'song': ?, 'tags': ?, 'n': ?}`;
  for (const n of [1, 2, 3]) await document.send(new ExecuteStatementCommand({
    Statement: insert, Parameters: ["partiql", `song ${n}`, new Set(["x", "y"]), n],
  }));
  await assert.rejects(
    document.send(new ExecuteStatementCommand({ Statement: insert, Parameters: ["partiql", "song 1", new Set(["x"]), 0] })),
    { name: "DuplicateItemException" });
  const found = [];
  let NextToken;
  do {
    const page = await document.send(new ExecuteStatementCommand({
      Statement: `SELECT song, n FROM "${TableName}" WHERE artist = ? AND n >= ? ORDER BY song DESC`, Parameters: ["partiql", 2], Limit: 2, NextToken,
    }));
    found.push(...page.Items);
    NextToken = page.NextToken;
  } while (NextToken);
  assert.deepEqual(found, [{ song: "song 3", n: 3 }, { song: "song 2", n: 2 }]);
  const { Items } = await document.send(new ExecuteStatementCommand({
    Statement: `UPDATE "${TableName}" SET n = n + ? WHERE artist = ? AND song = ? RETURNING MODIFIED NEW *`, Parameters: [10, "partiql", "song 1"],
  }));
  assert.deepEqual(Items, [{ n: 11 }]);
  const { Responses } = await document.send(new BatchExecuteStatementCommand({
    Statements: [1, 9].map((n) => ({ Statement: `SELECT n FROM "${TableName}" WHERE artist = ? AND song = ?`, Parameters: ["partiql", `song ${n}`] })),
  }));
  assert.deepEqual(Responses, [{ TableName, Item: { n: 11 } }, { TableName }]);
  await document.send(new ExecuteTransactionCommand({
    TransactStatements: [1, 2, 3].map((n) => ({
      Statement: `DELETE FROM "${TableName}" WHERE artist = ? AND song = ?`, Parameters: ["partiql", `song ${n}`],
    })),
  }));
  assert.deepEqual((await document.send(new ExecuteStatementCommand({ Statement: `SELECT * FROM "${TableName}" WHERE artist = 'partiql'` }))).Items, []);
});

test("listing tables by pages", async () => {
  const names = Array.from({ length: 5 }, (_, i) => `list-${process.pid}-${i}`);
  for (const name of names)
    await client.send(new CreateTableCommand({
      TableName: name, BillingMode: "PAY_PER_REQUEST", KeySchema: [{ AttributeName: "k", KeyType: "HASH" }], AttributeDefinitions: [{ AttributeName: "k", AttributeType: "B" }],
    }));
  const found = [];
  for await (const page of paginateListTables({ client, pageSize: 2 }, {})) {
    assert.ok(page.TableNames.length <= 2);
    found.push(...page.TableNames);
  }
  assert.deepEqual(found.filter((name) => names.includes(name)), names);
  assert.deepEqual(found, [...found].sort());
});

test("settings that older clients do not know: deletion protection, on-demand limits, warm throughput, table class", async () => {
  const name = `settings-${process.pid}`;
  await client.send(new CreateTableCommand({
    TableName: name, BillingMode: "PAY_PER_REQUEST", KeySchema: [{ AttributeName: "k", KeyType: "HASH" }],
    AttributeDefinitions: [{ AttributeName: "k", AttributeType: "S" }], DeletionProtectionEnabled: true, TableClass: "STANDARD_INFREQUENT_ACCESS",
    OnDemandThroughput: { MaxReadRequestUnits: 10, MaxWriteRequestUnits: 20 },
  }));
  await waitUntilTableExists(waiting, { TableName: name });
  const { Table } = await client.send(new DescribeTableCommand({ TableName: name }));
  assert.equal(Table.DeletionProtectionEnabled, true);
  assert.equal(Table.TableClassSummary.TableClass, "STANDARD_INFREQUENT_ACCESS");
  assert.deepEqual(Table.OnDemandThroughput, { MaxReadRequestUnits: 10, MaxWriteRequestUnits: 20 });
  assert.equal(Table.WarmThroughput.Status, "ACTIVE");
  await assert.rejects(client.send(new DeleteTableCommand({ TableName: name })), { name: "ValidationException" });
  await client.send(new UpdateTableCommand({ TableName: name, DeletionProtectionEnabled: false }));
  await client.send(new DeleteTableCommand({ TableName: name }));
});

test("two indexes come and go over existing data", async () => {
  const updated = await client.send(new UpdateTableCommand({
    TableName, AttributeDefinitions: [{ AttributeName: "rating", AttributeType: "N" }, { AttributeName: "genre", AttributeType: "S" }],
    GlobalSecondaryIndexUpdates: [{ Create: {
      IndexName: "byRating", Projection: { ProjectionType: "ALL" },
      KeySchema: [{ AttributeName: "genre", KeyType: "HASH" }, { AttributeName: "rating", KeyType: "RANGE" }],
    } }],
  }));
  assert.equal(updated.TableDescription.GlobalSecondaryIndexes.find((index) => index.IndexName === "byRating").IndexStatus, "CREATING");
  const active = async () => {
    const { Table } = await client.send(new DescribeTableCommand({ TableName }));
    return Table.TableStatus === "ACTIVE" && Table.GlobalSecondaryIndexes.every((index) => index.IndexStatus === "ACTIVE") && Table;
  };
  for (let i = 0; i < 200 && !(await active()); i++) await new Promise((resolve) => setTimeout(resolve, 20));
  const { Items } = await document.send(new QueryCommand({
    TableName, IndexName: "byRating", KeyConditionExpression: "genre = :g AND rating >= :r", ExpressionAttributeValues: { ":g": "rock", ":r": 55 },
  }));
  assert.deepEqual(Items.map((item) => item.rating), [55, 56, 57, 58, 59]);
  await client.send(new UpdateTableCommand({ TableName, GlobalSecondaryIndexUpdates: [{ Delete: { IndexName: "byRating" } }] }));
  for (let i = 0; i < 200 && (await active())?.GlobalSecondaryIndexes?.length !== 1; i++) await new Promise((resolve) => setTimeout(resolve, 20));
  assert.deepEqual((await active()).GlobalSecondaryIndexes.map((index) => index.IndexName), ["byGenre"]);
});
