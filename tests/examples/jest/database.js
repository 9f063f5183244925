// A fork of the seeded database for each test file: a copy made in milliseconds, with its own clock, faults and request log. The
// access key chooses it, so the code under test needs nothing but credentials. Workers run at once and never meet.
const { DynamoDBClient } = require("@aws-sdk/client-dynamodb");
const { DynamoDBDocumentClient } = require("@aws-sdk/lib-dynamodb");

const endpoint = process.env.STATOR_ENDPOINT ?? "http://localhost:8000";
const key = `jest-${process.ppid}-${process.env.JEST_WORKER_ID}`;

// stator("clock", { freeze: true }), stator("requests"): what the server offers to tests, for this fork.
global.stator = async (path, body, method = body ? "POST" : "GET", fork = key) => {
  const answer = await fetch(`${endpoint}/_stator/v1/${path}`, {
    method, headers: { "Content-Type": "application/json", ...(fork && { "X-Stator-Fork": fork }) }, body: body && JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${method} ${path}: ${(await answer.json()).error}`);
  return answer.json();
};
const client = new DynamoDBClient({ endpoint, region: "us-east-1", credentials: { accessKeyId: key, secretAccessKey: "anything" } });
global.dynamodb = DynamoDBDocumentClient.from(client);

beforeAll(() => stator("forks", { key }, "POST", null));
afterAll(async () => {
  client.destroy();
  await stator(`forks/${key}`, undefined, "DELETE", null);
});
