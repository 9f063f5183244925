const { GetCommand, ScanCommand, UpdateCommand } = require("@aws-sdk/lib-dynamodb");

const order = (id) => dynamodb.send(new UpdateCommand({
  TableName: "Products", Key: { id }, UpdateExpression: "SET stock = stock - :one", ConditionExpression: "stock > :none",
  ExpressionAttributeValues: { ":one": 1, ":none": 0 },
}));

test("an order takes from the stock", async () => {
  for (let n = 0; n < 10; n++) await order(7);
  expect((await dynamodb.send(new GetCommand({ TableName: "Products", Key: { id: 7 } }))).Item.stock).toBe(0);
  await expect(order(7)).rejects.toThrow("The conditional request failed");
});

test("everything else is as it was seeded", async () => {
  const { Items } = await dynamodb.send(new ScanCommand({ TableName: "Products" }));
  expect(Items).toHaveLength(100);
  expect(Items.filter(({ stock }) => stock !== 10)).toEqual([{ id: 7, stock: 0 }]);
});
