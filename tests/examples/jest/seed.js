// Once, before any worker starts: the tables and items that every test file begins with. (`stator --seed DIR` does it from files.)
const { CreateTableCommand, DynamoDBClient } = require("@aws-sdk/client-dynamodb");
const { BatchWriteCommand, DynamoDBDocumentClient } = require("@aws-sdk/lib-dynamodb");

module.exports = async () => {
  const endpoint = process.env.STATOR_ENDPOINT ?? "http://localhost:8000";
  const client = new DynamoDBClient({ endpoint, region: "us-east-1", credentials: { accessKeyId: "local", secretAccessKey: "anything" } });
  await fetch(`${endpoint}/_stator/v1/reset`, { method: "POST", headers: { "Content-Type": "application/json" } });
  await client.send(new CreateTableCommand({
    TableName: "Products", BillingMode: "PAY_PER_REQUEST", KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
    AttributeDefinitions: [{ AttributeName: "id", AttributeType: "N" }],
  }));
  const documents = DynamoDBDocumentClient.from(client);
  for (let from = 0; from < 100; from += 25)
    await documents.send(new BatchWriteCommand({
      RequestItems: { Products: Array.from({ length: 25 }, (_, n) => ({ PutRequest: { Item: { id: from + n, stock: 10 } } })) },
    }));
  client.destroy();
};
