// Every file of this application starts here: the library pointed at the server, quick to notice that a table is active.
import dynamoose from "dynamoose";

const endpoint = process.env.STATOR_ENDPOINT;
if (!endpoint) throw new Error("STATOR_ENDPOINT says where the server is");
dynamoose.aws.ddb.local(endpoint);
dynamoose.Table.defaults.set({ waitForActive: { enabled: true, check: { timeout: 20000, frequency: 10 } } });

export { dynamoose };
export const ddb = dynamoose.aws.ddb();
export const { Schema, type, Condition } = dynamoose;

// A fresh name for each table, so that the files can run at once and twice against one server.
let count = 0;
export const named = (what) => `${what}-${process.pid}-${++count}`;

// What is really stored, past the library.
export const stored = async (table, key) => (await ddb.getItem({ TableName: table, Key: key, ConsistentRead: true })).Item;
