// Libraries above the SDK that still have users: AWS's data mapper, dynogels, a lock client.
import assert from "node:assert/strict";
import { test } from "node:test";
import mapping from "@aws/dynamodb-data-mapper";
import expressions from "@aws/dynamodb-expressions";
import locks from "dynamodb-lock-client";
import dynogels from "dynogels";
import Joi from "joi";
import { called, createTable, db, documents, named } from "./connection.mjs";

const count = async (items) => {
  let all = 0;
  for await (const _ of items) ++all;
  return all;
};

test("the data mapper: its own tables, versions, batches over every limit, expressions", async () => {
  class Post {}
  Object.defineProperties(Post.prototype, {
    [mapping.DynamoDbTable]: { value: named("posts") },
    [mapping.DynamoDbSchema]: { value: {
      id: { type: "String", keyType: "HASH" }, at: { type: "Date", keyType: "RANGE" }, n: { type: "Number" },
      author: { type: "String", indexKeyConfigurations: { byAuthor: "HASH" } }, tags: { type: "Set", memberType: "String" },
      version: { type: "Number", versionAttribute: true }, any: { type: "Any" }, nul: { type: "Null" }, bin: { type: "Binary" },
      map: { type: "Map", memberType: { type: "String" } }, pair: { type: "Tuple", members: [{ type: "Boolean" }, { type: "String" }] },
    } },
  });
  const mapper = new mapping.DataMapper({ client: db });
  const at = new Date(1700000000000);
  const post = (fields) => Object.assign(new Post(), { at, ...fields });
  const units = { readCapacityUnits: 1, writeCapacityUnits: 1 };
  await mapper.ensureTableExists(Post, { ...units, indexOptions: { byAuthor: { type: "global", projection: "all", ...units } } });

  const first = post({ id: "1", author: "a", n: 1, tags: new Set(["x"]), any: { q: [1] }, nul: null, bin: Buffer.from("x"), map: new Map([["k", "v"]]), pair: [true, "s"] });
  assert.equal((await mapper.put(first)).version, 0);
  const read = await mapper.get(post({ id: "1" }));
  assert.deepEqual([read.map.get("k"), read.pair, [...read.tags], read.at], ["v", [true, "s"], ["x"], at]);
  read.n = 9;
  assert.equal((await mapper.update(read)).version, 1);
  await assert.rejects(mapper.put(first), { code: "ConditionalCheckFailedException" });

  const many = Array.from({ length: 60 }, (_, i) => post({ id: `b${i}`, author: "b", n: i }));
  assert.equal(await count(mapper.batchPut(many)), 60);
  assert.equal(await count(mapper.batchGet(Array.from({ length: 160 }, (_, i) => post({ id: `b${i}` })))), 60);
  assert.equal(await count(mapper.query(Post, { author: "b" }, { indexName: "byAuthor" })), 60);
  assert.equal(await count(mapper.parallelScan(Post, 3)), 61);
  const filter = { type: "Or", conditions: [{ ...expressions.inList(9, 10), subject: "n" }, { type: "Not", condition: { ...expressions.greaterThan(0), subject: "n" } }] };
  assert.equal(await count(mapper.scan(Post, { filter })), 4);

  const change = new expressions.UpdateExpression();
  change.set("n", new expressions.MathematicalExpression(new expressions.AttributePath("n"), "+", 1));
  change.remove("any");
  change.delete("tags", new Set(["x"]));
  const changed = await mapper.executeUpdateExpression(change, { id: "1", at }, Post);
  assert.deepEqual([changed.n, changed.any, changed.tags], [10, undefined, undefined]);
  assert.equal(await count(mapper.batchDelete(many)), 60);
  await mapper.ensureTableNotExists(Post);
});

test("dynogels: tables, updates, queries and scans by its old parameters", async () => {
  dynogels.dynamoDriver(db);
  const tableName = named("accounts");
  const Account = dynogels.define(tableName, {
    hashKey: "email", rangeKey: "at", timestamps: true, tableName,
    schema: { email: Joi.string(), at: Joi.string(), age: Joi.number(), roles: dynogels.types.stringSet(), data: Joi.object(), flag: Joi.boolean() },
    indexes: [{ hashKey: "age", rangeKey: "at", name: "byAge", type: "global" }, { hashKey: "email", rangeKey: "age", name: "ages", type: "local" }],
  });
  await called((done) => dynogels.createTables({ [tableName]: { readCapacity: 2, writeCapacity: 3 } }, done));
  await called((done) => Account.create([{ email: "a@x", at: "1", age: 3, roles: ["u", "v"], data: { deep: { x: 1 } }, flag: true }, { email: "a@x", at: "2", age: 4 }], done));
  await assert.rejects(called((done) => Account.create({ email: "a@x", at: "1" }, { overwrite: false }, done)), { code: "ConditionalCheckFailedException" });
  const updated = await called((done) => Account.update({ email: "a@x", at: "1", age: { $add: 1 }, roles: { $add: "w" } }, { expected: { age: 3 } }, done));
  assert.deepEqual([updated.get("age"), updated.get("roles")], [4, ["u", "v", "w"]]);
  const old = await called((done) => Account.update({ email: "a@x", at: "1", roles: { $del: "w" }, flag: null }, { ReturnValues: "UPDATED_OLD" }, done));
  assert.deepEqual([old.get("flag"), old.get("roles")], [true, ["u", "v", "w"]]);

  const counts = [];
  for (const request of [
    Account.query("a@x").where("at").gte("2"), Account.query("a@x").usingIndex("ages").where("age").between(1, 9).descending(), Account.query(4).usingIndex("byAge"),
    Account.query("a@x").filter("roles").contains("u"), Account.query("a@x").filter("age").in([3, 5]), Account.scan().where("age").ne(4), Account.scan().where("flag").null(),
    Account.scan().where("email").beginsWith("a").where("age").notNull(), Account.scan().loadAll().limit(1), Account.parallelScan(3).where("age").gt(0), Account.query("a@x").select("COUNT"),
  ]) counts.push((await called((done) => request.exec(done))).Count);
  assert.deepEqual(counts, [1, 2, 2, 1, 0, 0, 2, 2, 2, 2, 2]);
  const gone = await called((done) => Account.destroy("a@x", "2", { ReturnValues: "ALL_OLD", expected: { age: 4 } }, done));
  assert.equal(gone.get("age"), 4);
  await called((done) => Account.deleteTable(done));
});

test("a lock is taken, kept by its heartbeat, refused to others, and given back", async () => {
  const lockTable = named("locks");
  await createTable(lockTable, { KeySchema: [{ AttributeName: "id", KeyType: "HASH" }], AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }] });
  const open = new locks.FailOpen({ dynamodb: documents, lockTable, partitionKey: "id", heartbeatPeriodMs: 20, leaseDurationMs: 200 });
  const first = await called((done) => open.acquireLock("a", done));
  await new Promise((resolve) => setTimeout(resolve, 100));
  await called((done) => first.release(done));
  const second = await called((done) => open.acquireLock("a", done));
  assert.ok(second.fencingToken > first.fencingToken);
  await called((done) => second.release(done));
  const closed = new locks.FailClosed({ dynamodb: documents, lockTable, partitionKey: "id", acquirePeriodMs: 20, retryCount: 1 });
  const held = await called((done) => closed.acquireLock("b", done));
  await assert.rejects(called((done) => closed.acquireLock("b", done)), { code: "FailedToAcquireLock" });
  await called((done) => held.release(done));
});
