// A database of its own for each Jest worker: a 12-digit access key is an account, every account is empty at first. Workers run at
// once against one server and never meet; before each test the worker drops the tables the last one left.
const { DeleteTableCommand, DynamoDBClient, ListTablesCommand } = require("@aws-sdk/client-dynamodb");

const run = String(process.ppid % 1e6).padStart(6, "0");
const worker = String(process.env.JEST_WORKER_ID).padStart(6, "0");
const client = new DynamoDBClient({
  endpoint: process.env.STATOR_ENDPOINT ?? "http://localhost:8000", region: "us-east-1",
  credentials: { accessKeyId: run + worker, secretAccessKey: "anything" },
});
global.dynamodb = client;

beforeEach(async () => {
  const { TableNames } = await client.send(new ListTablesCommand({}));
  for (const TableName of TableNames) await client.send(new DeleteTableCommand({ TableName }));
});
afterAll(() => client.destroy());
