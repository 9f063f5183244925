// OneTable: a single table of several models, with unique fields, as its overview describes.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { Table } from "dynamodb-onetable";

// OneTable's own examples use the region "local".
const client = new DynamoDBClient({ endpoint: process.env.STATOR_ENDPOINT, region: "local" });
const table = new Table({
  name: `one-${process.pid}`, client, partial: true, logger: false,
  schema: {
    format: "onetable:1.1.0", version: "0.0.1",
    indexes: { primary: { hash: "pk", sort: "sk" }, gs1: { hash: "gs1pk", sort: "gs1sk", project: "all" }, ls1: { sort: "id", type: "local" } },
    models: {
      Account: {
        pk: { type: String, value: "account:${id}" }, sk: { type: String, value: "account:" },
        id: { type: String, generate: "ulid" }, name: { type: String, required: true, unique: true }, address: { type: Object, default: {}, schema: { street: { type: String }, zip: { type: String } } },
        balance: { type: Number, default: 0 },
      },
      User: {
        pk: { type: String, value: "account:${accountId}" }, sk: { type: String, value: "user:${email}" },
        gs1pk: { type: String, value: "user:${role}" }, gs1sk: { type: String, value: "user:${email}" },
        id: { type: String, generate: "ulid" }, accountId: { type: String, required: true }, email: { type: String, required: true, validate: /@/ },
        role: { type: String, enum: ["user", "admin"], default: "user" }, age: { type: Number }, tags: { type: Set }, born: { type: Date }, data: { type: Buffer },
        list: { type: Array }, active: { type: Boolean },
      },
    },
    params: { isoDates: true, timestamps: true },
  },
});
const Account = table.getModel("Account");
const User = table.getModel("User");
let account;

before(async () => {
  assert.equal(await table.exists(), false);
  await table.createTable();
  assert.equal(await table.exists(), true);
  account = await Account.create({ name: "Acme" });
});

test("the table stands as its schema says", async () => {
  const { Table: described } = await table.describeTable();
  assert.equal(described.TableStatus, "ACTIVE");
  assert.match(described.TableArn, /:dynamodb:local:/);
  assert.deepEqual(described.GlobalSecondaryIndexes.map((index) => index.IndexName), ["gs1"]);
  assert.ok((await table.listTables()).includes(described.TableName));
});

test("unique fields are kept by transactions", async () => {
  assert.match(account.id, /^[0-9A-Z]{26}$/);
  await assert.rejects(Account.create({ name: "Acme" }), (error) => error.code === "UniqueError");
  const renamed = await Account.update({ id: account.id, name: "Acme2" }, { return: "get" });
  assert.equal(renamed.name, "Acme2");
  const second = await Account.create({ name: "Acme" });
  await assert.rejects(Account.update({ id: second.id, name: "Acme2" }, { return: "get" }), (error) => error.code === "UniqueError");
  await Account.remove({ id: second.id });
  await Account.create({ name: "Acme" });
});

test("create, get and types", async () => {
  const values = {
    accountId: account.id, email: "a@x", age: 30, tags: new Set(["t", "u"]), born: new Date("2000-01-02T03:04:05.678Z"), data: Buffer.from([1, 2]), list: [1, "a", { b: true }], active: true,
  };
  await User.create(values);
  const user = await User.get({ accountId: account.id, email: "a@x" });
  assert.deepEqual(user.tags, values.tags);
  assert.equal(user.born.getTime(), values.born.getTime());
  assert.deepEqual([...user.data], [1, 2]);
  assert.deepEqual(user.list, values.list);
  assert.equal(user.role, "user");
  assert.ok(user.created instanceof Date);
  await assert.rejects(User.create(values), (error) => /Conditional create failed|already exists/.test(error.message));
  assert.equal(await User.get({ accountId: account.id, email: "no@x" }), undefined);
});

test("update: set, add, remove, push, delete, and conditions", async () => {
  const key = { accountId: account.id, email: "u@x" };
  await User.create({ ...key, age: 1, tags: new Set(["a", "b"]), list: [1] });
  let user = await User.update(key, { add: { age: 2 }, push: { list: [2] }, set: { active: true } });
  assert.equal(user.age, 3);
  assert.deepEqual(user.list, [1, 2]);
  user = await User.update(key, { delete: { tags: new Set(["a"]) }, remove: ["active"] });
  assert.deepEqual(user.tags, new Set(["b"]));
  assert.equal(user.active, undefined);
  await assert.rejects(User.update({ ...key, age: 9 }, { where: "${age} = {5}" }));
  await assert.rejects(User.update({ accountId: account.id, email: "none@x", age: 9 }));
  user = await User.upsert({ accountId: account.id, email: "up@x", age: 4 });
  assert.equal(user.age, 4);
});

test("find by key, by index, with filters, pages and counts", async () => {
  for (let i = 0; i < 30; i++) await User.create({ accountId: "many", email: `${String(i).padStart(2, "0")}@x`, role: i % 3 ? "user" : "admin", age: i });
  const ages = (users) => users.map((user) => user.age);
  assert.equal((await User.find({ accountId: "many" })).length, 30);
  assert.deepEqual(ages(await User.find({ accountId: "many", sk: { begins: "user:1" } })), [...Array(10).keys()].map((i) => i + 10));
  assert.deepEqual(ages(await User.find({ accountId: "many" }, { where: "(${age} >= {27}) and (${role} = {user})" })), [28, 29]);
  const admins = await User.find({ role: "admin" }, { index: "gs1" });
  assert.deepEqual(ages(admins), [0, 3, 6, 9, 12, 15, 18, 21, 24, 27]);
  assert.deepEqual(ages(await User.find({ accountId: "many" }, { reverse: true, limit: 3 })), [29, 28, 27]);
  const seen = [];
  let next;
  do {
    const page = await User.find({ accountId: "many" }, { limit: 8, next });
    seen.push(...ages(page));
    ({ next } = page);
  } while (next);
  assert.deepEqual(seen, [...Array(30).keys()]);
  assert.equal((await User.find({ accountId: "many" }, { count: true })).count, 30);
  assert.ok((await User.scan({ accountId: "many" })).length === 30);
});

test("batches and transactions", async () => {
  const batch = {};
  for (let i = 0; i < 5; i++) await User.create({ accountId: "batch", email: `${i}@x` }, { batch });
  await table.batchWrite(batch);
  assert.equal((await User.find({ accountId: "batch" })).length, 5);
  const read = {};
  for (let i = 0; i < 2; i++) User.get({ accountId: "batch", email: `${i}@x` }, { batch: read });
  assert.equal((await table.batchGet(read, { parse: true, hidden: false })).length, 2);

  const all = {};
  await User.create({ accountId: "tx", email: "1@x" }, { transaction: all });
  await User.create({ accountId: "tx", email: "2@x" }, { transaction: all });
  await table.transact("write", all);
  assert.equal((await User.find({ accountId: "tx" })).length, 2);
  const refused = {};
  await User.create({ accountId: "tx", email: "3@x" }, { transaction: refused });
  await User.create({ accountId: "tx", email: "1@x" }, { transaction: refused });
  await assert.rejects(table.transact("write", refused));
  assert.equal((await User.find({ accountId: "tx" })).length, 2);
});

test("remove one and many", async () => {
  await User.remove({ accountId: "batch", email: "0@x" });
  assert.equal((await User.find({ accountId: "batch" })).length, 4);
  await User.remove({ accountId: "batch" }, { many: true });
  assert.equal((await User.find({ accountId: "batch" })).length, 0);
});
