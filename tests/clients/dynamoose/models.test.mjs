// What stands around the items of a model: methods, serializers, virtual and renamed attributes, unknown ones, the conditions
// that one writes oneself, and version 3 of the library.
import assert from "node:assert/strict";
import { test } from "node:test";
import dynamoose3 from "dynamoose-3";
import { Condition, ddb, dynamoose, named, Schema, stored } from "./connection.mjs";

test("methods of models and of items, serializers", async () => {
  const User = dynamoose.model(named("methods"), { id: String, role: String, secret: String });
  User.methods.set("byRole", function (role) { return this.scan("role").eq(role).exec(); });
  User.methods.item.set("promote", function () { this.role = "admin"; return this.save(); });
  User.serializer.add("public", { exclude: ["secret"], modify: (serialized, original) => ({ ...serialized, link: `/${original.id}` }) });
  const user = await User.create({ id: "a", role: "user", secret: "s" });
  await user.promote();
  const found = await User.byRole("admin");
  assert.equal(found.length, 1);
  assert.deepEqual(await User.serializeMany(found, "public"), [{ id: "a", role: "admin", link: "/a" }]);
});

test("renamed attributes, timestamps of several names, nested lists and unknown attributes, as they are stored", async () => {
  const name = named("stored");
  const schema = new Schema({
    id: String, n: { type: Number, rangeKey: true }, mail: { type: String, map: "email", index: true }, either: [String, Number],
    kind: { type: { value: "Constant", settings: { value: "note" } } }, joined: { type: { value: "Combine", settings: { attributes: ["id", "kind"], separator: "#" } } },
    list: { type: Array, schema: [{ type: Object, schema: { a: String, deep: { type: Array, schema: [{ type: Object, schema: { v: Number } }] } } }] },
    bytes: { type: Set, schema: [Buffer] }, value: { type: Number, validate: (v) => v > 5, get: (v) => v * 2, set: (v) => v + 1 },
  }, { saveUnknown: ["extra.**"], timestamps: { createdAt: ["made", "born"], updatedAt: { changed: { type: { value: Date, settings: { storage: "iso" } } } } } });
  const Note = dynamoose.model(name, schema, { throughput: "ON_DEMAND" });
  await Note.create({ id: "1", n: -0.5, mail: "e@x", either: 5, kind: "note", list: [{ a: "", deep: [{ v: 1 }] }, {}], bytes: new Set([Buffer.from("a")]), value: 5, extra: { deep: { er: [1, null] } } });
  const { made, born, changed, ...raw } = await stored(name, { id: { S: "1" }, n: { N: "-0.5" } });
  assert.deepEqual([made, /^\d{13}$/.test(born.N), /^\d{4}-.*Z$/.test(changed.S)], [born, true, true]);
  assert.deepEqual({ ...raw, bytes: raw.bytes.BS.map((b) => Buffer.from(b).toString()) }, {
    id: { S: "1" }, n: { N: "-0.5" }, mail: { S: "e@x" }, either: { N: "5" }, kind: { S: "note" }, joined: { S: "1#note" }, bytes: ["a"], value: { N: "6" },
    list: { L: [{ M: { a: { S: "" }, deep: { L: [{ M: { v: { N: "1" } } }] } } }, { M: {} }] }, extra: { M: { deep: { M: { er: { L: [{ N: "1" }, { NULL: true }] } } } } },
  });
  const [read] = await Note.query("email").eq("e@x").exec();
  assert.deepEqual([read.email, read.value, (await read.original()).value, read.list[0].deep[0].v], ["e@x", 12, 6, 1]);
});

test("conditions as objects and in the service's own words", async () => {
  const Thing = dynamoose.model(named("conditions"), { id: String, age: Number, name: String });
  await Thing.batchPut([{ id: "1", age: 1, name: "x" }, { id: "2", age: 2, name: "y" }]);
  await Thing.update("1", { age: 5 }, { condition: new Condition({ id: { eq: "1" }, age: { lt: 3 } }) });
  const own = new Condition({ ConditionExpression: "#i = :i AND size(#n) < :s", ExpressionAttributeNames: { "#i": "id", "#n": "name" }, ExpressionAttributeValues: { ":i": { S: "1" }, ":s": { N: "2" } } });
  await Thing.delete("1", { condition: own });
  await assert.rejects(Thing.delete("2", { condition: own }), (error) => error.name === "ConditionalCheckFailedException");
  assert.equal(await Thing.get("1"), undefined);
  await assert.rejects(Thing.get(5), (error) => error.name === "ValidationException" && error.message === "The provided key element does not match the schema");
  const called = await new Promise((resolve, reject) => Thing.get("2", (error, item) => (error ? reject(error) : resolve(item))));
  assert.equal(called.name, "y");
});

test("version 3 shares a table with this one", async () => {
  dynamoose3.aws.ddb.set(new dynamoose3.aws.ddb.DynamoDB({ endpoint: process.env.STATOR_ENDPOINT, region: "us-east-1", credentials: { accessKeyId: "dummy", secretAccessKey: "dummy" } }));
  const name = named("shared");
  const attributes = { id: String, at: { type: Number, rangeKey: true }, room: { type: String, index: { name: "byRoom", type: "global" } }, tags: { type: Set, schema: [String] } };
  const Older = dynamoose3.model(name, new dynamoose3.Schema(attributes), { throughput: 3, waitForActive: { check: { frequency: 10 } } });
  await Older.create({ id: "a", at: 1, room: "attic", tags: new Set(["t"]) });
  await assert.rejects(Older.create({ id: "a", at: 1 }), (error) => error.name === "ConditionalCheckFailedException");
  const Newer = dynamoose.model(name, new Schema(attributes));
  await Newer.update({ id: "a", at: 1 }, { $ADD: { tags: new Set(["u"]) } });
  const [read] = await Older.query("room").eq("attic").exec();
  assert.deepEqual(read.tags, new Set(["t", "u"]));
  await dynamoose3.transaction([Older.transaction.create({ id: "b", at: 1 }), Older.transaction.delete({ id: "a", at: 1 })]);
  assert.deepEqual((await Newer.scan().exec()).map((item) => item.id), ["b"]);
  assert.equal((await ddb.describeTable({ TableName: name })).Table.ProvisionedThroughput.ReadCapacityUnits, 3);
});
