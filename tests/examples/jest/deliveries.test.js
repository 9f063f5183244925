const { DeleteCommand, GetCommand, ScanCommand } = require("@aws-sdk/lib-dynamodb");

// The same item as in orders.test.js, which another worker sells out at this moment.
test("nobody else has touched the stock", async () => {
  for (let n = 0; n < 20; n++)
    expect((await dynamodb.send(new GetCommand({ TableName: "Products", Key: { id: 7 } }))).Item.stock).toBe(10);
});

test("products are removed from this copy alone", async () => {
  for (let id = 0; id < 100; id += 2) await dynamodb.send(new DeleteCommand({ TableName: "Products", Key: { id } }));
  expect((await dynamodb.send(new ScanCommand({ TableName: "Products", Select: "COUNT" }))).Count).toBe(50);
});
