// dynamodb-admin starts against the server, lists its tables, shows their items and their description.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createServer } from "node:net";
import { after, before, test } from "node:test";
import { CreateTableCommand, DynamoDBClient, PutItemCommand } from "@aws-sdk/client-dynamodb";

const TableName = `Cities-${process.pid}`;
let admin, base, output = "";

const freePort = () => new Promise((resolve) => {
  const server = createServer().listen(0, "127.0.0.1", () => {
    const { port } = server.address();
    server.close(() => resolve(port));
  });
});

before(async () => {
  const client = new DynamoDBClient({ endpoint: process.env.STATOR_ENDPOINT });
  await client.send(new CreateTableCommand({
    TableName, BillingMode: "PAY_PER_REQUEST", KeySchema: [{ AttributeName: "city", KeyType: "HASH" }], AttributeDefinitions: [{ AttributeName: "city", AttributeType: "S" }],
  }));
  for (const city of ["Lisbon", "Tallinn", "Ghent"]) await client.send(new PutItemCommand({ TableName, Item: { city: { S: city }, people: { N: "1" } } }));
  const port = await freePort();
  base = `http://127.0.0.1:${port}`;
  admin = spawn(process.execPath, ["node_modules/dynamodb-admin/dist/dynamodb-admin.js", "--dynamo-endpoint", process.env.STATOR_ENDPOINT, "--port", String(port), "--host", "127.0.0.1", "--skip-default-credentials"],
    { stdio: ["ignore", "pipe", "pipe"] });
  for (const stream of [admin.stdout, admin.stderr]) stream.on("data", (text) => { output += text; });
  for (let i = 0; i < 400; i++) {
    if (await fetch(base).then(() => true, () => false)) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error(`dynamodb-admin did not start: ${output}`);
});
after(() => admin.kill());

const page = async (path) => {
  const answer = await fetch(base + path);
  const text = await answer.text();
  assert.equal(answer.status, 200, text.slice(0, 500) + output);
  return text;
};

test("the front page lists the table", async () => assert.match(await page("/"), new RegExp(TableName)));

test("the table's page shows its items, page by page, filtered and by key", async () => {
  assert.match(await page(`/tables/${TableName}`), new RegExp(TableName));
  const items = async (query = "") => JSON.parse(await page(`/tables/${TableName}/items?${query}`)).Items;
  assert.equal((await items()).length, 3);
  assert.equal((await items("pageSize=2")).length, 2);
  const filter = (city) => encodeURIComponent(JSON.stringify({ city: { operator: "=", type: "S", value: city } }));
  assert.equal(JSON.stringify(await items(`operationType=query&filters=${filter("Ghent")}`)).includes("Ghent"), true);
  assert.equal((await items(`filters=${filter("Nowhere")}`)).length, 0);
});

test("an item is added by its form, and its time to live page is there", async () => {
  const answer = await fetch(`${base}/tables/${TableName}/add-item`, {
    method: "PUT", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ city: "Oulu", people: 2 }),
  });
  assert.deepEqual(await answer.json(), { city: "Oulu" });
  assert.match(await page(`/tables/${TableName}/items/Oulu`), /Oulu/);
  await page(`/tables/${TableName}/ttl`);
});

test("the table's description is shown", async () => assert.match(await page(`/tables/${TableName}/meta`), /AttributeDefinitions/));

test("an item's page shows the item", async () => assert.match(await page(`/tables/${TableName}/items/Lisbon`), /Lisbon/));
