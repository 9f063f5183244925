const { PutCommand, ScanCommand } = require("@aws-sdk/lib-dynamodb");

const put = (id) => dynamodb.send(new PutCommand({ TableName: "Products", Item: { id, stock: 1 } }));
const statuses = async () => (await stator("requests?operation=PutItem")).requests.map(({ status }) => status);

test("the SDK retries what is throttled", async () => {
  await stator("faults", { operation: "PutItem", count: 2, error: "ProvisionedThroughputExceededException" });
  await put(1000);
  expect(await statuses()).toEqual([400, 400, 200]);
  expect((await dynamodb.send(new ScanCommand({ TableName: "Products", Select: "COUNT" }))).Count).toBe(101);
});

test("and comes to the same end on each run of one seed", async () => {
  const run = async () => {
    await stator("faults", undefined, "DELETE");
    await stator("requests", undefined, "DELETE");
    await stator("faults", { operation: "PutItem", probability: 0.4, seed: 3, error: "InternalServerError" });
    for (let id = 0; id < 8; id++) await put(id);
    return statuses();
  };
  const first = await run();
  expect(first).toContain(500);
  expect(await run()).toEqual(first);
});
