// ElectroDB: entities and a service in a single table, as its own guide builds them.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { CreateTableCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { createConversions, CustomAttributeType, Entity, Service } from "electrodb";

const client = new DynamoDBClient({ endpoint: process.env.STATOR_ENDPOINT });
const table = `electro-${process.pid}`;

before(async () => {
  const key = (name) => [{ AttributeName: `${name}pk`, KeyType: "HASH" }, { AttributeName: `${name}sk`, KeyType: "RANGE" }];
  await client.send(new CreateTableCommand({
    TableName: table, BillingMode: "PAY_PER_REQUEST", KeySchema: key(""),
    AttributeDefinitions: ["pk", "sk", "gsi1pk", "gsi1sk", "lsi1sk"].map((AttributeName) => ({ AttributeName, AttributeType: "S" })),
    GlobalSecondaryIndexes: [{ IndexName: "gsi1", KeySchema: key("gsi1"), Projection: { ProjectionType: "ALL" } }],
    LocalSecondaryIndexes: [{
      IndexName: "lsi1", Projection: { ProjectionType: "ALL" },
      KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }, { AttributeName: "lsi1sk", KeyType: "RANGE" }],
    }],
  }));
});

const Employee = new Entity({
  model: { entity: "employee", version: "1", service: "office" },
  attributes: {
    office: { type: "string", required: true },
    id: { type: "string", required: true },
    name: { type: "string" },
    salary: { type: "number", validate: (value) => value >= 0 },
    team: { type: ["red", "blue"], default: "red" },
    skills: { type: "set", items: "string" },
    address: { type: "map", properties: { city: { type: "string" }, zip: { type: "number" } } },
    history: { type: "list", items: { type: "map", properties: { year: { type: "number" }, role: { type: "string" } } } },
    extra: { type: CustomAttributeType("any") },
    secret: { type: "string", hidden: true },
    badge: { type: "string", readOnly: true },
    updatedAt: { type: "number", watch: "*", set: () => 7, readOnly: true, default: () => 1 },
  },
  indexes: {
    primary: { pk: { field: "pk", composite: ["office"] }, sk: { field: "sk", composite: ["id"] } },
    byTeam: { index: "gsi1", collection: "teams", pk: { field: "gsi1pk", composite: ["team"] }, sk: { field: "gsi1sk", composite: ["salary", "id"] } },
    byName: { index: "lsi1", pk: { field: "pk", composite: ["office"] }, sk: { field: "lsi1sk", composite: ["name"] } },
  },
}, { client, table });

const Task = new Entity({
  model: { entity: "task", version: "1", service: "office" },
  attributes: { task: { type: "string" }, team: { type: "string", required: true }, points: { type: "number", default: 0 } },
  indexes: {
    primary: { pk: { field: "pk", composite: ["task"] }, sk: { field: "sk", composite: [] } },
    byTeam: { index: "gsi1", collection: "teams", pk: { field: "gsi1pk", composite: ["team"] }, sk: { field: "gsi1sk", composite: ["task"] } },
  },
}, { client, table });
const office = new Service({ employees: Employee, tasks: Task });

const person = (id, more) => ({ office: "hq", id, name: `n${id}`, salary: 10, ...more });

test("create, get, and refuse to create twice", async () => {
  const item = person("1", {
    skills: ["c", "d"], address: { city: "Rome", zip: 1 }, history: [{ year: 2020, role: "dev" }], extra: { any: [1, { thing: true }] }, secret: "s", badge: "b",
  });
  const { data } = await Employee.create(item).go();
  assert.equal(data.team, "red");
  const { data: read } = await Employee.get({ office: "hq", id: "1" }).go({ consistent: true });
  const { secret, ...visible } = item;
  assert.deepEqual({ ...read, skills: [...read.skills].sort() }, { ...visible, team: "red", updatedAt: 7 });
  await assert.rejects(Employee.create(item).go(), /The conditional request failed/);
  assert.equal((await Employee.get({ office: "hq", id: "none" }).go()).data, null);
});

test("patch and update with every operator", async () => {
  await Employee.put(person("2", { skills: ["x"], history: [], salary: 5, address: { city: "A", zip: 1 } })).go();
  await Employee.patch({ office: "hq", id: "2" })
    .set({ name: "new" }).add({ skills: ["y"] }).append({ history: [{ year: 1, role: "r" }] }).data((attributes, { set }) => set(attributes.address.city, "B"))
    .go({ response: "all_new" }).then(({ data }) => {
      assert.equal(data.name, "new");
      assert.deepEqual([...data.skills].sort(), ["x", "y"]);
      assert.deepEqual(data.history, [{ year: 1, role: "r" }]);
      assert.equal(data.address.city, "B");
    });
  await Employee.update({ office: "hq", id: "2" }).delete({ skills: ["x"] }).remove(["history"]).go();
  const { data } = await Employee.get({ office: "hq", id: "2" }).go();
  assert.deepEqual([...data.skills], ["y"]);
  assert.equal(data.history, undefined);
  await assert.rejects(Employee.patch({ office: "hq", id: "nobody" }).set({ name: "x" }).go(), /The conditional request failed/);
  await assert.rejects(Employee.update({ office: "hq", id: "2" }).set({ name: "x" }).where(({ name }, { eq }) => eq(name, "other")).go(), /The conditional request failed/);
  await assert.rejects(Employee.update({ office: "hq", id: "2" }).set({ badge: "x" }).go(), /readOnly|Read-Only/i);
});

test("queries: begins, between, filters, order, paging, on the table and both kinds of index", async () => {
  const people = Array.from({ length: 40 }, (_, i) => ({ office: "branch", id: String(i).padStart(2, "0"), name: `name${i % 4}`, salary: i, team: i % 2 ? "red" : "blue" }));
  const { unprocessed } = await Employee.put(people).go({ concurrency: 2 });
  assert.deepEqual(unprocessed, []);
  const ids = ({ data }) => data.map((employee) => employee.id);
  const branch = { office: "branch" };
  assert.equal((await Employee.query.primary(branch).go({ pages: "all" })).data.length, 40);
  assert.deepEqual(ids(await Employee.query.primary(branch).begins({ id: "1" }).go()), people.slice(10, 20).map((p) => p.id));
  assert.deepEqual(ids(await Employee.query.primary(branch).between({ id: "05" }, { id: "07" }).go()), ["05", "06", "07"]);
  assert.deepEqual(ids(await Employee.query.primary(branch).gt({ id: "37" }).go({ order: "desc" })), ["39", "38"]);
  const filtered = await Employee.query.primary(branch).where(({ salary, name }, { gte, contains }) => `${gte(salary, 30)} AND ${contains(name, "1")}`).go();
  assert.deepEqual(ids(filtered), people.filter((p) => p.salary >= 30 && p.name === "name1").map((p) => p.id));
  assert.deepEqual(ids(await Employee.query.byName({ office: "branch", name: "name3" }).go()).sort(), people.filter((p) => p.name === "name3").map((p) => p.id));
  let cursor = null;
  const seen = [];
  do {
    const page = await Employee.query.byTeam({ team: "blue" }).where(({ office: where }, { eq }) => eq(where, "branch")).go({ cursor, limit: 7 });
    seen.push(...ids(page));
    ({ cursor } = page);
  } while (cursor);
  assert.deepEqual(seen.sort(), people.filter((p) => p.team === "blue").map((p) => p.id));
  assert.deepEqual((await Employee.query.primary({ office: "branch", id: "03" }).go({ attributes: ["name"] })).data, [{ name: "name3" }]);
  assert.ok((await Employee.scan.where(({ office: where }, { eq }) => eq(where, "branch")).go({ pages: "all" })).data.length === 40);
});

test("batches read and delete", async () => {
  const keys = ["00", "01", "02", "missing"].map((id) => ({ office: "branch", id }));
  const { data, unprocessed } = await Employee.get(keys).go({ preserveBatchOrder: true });
  assert.deepEqual(data.map((item) => item?.id), ["00", "01", "02", undefined]);
  assert.deepEqual(unprocessed, []);
  await Employee.delete(keys.slice(0, 2)).go();
  assert.deepEqual((await Employee.get(keys).go()).data.map((item) => item.id), ["02"]);
  await assert.rejects(Employee.remove({ office: "branch", id: "00" }).go(), /The conditional request failed/);
});

test("a collection gathers several entities through one index", async () => {
  await Task.create({ task: "t1", team: "blue", points: 3 }).go();
  const { data } = await office.collections.teams({ team: "blue" }).go({ pages: "all" });
  assert.deepEqual(data.tasks, [{ task: "t1", team: "blue", points: 3 }]);
  assert.ok(data.employees.length > 0);
});

test("transactions through a service, and their refusal", async () => {
  const write = (condition) => office.transaction.write(({ employees, tasks }) => [
    employees.patch({ office: "hq", id: "1" }).set({ name: "moved" }).commit(),
    tasks.create({ task: condition, team: "red" }).commit(),
    employees.check({ office: "hq", id: "2" }).where(({ name }, { exists }) => exists(name)).commit(),
  ]).go();
  const done = await write("t2");
  assert.equal(done.canceled, false);
  const refused = await write("t2");
  assert.equal(refused.canceled, true);
  assert.deepEqual(refused.data.map((result) => result.code), ["None", "ConditionalCheckFailed", "None"]);
  const read = await office.transaction.get(({ employees, tasks }) => [employees.get({ office: "hq", id: "1" }).commit(), tasks.get({ task: "t2" }).commit()]).go();
  assert.equal(read.data[0].item.name, "moved");
  assert.equal(read.data[1].item.team, "red");
});

test("upsert counts up, and conversions make keys and cursors", async () => {
  await Task.upsert({ task: "t3", team: "red" }).add({ points: 2 }).go();
  await Task.upsert({ task: "t3", team: "red" }).add({ points: 2 }).go();
  assert.equal((await Task.get({ task: "t3" }).go()).data.points, 4);
  const conversions = createConversions(Task);
  assert.equal(conversions.fromComposite.toKeys({ task: "t3" }).pk, "$office#task_t3");
});
