// dynamodb-toolbox 2: tables, entities with schemas, and every action of its documentation.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { CreateTableCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { any, boolean, item, list, map, number, record, set, string, Entity, Table } from "dynamodb-toolbox";
import { DeleteItemCommand } from "dynamodb-toolbox/entity/actions/delete";
import { GetItemCommand } from "dynamodb-toolbox/entity/actions/get";
import { PutItemCommand } from "dynamodb-toolbox/entity/actions/put";
import { $add, $append, $delete, $get, $remove, $set, UpdateItemCommand } from "dynamodb-toolbox/entity/actions/update";
import { BatchGetRequest } from "dynamodb-toolbox/entity/actions/batchGet";
import { BatchDeleteRequest } from "dynamodb-toolbox/entity/actions/batchDelete";
import { BatchPutRequest } from "dynamodb-toolbox/entity/actions/batchPut";
import { ConditionCheck } from "dynamodb-toolbox/entity/actions/transactCheck";
import { DeleteTransaction } from "dynamodb-toolbox/entity/actions/transactDelete";
import { execute as getAll, GetTransaction } from "dynamodb-toolbox/entity/actions/transactGet";
import { PutTransaction } from "dynamodb-toolbox/entity/actions/transactPut";
import { UpdateTransaction } from "dynamodb-toolbox/entity/actions/transactUpdate";
import { execute as writeAll } from "dynamodb-toolbox/entity/actions/transactWrite";
import { BatchGetCommand, execute as batchGet } from "dynamodb-toolbox/table/actions/batchGet";
import { BatchWriteCommand, execute as batchWrite } from "dynamodb-toolbox/table/actions/batchWrite";
import { QueryCommand } from "dynamodb-toolbox/table/actions/query";
import { ScanCommand } from "dynamodb-toolbox/table/actions/scan";

const documentClient = DynamoDBDocumentClient.from(new DynamoDBClient({ endpoint: process.env.STATOR_ENDPOINT }));
const Pokedex = new Table({
  name: `pokedex-${process.pid}`, documentClient,
  partitionKey: { name: "pk", type: "string" }, sortKey: { name: "sk", type: "string" },
  indexes: { byLevel: { type: "global", partitionKey: { name: "trainer", type: "string" }, sortKey: { name: "level", type: "number" } } },
});
const Pokemon = new Entity({
  name: "Pokemon", table: Pokedex,
  schema: item({
    pk: string().key().default("pokemon"), sk: string().key().savedAs("sk"),
    trainer: string().optional(), level: number().default(1), legendary: boolean().optional(),
    types: set(string()).optional(), moves: list(string()).default([]), stats: record(string(), number()).optional(),
    home: map({ city: string(), zone: number().optional() }).optional(), notes: any().optional(),
    status: string().enum("wild", "caught").default("wild"), nick: string().savedAs("_n").optional(),
  }),
});
const put = (value, options) => Pokemon.build(PutItemCommand).item(value).options(options ?? {}).send();
const get = async (sk, options) => (await Pokemon.build(GetItemCommand).key({ sk }).options(options ?? {}).send()).Item;

before(async () => {
  await documentClient.send(new CreateTableCommand({
    TableName: Pokedex.getName(), BillingMode: "PAY_PER_REQUEST",
    KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }, { AttributeName: "sk", KeyType: "RANGE" }],
    AttributeDefinitions: [["pk", "S"], ["sk", "S"], ["trainer", "S"], ["level", "N"]].map(([AttributeName, AttributeType]) => ({ AttributeName, AttributeType })),
    GlobalSecondaryIndexes: [{
      IndexName: "byLevel", Projection: { ProjectionType: "ALL" },
      KeySchema: [{ AttributeName: "trainer", KeyType: "HASH" }, { AttributeName: "level", KeyType: "RANGE" }],
    }],
  }));
});

test("put and get of every kind of attribute", async () => {
  const pikachu = {
    sk: "pikachu", trainer: "ash", level: 3, legendary: false, types: new Set(["electric"]), moves: ["bolt", "tail"],
    stats: { speed: 90.5 }, home: { city: "Pallet", zone: 1 }, notes: [{ free: true }], status: "caught", nick: "pika",
  };
  await put(pikachu);
  const { created, modified, entity, pk, ...read } = await get("pikachu", { consistent: true });
  assert.deepEqual(read, pikachu);
  assert.equal(pk, "pokemon");
  assert.deepEqual(await get("pikachu", { attributes: ["level", "home.city"] }), { level: 3, home: { city: "Pallet" } });
  assert.equal(await get("nobody"), undefined);
});

test("conditions of every form", async () => {
  await put({ sk: "cond", level: 5, trainer: "ash" });
  const holds = (condition) => put({ sk: "cond", level: 5, trainer: "ash" }, { condition }).then(() => true, (error) => {
    assert.equal(error.name, "ConditionalCheckFailedException");
    return false;
  });
  const cases = [
    [{ attr: "level", eq: 5 }, true], [{ attr: "level", ne: 5 }, false], [{ attr: "level", gte: 6 }, false], [{ attr: "level", between: [4, 6] }, true],
    [{ attr: "trainer", beginsWith: "a" }, true], [{ attr: "trainer", contains: "z" }, false], [{ attr: "legendary", exists: false }, true],
    [{ attr: "trainer", in: ["ash", "misty"] }, true], [{ attr: "level", type: "N" }, true], [{ size: "trainer", gt: 2 }, true],
    [{ or: [{ attr: "level", eq: 1 }, { not: { attr: "level", eq: 1 } }] }, true], [{ and: [{ attr: "level", eq: 5 }, { attr: "trainer", eq: "x" }] }, false],
  ];
  for (const [condition, expected] of cases) assert.equal(await holds(condition), expected, JSON.stringify(condition));
});

test("updates with every operator", async () => {
  await put({ sk: "up", level: 1, types: new Set(["a", "b"]), moves: ["one"], home: { city: "X" }, stats: { speed: 1 }, trainer: "t" });
  const { Attributes } = await Pokemon.build(UpdateItemCommand).item({
    sk: "up", level: $add(2), types: $delete(new Set(["a"])), moves: $append(["two"]), home: $set({ city: "Y" }), stats: { speed: 2, power: 9 },
    trainer: $remove(), nick: $get("status"), legendary: true,
  }).options({ returnValues: "ALL_NEW" }).send();
  const { created, modified, entity, pk, ...rest } = Attributes;
  assert.deepEqual(rest, {
    sk: "up", level: 3, types: new Set(["b"]), moves: ["one", "two"], home: { city: "Y" }, stats: { speed: 2, power: 9 }, nick: "wild", status: "wild", legendary: true,
  });
});

test("batches and what they return", async () => {
  const items = Array.from({ length: 20 }, (_, i) => ({ sk: `batch-${String(i).padStart(2, "0")}`, trainer: "misty", level: i }));
  await batchWrite(Pokedex.build(BatchWriteCommand).requests(...items.map((value) => Pokemon.build(BatchPutRequest).item(value))));
  const { Responses } = await batchGet(Pokedex.build(BatchGetCommand).requests(...items.slice(0, 3).map(({ sk }) => Pokemon.build(BatchGetRequest).key({ sk }))));
  assert.deepEqual(Responses[0].map((response) => response.level), [0, 1, 2]);
  await batchWrite(Pokedex.build(BatchWriteCommand).requests(Pokemon.build(BatchDeleteRequest).key({ sk: "batch-00" })));
  assert.equal(await get("batch-00"), undefined);
});

test("query by range, by index, reversed, filtered and paged", async () => {
  const levels = ({ Items }) => Items.map((value) => value.level);
  const query = (request, options) => Pokedex.build(QueryCommand).query(request).entities(Pokemon).options(options ?? {}).send();
  assert.deepEqual(levels(await query({ partition: "pokemon", range: { beginsWith: "batch-" } }, { maxPages: Infinity })), [...Array(19).keys()].map((i) => i + 1));
  assert.deepEqual(levels(await query({ index: "byLevel", partition: "misty", range: { gte: 15 } }, { reverse: true })), [19, 18, 17, 16, 15]);
  const filtered = await query({ partition: "pokemon", range: { beginsWith: "batch-" } }, { filters: { Pokemon: { attr: "level", lt: 4 } } });
  assert.deepEqual(levels(filtered), [1, 2, 3]);
  const page = await query({ index: "byLevel", partition: "misty" }, { limit: 5 });
  assert.deepEqual(levels(page), [1, 2, 3, 4, 5]);
  assert.deepEqual(levels(await query({ index: "byLevel", partition: "misty" }, { limit: 3, exclusiveStartKey: page.LastEvaluatedKey })), [6, 7, 8]);
  assert.equal((await Pokedex.build(QueryCommand).query({ index: "byLevel", partition: "misty" }).options({ select: "COUNT" }).send()).Count, 19);
});

test("scan, whole and in segments", async () => {
  const scan = async (options) => (await Pokedex.build(ScanCommand).entities(Pokemon).options({ maxPages: Infinity, ...options }).send()).Items.map((value) => value.sk);
  const all = await scan();
  const parts = [...await scan({ segment: 0, totalSegments: 2 }), ...await scan({ segment: 1, totalSegments: 2 })];
  assert.deepEqual(parts.sort(), all.sort());
  assert.ok(all.length >= 19);
});

test("transactions write, read and refuse", async () => {
  await put({ sk: "t-del", level: 1 });
  await put({ sk: "t-up", level: 1 });
  await writeAll(
    Pokemon.build(PutTransaction).item({ sk: "t-put", level: 7 }),
    Pokemon.build(UpdateTransaction).item({ sk: "t-up", level: $add(1) }),
    Pokemon.build(DeleteTransaction).key({ sk: "t-del" }),
    Pokemon.build(ConditionCheck).key({ sk: "pikachu" }).condition({ attr: "status", eq: "caught" }),
  );
  const { Responses } = await getAll(...["t-put", "t-up", "t-del"].map((sk) => Pokemon.build(GetTransaction).key({ sk })));
  assert.deepEqual(Responses.map((response) => response.Item?.level), [7, 2, undefined]);
  await assert.rejects(writeAll(
    Pokemon.build(DeleteTransaction).key({ sk: "t-put" }),
    Pokemon.build(ConditionCheck).key({ sk: "pikachu" }).condition({ attr: "status", eq: "wild" }),
  ), (error) => error.name === "TransactionCanceledException" && error.CancellationReasons[1].Code === "ConditionalCheckFailed");
  assert.equal((await get("t-put")).level, 7);
});

test("delete returns what was there", async () => {
  const { Attributes } = await Pokemon.build(DeleteItemCommand).key({ sk: "t-put" }).options({ returnValues: "ALL_OLD" }).send();
  assert.equal(Attributes.level, 7);
});
