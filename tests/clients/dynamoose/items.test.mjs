// Items: create, get, save, update with every operator, delete, conditions, return values, batches.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { Condition, ddb, dynamoose, named, Schema, stored } from "./connection.mjs";

const name = named("items");
const User = dynamoose.model(name, new Schema({
  id: String, name: String, age: Number, tags: { type: Set, schema: [String] }, friends: { type: Array, schema: [String] },
  address: { type: Object, schema: { city: String, zip: Number } }, visits: Number,
}));
const raw = (id) => stored(name, { id: { S: id } });
before(() => User.scan().count().exec());

const failsWith = (type, message) => (error) => {
  assert.equal(error.name, type);
  if (message) assert.match(error.message, message);
  return true;
};

test("create refuses to overwrite, unless told to", async () => {
  await User.create({ id: "create", name: "one" });
  await assert.rejects(User.create({ id: "create", name: "two" }), failsWith("ConditionalCheckFailedException", /^The conditional request failed$/));
  await User.create({ id: "create", name: "two" }, { overwrite: true });
  assert.equal((await User.get("create")).name, "two");
  const request = await User.create({ id: "create2" }, { return: "request" });
  assert.equal(request.TableName, name);
  assert.equal(await User.get("create2"), undefined);
});

test("an item is saved, changed, saved again, and deleted", async () => {
  const user = new User({ id: "save", name: "n" });
  await user.save();
  user.age = 5;
  await user.save();
  assert.deepEqual(await raw("save"), { id: { S: "save" }, name: { S: "n" }, age: { N: "5" } });
  await assert.rejects(user.save({ condition: new Condition("age").gt(5) }), failsWith("ConditionalCheckFailedException"));
  await user.delete();
  assert.equal(await raw("save"), undefined);
});

test("get with chosen attributes, consistently, and of a missing item", async () => {
  await User.create({ id: "get", name: "n", age: 1 });
  assert.deepEqual((await User.get("get", { attributes: ["age"], consistent: true })).toJSON(), { age: 1 });
  assert.equal(await User.get("nobody"), undefined);
});

test("update: SET, ADD, REMOVE and DELETE", async () => {
  await User.create({ id: "update", name: "n", age: 1, tags: new Set(["a", "b"]), friends: ["x"] });
  let user = await User.update("update", { name: "m", $ADD: { age: 2, tags: new Set(["c"]), friends: ["y"] } });
  assert.equal(user.name, "m");
  assert.equal(user.age, 3);
  assert.deepEqual(user.tags, new Set(["a", "b", "c"]));
  assert.deepEqual(user.friends, ["x", "y"]);
  user = await User.update("update", { $DELETE: { tags: new Set(["a"]) }, $REMOVE: ["friends"] });
  assert.deepEqual(user.tags, new Set(["b", "c"]));
  assert.equal(user.friends, undefined);
  user = await User.update({ id: "update", $SET: { address: { city: "Rome", zip: 1 } } });
  assert.deepEqual(user.address, { city: "Rome", zip: 1 });
  user = await User.update("update", { name: dynamoose.type.UNDEFINED });
  assert.equal(user.name, undefined);
  assert.deepEqual(Object.keys(await raw("update")).sort(), ["address", "age", "id", "tags"]);
});

test("update makes the item where there is none, unless a condition says no", async () => {
  assert.deepEqual((await User.update("born", { $ADD: { visits: 1 } })).toJSON(), { id: "born", visits: 1 });
  await assert.rejects(User.update({ id: "unborn" }, { age: 1 }, { condition: new Condition("id").exists() }), failsWith("ConditionalCheckFailedException"));
  assert.equal(await raw("unborn"), undefined);
});

test("update: all return values", async () => {
  await User.create({ id: "values", name: "old", age: 1 });
  const update = async (age, returnValues) => (await User.update({ id: "values" }, { age }, { returnValues }))?.toJSON();
  assert.deepEqual(await update(2, "ALL_NEW"), { id: "values", name: "old", age: 2 });
  assert.deepEqual(await update(3, "UPDATED_NEW"), { age: 3 });
  assert.deepEqual(await update(4, "ALL_OLD"), { id: "values", name: "old", age: 3 });
  assert.deepEqual(await update(5, "UPDATED_OLD"), { age: 4 });
  assert.equal(await update(6, "NONE"), undefined);
  assert.deepEqual((await raw("values")).age, { N: "6" });
});

test("conditions: every comparison, not, or, groups", async () => {
  await User.create({ id: "when", name: "Bobby", age: 10, tags: new Set(["t"]), friends: ["f"], address: { city: "Rome", zip: 5 } });
  const holds = async (condition) => {
    try {
      await User.update({ id: "when" }, { visits: 1 }, { condition });
      return true;
    } catch (error) {
      assert.equal(error.name, "ConditionalCheckFailedException");
      return false;
    }
  };
  const when = (attribute) => new Condition(attribute);
  const cases = [
    [when("age").eq(10), true], [when("age").eq(11), false], [when("age").not().eq(11), true],
    [when("age").lt(10), false], [when("age").le(10), true], [when("age").gt(9.99), true], [when("age").ge(11), false], [when("age").not().lt(10), true],
    [when("name").beginsWith("Bob"), true], [when("name").contains("bb"), true], [when("name").not().contains("bb"), false],
    [when("tags").contains("t"), true],
    [when("name").exists(), true], [when("visits2").not().exists(), true], [when("name").not().exists(), false],
    [when("age").in([1, 10]), true], [when("age").in([1, 2]), false], [when("age").between(9, 11), true], [when("age").between(11, 12), false],
    [when("address.city").eq("Rome"), true], [when("address.zip").gt(5), false],
    [when("age").eq(1).or().where("name").eq("Bobby"), true], [when("age").eq(10).and().where("name").eq("x"), false],
    [when("age").eq(10).and().parenthesis(when("name").eq("x").or().where("name").eq("Bobby")), true],
    [when("age").eq(1).or().group((c) => c.where("name").eq("Bobby").and().where("age").gt(50)), false],
  ];
  for (const [index, [condition, expected]] of cases.entries()) assert.equal(await holds(condition), expected, `case ${index}`);
});

test("delete, with and without a condition", async () => {
  await User.create({ id: "delete", age: 1 });
  await assert.rejects(User.delete("delete", { condition: new Condition("age").eq(2) }), failsWith("ConditionalCheckFailedException"));
  await User.delete({ id: "delete" });
  assert.equal(await raw("delete"), undefined);
  await User.delete("delete");
});

test("batches: put, get, delete", async () => {
  const users = Array.from({ length: 25 }, (_, i) => ({ id: `batch-${i}`, age: i }));
  assert.deepEqual(await User.batchPut(users), { unprocessedItems: [] });
  const read = await User.batchGet([...users.map(({ id }) => id), "batch-missing"]);
  assert.deepEqual(read.map((user) => user.age).sort((a, b) => a - b), users.map((user) => user.age));
  assert.deepEqual(read.unprocessedKeys, []);
  const few = await User.batchGet(["batch-3", { id: "batch-4" }], { attributes: ["id"] });
  assert.deepEqual(few.map((user) => ({ ...user.toJSON() })).sort((a, b) => a.id.localeCompare(b.id)), [{ id: "batch-3" }, { id: "batch-4" }]);
  assert.deepEqual(await User.batchDelete(["batch-0", "batch-1"]), { unprocessedItems: [] });
  assert.equal(await raw("batch-0"), undefined);
});

test("batches that are too large, or name an item twice, are refused whole", async () => {
  const users = Array.from({ length: 26 }, (_, i) => ({ id: `large-${i}` }));
  await assert.rejects(User.batchPut(users), failsWith("ValidationException"));
  assert.equal(await raw("large-0"), undefined);
  await assert.rejects(User.batchGet(Array.from({ length: 101 }, (_, i) => `k${i}`)), failsWith("ValidationException"));
  await assert.rejects(User.batchGet(["same", "same"]), failsWith("ValidationException", /duplicates/));
  await assert.rejects(User.batchPut([{ id: "same" }, { id: "same" }]), failsWith("ValidationException", /duplicates/));
});

test("an item over 400 KB is refused", async () => {
  await assert.rejects(User.create({ id: "big", name: "x".repeat(400 * 1024) }), failsWith("ValidationException", /Item size has exceeded the maximum allowed size/));
  await User.create({ id: "big", name: "x".repeat(400 * 1024 - 10) });
  assert.equal((await User.get("big")).name.length, 400 * 1024 - 10);
});

test("the converter and a client of one's own", async () => {
  const marshalled = dynamoose.aws.converter().marshall({ id: "conv", age: 1 });
  assert.deepEqual(marshalled, { id: { S: "conv" }, age: { N: "1" } });
  await ddb.putItem({ TableName: name, Item: marshalled });
  assert.equal((await User.get("conv")).age, 1);
});
