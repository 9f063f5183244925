// Tables: creation, waiting, updates of every kind, single tables of several models.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ddb, dynamoose, named, Schema } from "./connection.mjs";

// Here tables are set up when a test says so, not in passing.
dynamoose.Table.defaults.set({ ...dynamoose.Table.defaults.get(), initialize: false });
const describe = async (name) => (await ddb.describeTable({ TableName: name })).Table;

test("a table is created with keys, both kinds of index, throughput, tags, class and stream", async () => {
  const name = named("created");
  const Order = dynamoose.model(name, new Schema({
    customer: { type: String, hashKey: true },
    number: { type: Number, rangeKey: true },
    status: { type: String, index: { name: "byStatus", type: "global", rangeKey: "total", project: ["note"], throughput: { read: 2, write: 3 } } },
    total: { type: Number, index: { name: "byTotal", type: "local", project: false } },
    city: { type: String, index: true },
    note: String,
  }), {
    throughput: { read: 5, write: 6 }, tags: { team: "blue", stage: "test" }, tableClass: "infrequentAccess",
    streamOptions: { enabled: true, type: "NEW_AND_OLD_IMAGES" },
  });
  const expected = await Order.table().create({ return: "request" });
  await Order.table().initialize();

  const table = await describe(name);
  assert.equal(table.TableStatus, "ACTIVE");
  assert.deepEqual(table.KeySchema, [{ AttributeName: "customer", KeyType: "HASH" }, { AttributeName: "number", KeyType: "RANGE" }]);
  const byName = (a, b) => a.AttributeName.localeCompare(b.AttributeName);
  assert.deepEqual(table.AttributeDefinitions.sort(byName), expected.AttributeDefinitions.sort(byName));
  assert.equal(table.ProvisionedThroughput.ReadCapacityUnits, 5);
  assert.equal(table.ProvisionedThroughput.WriteCapacityUnits, 6);
  const byStatus = table.GlobalSecondaryIndexes.find((index) => index.IndexName === "byStatus");
  assert.deepEqual(byStatus.Projection, { ProjectionType: "INCLUDE", NonKeyAttributes: ["note"] });
  assert.equal(byStatus.ProvisionedThroughput.WriteCapacityUnits, 3);
  assert.deepEqual(table.LocalSecondaryIndexes.map((index) => [index.IndexName, index.Projection]), [["byTotal", { ProjectionType: "KEYS_ONLY" }]]);
  assert.equal(table.TableClassSummary.TableClass, "STANDARD_INFREQUENT_ACCESS");
  assert.deepEqual(table.StreamSpecification, { StreamEnabled: true, StreamViewType: "NEW_AND_OLD_IMAGES" });
  assert.match(table.LatestStreamArn, /:table\/created-.*\/stream\//);
  const tags = (await ddb.listTagsOfResource({ ResourceArn: table.TableArn })).Tags;
  assert.deepEqual(Object.fromEntries(tags.map((tag) => [tag.Key, tag.Value])), { team: "blue", stage: "test" });
});

test("on demand, prefix and suffix", async () => {
  const name = named("demand");
  const Model = dynamoose.model(name, { id: String }, { throughput: "ON_DEMAND", prefix: "p-", suffix: "-s" });
  await Model.table().initialize();
  const table = await describe(`p-${name}-s`);
  assert.equal(table.BillingModeSummary.BillingMode, "PAY_PER_REQUEST");
  assert.equal(table.ProvisionedThroughput.ReadCapacityUnits, 0);
});

test("an existing table is not created again, and an unknown one is not created on request", async () => {
  const name = named("twice");
  const make = () => new dynamoose.Table(name, [dynamoose.model(named("twice-model"), { id: String })]);
  await make().initialize();
  const { CreationDateTime } = await describe(name);
  await make().initialize();
  assert.deepEqual((await describe(name)).CreationDateTime, CreationDateTime);

  const missing = dynamoose.model(named("missing"), { id: String }, { create: false, waitForActive: false });
  await missing.table().initialize();
  await assert.rejects(missing.get("1"), (error) => error.name === "ResourceNotFoundException");
});

test("time to live is switched on once, and items get their expiry", async () => {
  const name = named("ttl");
  const options = { expires: { ttl: 3600000, attribute: "expiry", items: { returnExpired: false } } };
  const Session = dynamoose.model(name, { id: String }, options);
  await Session.table().initialize();
  await Session.create({ id: "1" });
  const described = (await ddb.describeTimeToLive({ TableName: name })).TimeToLiveDescription;
  assert.match(described.TimeToLiveStatus, /^(ENABLING|ENABLED)$/);
  assert.equal(described.AttributeName, "expiry");
  const item = await Session.get("1");
  assert.ok(Math.abs(item.expiry.getTime() - Date.now() - 3600000) < 60000);
  await ddb.putItem({ TableName: name, Item: { id: { S: "old" }, expiry: { N: String(Math.floor(Date.now() / 1000) - 10) } } });
  assert.equal(await Session.get("old"), undefined);
  await new dynamoose.Table(name, [dynamoose.model(named("ttl-again"), { id: String })], options).initialize();
});

// Each update opens the table a second time, as a newer version of the application would.
const reopen = async (name, schema, options) => {
  const table = new dynamoose.Table(name, [dynamoose.model(named("newer"), new Schema(schema))], { create: false, ...options });
  await table.initialize();
  return describe(name);
};

test("update: throughput, and to on-demand; the way back needs a BillingMode, which Dynamoose does not send", async () => {
  const name = named("update");
  await dynamoose.model(name, { id: String }, { throughput: 5 }).table().initialize();
  let table = await reopen(name, { id: String }, { throughput: { read: 7, write: 8 }, update: ["throughput"] });
  assert.equal(table.ProvisionedThroughput.ReadCapacityUnits, 7);
  assert.equal(table.ProvisionedThroughput.WriteCapacityUnits, 8);
  table = await reopen(name, { id: String }, { throughput: "ON_DEMAND", update: ["throughput"] });
  assert.equal(table.BillingModeSummary.BillingMode, "PAY_PER_REQUEST");
  await assert.rejects(reopen(name, { id: String }, { throughput: 4, update: ["throughput"] }), (error) => error.name === "ValidationException" &&
    error.message === "One or more parameter values were invalid: Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST");
});

test("update: an index is added over existing items, kept when unchanged, and removed", async () => {
  const name = named("indexes");
  const plain = { id: String, color: String, size: Number };
  const indexed = { ...plain, color: { type: String, index: { name: "byColor", rangeKey: "size" } } };
  const Thing = dynamoose.model(name, new Schema(plain), { throughput: "ON_DEMAND" });
  await Thing.table().initialize();
  for (const [id, color, size] of [["1", "red", 3], ["2", "red", 1], ["3", "blue", 2]]) await Thing.create({ id, color, size });
  await Thing.create({ id: "4" });

  let table = await reopen(name, indexed, { throughput: "ON_DEMAND", update: ["indexes"] });
  assert.deepEqual(table.GlobalSecondaryIndexes.map((index) => [index.IndexName, index.IndexStatus]), [["byColor", "ACTIVE"]]);
  const found = await ddb.query({
    TableName: name, IndexName: "byColor", KeyConditionExpression: "color = :c", ExpressionAttributeValues: { ":c": { S: "red" } },
  });
  assert.deepEqual(found.Items.map((item) => item.id.S), ["2", "1"]);

  const { IndexArn } = table.GlobalSecondaryIndexes[0];
  table = await reopen(name, indexed, { throughput: "ON_DEMAND", update: ["indexes"] });
  assert.deepEqual(table.GlobalSecondaryIndexes.map((index) => index.IndexArn), [IndexArn]);
  table = await reopen(name, plain, { throughput: "ON_DEMAND", update: ["indexes"] });
  assert.equal(table.GlobalSecondaryIndexes, undefined);
});

test("update: tags, table class and stream", async () => {
  const name = named("aspects");
  await dynamoose.model(name, { id: String }, { tags: { a: "1", b: "2" } }).table().initialize();
  const options = {
    tags: { b: "3", c: "4" }, tableClass: "infrequentAccess", streamOptions: { enabled: true, type: "KEYS_ONLY" },
    update: ["tags", "tableClass", "streams"],
  };
  let table = await reopen(name, { id: String }, options);
  const tags = (await ddb.listTagsOfResource({ ResourceArn: table.TableArn })).Tags;
  assert.deepEqual(Object.fromEntries(tags.map((tag) => [tag.Key, tag.Value])), { b: "3", c: "4" });
  assert.equal(table.TableClassSummary.TableClass, "STANDARD_INFREQUENT_ACCESS");
  assert.deepEqual(table.StreamSpecification, { StreamEnabled: true, StreamViewType: "KEYS_ONLY" });
  table = await reopen(name, { id: String }, { ...options, tableClass: "standard", streamOptions: { enabled: false } });
  assert.equal(table.TableClassSummary.TableClass, "STANDARD");
  assert.ok(!table.StreamSpecification?.StreamEnabled);
});

test("update: true brings everything up to date at once", async () => {
  const name = named("whole");
  await dynamoose.model(name, { id: String, kind: String }, { throughput: 5 }).table().initialize();
  const table = await reopen(name, { id: String, kind: { type: String, index: true } }, { throughput: "ON_DEMAND", tags: { x: "y" }, update: true });
  assert.equal(table.BillingModeSummary.BillingMode, "PAY_PER_REQUEST");
  assert.equal(table.GlobalSecondaryIndexes.length, 1);
});

test("one table of several models", async () => {
  const name = named("single");
  const User = dynamoose.model(named("user"), { pk: { type: String, hashKey: true }, sk: { type: String, rangeKey: true }, email: { type: String, index: { name: "byEmail" } } });
  const Invoice = dynamoose.model(named("invoice"), { pk: { type: String, hashKey: true }, sk: { type: String, rangeKey: true }, amount: { type: Number, index: { name: "byAmount" } } });
  const table = new dynamoose.Table(name, [User, Invoice]);
  await table.initialize();
  assert.deepEqual((await describe(name)).GlobalSecondaryIndexes.map((index) => index.IndexName).sort(), ["byAmount", "byEmail"]);
  await User.create({ pk: "u1", sk: "profile", email: "e" });
  await Invoice.create({ pk: "u1", sk: "invoice-1", amount: 10 });
  assert.equal((await Invoice.get({ pk: "u1", sk: "invoice-1" })).amount, 10);
  assert.equal((await User.query("email").eq("e").exec())[0].sk, "profile");
  assert.equal(table.hashKey, "pk");
  assert.equal(table.rangeKey, "sk");
});
