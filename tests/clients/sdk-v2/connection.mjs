// The version 2 SDK pointed at the server, for every file of this application.
import AWS from "aws-sdk";

export const endpoint = process.env.STATOR_ENDPOINT;
if (!endpoint) throw new Error("STATOR_ENDPOINT says where the server is");
AWS.config.update({ accessKeyId: "dummy", secretAccessKey: "dummy", region: "us-east-1", maxRetries: 0 });

export { AWS };
export const db = new AWS.DynamoDB({ endpoint });
export const documents = new AWS.DynamoDB.DocumentClient({ endpoint });
export const streams = new AWS.DynamoDBStreams({ endpoint });

// A fresh name for each table, so that the files can run at once and twice against one server.
let count = 0;
export const named = (what) => `${what}-${process.pid}-${++count}`;

export const createTable = (name, more = {}) => db.createTable({
  TableName: name, BillingMode: "PAY_PER_REQUEST",
  KeySchema: [{ AttributeName: "h", KeyType: "HASH" }, { AttributeName: "r", KeyType: "RANGE" }],
  AttributeDefinitions: [{ AttributeName: "h", AttributeType: "S" }, { AttributeName: "r", AttributeType: "N" }], ...more,
}).promise();

// What a library of callbacks answers, as a promise.
export const called = (start) => new Promise((resolve, reject) => start((error, answer) => (error ? reject(error) : resolve(answer))));
