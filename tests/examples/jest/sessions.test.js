const { UpdateTimeToLiveCommand } = require("@aws-sdk/client-dynamodb");
const { GetCommand, PutCommand, ScanCommand } = require("@aws-sdk/lib-dynamodb");

// A product on offer for an hour: an hour of this fork's clock, which passes when the test says so.
test("an offer ends after its hour", async () => {
  const { now_ms: now } = await stator("clock", { freeze: true });
  await dynamodb.send(new UpdateTimeToLiveCommand({ TableName: "Products", TimeToLiveSpecification: { Enabled: true, AttributeName: "ends" } }));
  await dynamodb.send(new PutCommand({ TableName: "Products", Item: { id: 1000, ends: Math.floor(now / 1000) + 3600 } }));
  const offer = async () => (await dynamodb.send(new GetCommand({ TableName: "Products", Key: { id: 1000 } }))).Item;
  await stator("clock", { advance_ms: 3_500_000 });
  expect(await offer()).toBeDefined();
  await stator("clock", { advance_ms: 200_000 }); // answers when all that became due has happened
  expect(await offer()).toBeUndefined();
  expect((await dynamodb.send(new ScanCommand({ TableName: "Products", Select: "COUNT" }))).Count).toBe(100);
});

test("other clocks go on", async () => {
  const { held } = await stator("clock", undefined, "GET", null);
  expect(held).toBe(false);
});
