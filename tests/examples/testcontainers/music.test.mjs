// The image in Testcontainers: a generic container, ready when its port answers.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { DynamoDBClient, ListTablesCommand } from "@aws-sdk/client-dynamodb";
import { GenericContainer, Wait } from "testcontainers";

let container, client;
before(async () => {
  container = await new GenericContainer(process.env.STATOR_IMAGE ?? "stator").withCommand(["--in-memory"])
    .withExposedPorts(8000).withWaitStrategy(Wait.forHttp("/", 8000)).start();
  client = new DynamoDBClient({
    endpoint: `http://${container.getHost()}:${container.getMappedPort(8000)}`, region: "us-east-1",
    credentials: { accessKeyId: "local", secretAccessKey: "local" },
  });
});
after(() => container?.stop());

test("it answers", async () => assert.deepEqual((await client.send(new ListTablesCommand({}))).TableNames, []));
