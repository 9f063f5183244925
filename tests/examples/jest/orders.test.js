const { CreateTableCommand } = require("@aws-sdk/client-dynamodb");
const { DynamoDBDocumentClient, GetCommand, PutCommand, ScanCommand } = require("@aws-sdk/lib-dynamodb");

// The same table name as in the other file, which another worker uses at this moment.
const TableName = "Documents";
const document = DynamoDBDocumentClient.from(dynamodb);

beforeEach(() => dynamodb.send(new CreateTableCommand({
  TableName, BillingMode: "PAY_PER_REQUEST", KeySchema: [{ AttributeName: "id", KeyType: "HASH" }], AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
})));

test("orders are kept", async () => {
  await document.send(new PutCommand({ TableName, Item: { id: "1", kind: "orders" } }));
  expect((await document.send(new GetCommand({ TableName, Key: { id: "1" } }))).Item).toEqual({ id: "1", kind: "orders" });
});

test("orders start empty", async () => {
  expect((await document.send(new ScanCommand({ TableName }))).Items).toEqual([]);
});
