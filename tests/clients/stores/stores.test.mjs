// Libraries that keep something of theirs in a table: users and sessions of Auth.js, sessions of Express, the records by
// which Powertools calls a function once, counters of a rate limiter.
import assert from "node:assert/strict";
import { webcrypto } from "node:crypto";
import { test } from "node:test";
import { DynamoDBAdapter } from "@auth/dynamodb-adapter";
import { IdempotencyConfig, makeIdempotent } from "@aws-lambda-powertools/idempotency";
import { DynamoDBPersistenceLayer } from "@aws-lambda-powertools/idempotency/dynamodb";
import { DynamoDB } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocument } from "@aws-sdk/lib-dynamodb";
import connectDynamoDB from "connect-dynamodb";
import express from "express";
import session from "express-session";
import limiters from "rate-limiter-flexible";

process.env.AWS_LAMBDA_FUNCTION_NAME = "fn";
globalThis.crypto ??= webcrypto; // Auth.js takes it for granted; Node 18 has it as a module only
const endpoint = process.env.STATOR_ENDPOINT;
if (!endpoint) throw new Error("STATOR_ENDPOINT says where the server is");
const client = new DynamoDB({ endpoint, region: "us-east-1", credentials: { accessKeyId: "dummy", secretAccessKey: "dummy" } });

const named = (what) => `${what}-${process.pid}`;
const text = (AttributeName) => ({ AttributeName, AttributeType: "S" });
const keys = (hash, range) => [{ AttributeName: hash, KeyType: "HASH" }, ...(range ? [{ AttributeName: range, KeyType: "RANGE" }] : [])];
const createTable = (TableName, KeySchema, more = {}) => client.createTable(
  { TableName, KeySchema, BillingMode: "PAY_PER_REQUEST", AttributeDefinitions: KeySchema.map((key) => text(key.AttributeName)), ...more });

test("Auth.js: users, accounts, sessions and tokens in one table", async () => {
  const tableName = named("auth");
  await createTable(tableName, keys("pk", "sk"), {
    AttributeDefinitions: ["pk", "sk", "GSI1PK", "GSI1SK"].map(text),
    GlobalSecondaryIndexes: [{ IndexName: "GSI1", KeySchema: keys("GSI1PK", "GSI1SK"), Projection: { ProjectionType: "ALL" } }],
  });
  const marshallOptions = { convertEmptyValues: true, removeUndefinedValues: true, convertClassInstanceToMap: true };
  const adapter = DynamoDBAdapter(DynamoDBDocument.from(client, { marshallOptions }), { tableName });
  const user = await adapter.createUser({ id: "u", email: "e@x", emailVerified: new Date(0) });
  assert.equal((await adapter.getUserByEmail("e@x")).id, user.id);
  assert.deepEqual((await adapter.getUser(user.id)).emailVerified, new Date(0));
  await adapter.updateUser({ id: user.id, name: "new" });
  await adapter.linkAccount({ provider: "g", providerAccountId: "1", userId: user.id, type: "oauth" });
  assert.equal((await adapter.getUserByAccount({ provider: "g", providerAccountId: "1" })).name, "new");
  await adapter.createSession({ sessionToken: "t", userId: user.id, expires: new Date(Date.now() + 1e6) });
  assert.equal((await adapter.getSessionAndUser("t")).user.id, user.id);
  await adapter.updateSession({ sessionToken: "t", expires: new Date(Date.now() + 2e6) });
  await adapter.createVerificationToken({ identifier: "i", token: "k", expires: new Date() });
  assert.equal((await adapter.useVerificationToken({ identifier: "i", token: "k" })).token, "k");
  assert.equal(await adapter.useVerificationToken({ identifier: "i", token: "k" }), null);
  await adapter.deleteSession("t");
  await adapter.unlinkAccount({ provider: "g", providerAccountId: "1" });
  await adapter.deleteUser(user.id);
  assert.equal(await adapter.getUser(user.id), null);
  assert.equal((await client.scan({ TableName: tableName })).Count, 0);
});

for (const sorted of [false, true]) test(`Powertools: a function is called once${sorted ? ", by records with a sort key" : ""}`, async () => {
  const tableName = named(`once-${sorted}`);
  await createTable(tableName, sorted ? keys("id", "sk") : keys("id"));
  const persistenceStore = new DynamoDBPersistenceLayer({ tableName, awsSdkV3Client: client, ...(sorted ? { sortKeyAttr: "sk", staticPkValue: "idempotency" } : {}) });
  const config = new IdempotencyConfig({ expiresAfterSeconds: 60, eventKeyJmesPath: "key", payloadValidationJmesPath: "amount", lambdaContext: { getRemainingTimeInMillis: () => 5000 } });
  let calls = 0;
  const pay = makeIdempotent(async (event) => {
    ++calls;
    if (event.fail) throw new Error("failed");
    if (event.slow) await new Promise((resolve) => setTimeout(resolve, 100));
    return { calls, event };
  }, { persistenceStore, config });
  const fails = (event) => pay(event).then(() => "answered", (error) => error.name);
  const first = await pay({ key: "1", amount: 1 });
  assert.deepEqual(await pay({ key: "1", amount: 1 }), first);
  assert.equal(calls, 1);
  assert.equal(await fails({ key: "1", amount: 2 }), "IdempotencyValidationError");
  assert.equal(await fails({ key: "2", amount: 1, fail: true }), "Error");
  assert.equal(await fails({ key: "2", amount: 1 }), "answered");
  const both = await Promise.all([{ key: "3", amount: 1, slow: true }, { key: "3", amount: 1, slow: true }].map(fails));
  assert.deepEqual(both.sort(), ["IdempotencyAlreadyInProgressError", "answered"]);
});

test("Express: sessions over HTTP", async () => {
  const Store = connectDynamoDB(session);
  const store = new Store({ table: named("sessions"), client, readCapacityUnits: 5, writeCapacityUnits: 5 });
  await store.initialize();
  const app = express();
  app.use(session({ store, secret: "s", resave: false, saveUninitialized: false }));
  app.get("/", (request, response) => response.json((request.session.visits = (request.session.visits ?? 0) + 1)));
  app.get("/out", (request, response) => request.session.destroy(() => response.json(0)));
  const server = app.listen(0, "127.0.0.1");
  await new Promise((resolve) => server.on("listening", resolve));
  try {
    let cookie;
    const visit = async (path) => {
      const answer = await fetch(`http://127.0.0.1:${server.address().port}${path}`, { headers: { ...(cookie ? { cookie } : {}), connection: "close" } });
      cookie ??= answer.headers.get("set-cookie").split(";")[0];
      return answer.json();
    };
    assert.deepEqual([await visit("/"), await visit("/"), await visit("/out"), await visit("/")], [1, 2, 0, 1]);
  } finally {
    server.close();
  }
});

test("a rate limiter counts, refuses, forgets and blocks", async () => {
  const limiter = await new Promise((resolve, reject) => {
    const made = new limiters.RateLimiterDynamo({ storeClient: client, tableName: named("limits"), points: 3, duration: 60, keyPrefix: "k" }, (error) => (error ? reject(error) : resolve(made)));
  });
  for (let i = 0; i < 3; ++i) await limiter.consume("u");
  await assert.rejects(limiter.consume("u"), (refusal) => refusal.remainingPoints === 0 && refusal.msBeforeNext > 0);
  assert.equal((await limiter.get("u")).consumedPoints, 4);
  assert.equal(await limiter.delete("u"), true);
  assert.equal(await limiter.get("u"), null);
  await limiter.block("v", 60);
  await assert.rejects(limiter.consume("v"), (refusal) => refusal.msBeforeNext > 0);
});
