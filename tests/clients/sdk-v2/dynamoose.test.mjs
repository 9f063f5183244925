// Dynamoose's older versions, which stand on this SDK: 2 of today's shape, 1 with callbacks' and parameters' of its own.
import assert from "node:assert/strict";
import { test } from "node:test";
import dynamoose2 from "dynamoose";
import dynamoose1 from "dynamoose-1";
import { db, endpoint, named } from "./connection.mjs";

const config = { accessKeyId: "dummy", secretAccessKey: "dummy", region: "us-east-1" };

test("version 2: a model's life, and a newer version of it that changes the table", async () => {
  dynamoose2.aws.sdk.config.update(config);
  dynamoose2.aws.ddb.local(endpoint);
  const name = named("v2");
  const waitForActive = { enabled: true, check: { timeout: 5000, frequency: 10 } };
  const schema = new dynamoose2.Schema({
    id: { type: String, hashKey: true }, r: { type: Number, rangeKey: true }, name: { type: String, index: { name: "byName", global: true, throughput: 2 } },
    visits: { type: Number, index: { name: "byVisits", global: false } }, tags: { type: Set, schema: [String] }, list: { type: Array, schema: [Number] }, data: Object,
  }, { saveUnknown: ["data.**"], timestamps: true });
  const Model = dynamoose2.model(name, schema, { throughput: 5, expires: 60000, waitForActive });
  await Model.create({ id: "1", r: 1, name: "n", visits: 7, tags: new Set(["a", "b"]), list: [1, 2], data: { q: [1, { z: null }], e: "" } });
  await assert.rejects(Model.create({ id: "1", r: 1 }), { code: "ConditionalCheckFailedException", message: "The conditional request failed" });
  const updated = await Model.update({ id: "1", r: 1 }, { $ADD: { visits: 3, list: [5], tags: new Set(["z"]) }, $SET: { name: "m" } });
  assert.deepEqual([updated.visits, updated.list, [...updated.tags].sort()], [10, [1, 2, 5], ["a", "b", "z"]]);
  await Model.batchPut([{ id: "1", r: 2, name: "m" }, { id: "2", r: 1, name: "m" }]);
  assert.equal((await Model.query("name").eq("m").using("byName").exec()).count, 3);
  assert.deepEqual((await Model.query("id").eq("1").where("visits").ge(1).exec()).map((item) => item.r), [1]);
  assert.equal((await Model.scan().filter("name").contains("m").parallel(3).exec()).count, 3);
  assert.equal((await Model.scan().limit(1).all().exec()).count, 3);
  await dynamoose2.transaction([Model.transaction.update({ id: "2", r: 1 }, { name: "t" }), Model.transaction.create({ id: "3", r: 3 })]);
  await Model.batchDelete([{ id: "1", r: 1 }, { id: "2", r: 1 }]);
  assert.deepEqual((await Model.scan().exec()).map((item) => item.r).sort(), [2, 3]);
  assert.equal((await db.describeTimeToLive({ TableName: name }).promise()).TimeToLiveDescription.AttributeName, "ttl");

  const Newer = dynamoose2.model(name, { id: String, r: { type: Number, rangeKey: true }, other: { type: String, index: { name: "byOther", global: true } } },
    { update: true, throughput: "ON_DEMAND", waitForActive });
  assert.equal((await Newer.scan().exec()).count, 2);
  const { Table } = await db.describeTable({ TableName: name }).promise();
  assert.deepEqual([Table.GlobalSecondaryIndexes.map((index) => index.IndexName), Table.BillingModeSummary.BillingMode], [["byOther"], "PAY_PER_REQUEST"]);
});

test("version 1: conditions by names and values, filters of the old parameters, transactions", async () => {
  dynamoose1.AWS.config.update(config);
  dynamoose1.local(endpoint);
  const schema = new dynamoose1.Schema({
    id: { type: Number, hashKey: true }, r: { type: String, rangeKey: true }, age: { type: Number, index: true }, tags: [String], flag: Boolean, data: Object,
    name: { type: String, index: { global: true, name: "byName", rangeKey: "age", project: true, throughput: 5 } }, list: { type: "list", list: [{ type: "map", map: { a: String } }] },
  }, { timestamps: true, expires: 3600, useDocumentTypes: true, useNativeBooleans: true });
  const Model = dynamoose1.model(named("v1"), schema, { update: true, throughput: { read: 2, write: 3 } });
  await new Model({ id: 1, r: "a", name: "Bob", age: 3, tags: ["x"], flag: true, data: { a: { b: [1, "c"] } }, list: [{ a: "q" }] }).save();
  await assert.rejects(Model.create({ id: 1, r: "a" }), { code: "ConditionalCheckFailedException" });
  const condition = { condition: "#n = :name", conditionNames: { n: "name" }, conditionValues: { name: "Bob" } };
  await Model.update({ id: 1, r: "a" }, { $ADD: { age: 2 }, $PUT: { name: "Rob" }, $DELETE: { flag: null } }, condition);
  await assert.rejects(Model.update({ id: 1, r: "a" }, { $ADD: { age: 2 } }, condition), { code: "ConditionalCheckFailedException" });
  const read = await Model.get({ id: 1, r: "a" });
  assert.deepEqual([read.age, read.name, read.flag, read.data, read.list], [5, "Rob", undefined, { a: { b: [1, "c"] } }, [{ a: "q" }]]);

  await Model.batchPut([1, 2, 3].map((i) => ({ id: 2, r: `r${i}`, name: `N${i % 2}`, age: i, tags: [`t${i}`] })));
  const counts = [];
  for (const request of [
    Model.query("id").eq(2).where("r").between("r1", "r2"), Model.query("name").eq("N1").where("age").gt(1), Model.query("id").eq(2).filter("tags").contains("t2"),
    Model.scan("age").not().eq(2), Model.scan("name").beginsWith("N"), Model.scan("tags").not().contains("t1"), Model.scan("age").in([1, 2]), Model.scan("age").between(1, 3),
    Model.scan("flag").null(), Model.scan("age").gt(1).or().where("name").eq("Rob"), Model.scan({ age: { ge: 3 } }), Model.scan().parallel(3),
  ]) counts.push((await request.exec()).length);
  assert.deepEqual(counts, [2, 1, 1, 3, 3, 3, 2, 3, 4, 3, 2, 4]);
  const page = await Model.scan().limit(1).exec();
  assert.equal((await Model.scan().startAt(page.lastKey).exec()).length, 3);
  assert.equal((await Model.batchGet([{ id: 2, r: "r1" }, { id: 2, r: "none" }])).length, 1);
  await dynamoose1.transaction([Model.transaction.update({ id: 2, r: "r3" }, { name: "T" }), Model.transaction.create({ id: 9, r: "x" })]);
  assert.equal((await Model.get({ id: 2, r: "r3" })).name, "T");
});
