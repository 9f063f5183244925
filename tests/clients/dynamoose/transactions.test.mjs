// dynamoose.transaction: all of it or none of it, with the service's reasons.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { Condition, dynamoose, named } from "./connection.mjs";

const Account = dynamoose.model(named("account"), { id: String, balance: Number });
const Audit = dynamoose.model(named("audit"), { id: String, text: String });
before(async () => {
  await Account.scan().count().exec();
  await Audit.scan().count().exec();
});

test("writes of four kinds over two tables happen together", async () => {
  await Account.batchPut([{ id: "a", balance: 10 }, { id: "b", balance: 5 }, { id: "gone", balance: 0 }, { id: "checked", balance: 1 }]);
  await dynamoose.transaction([
    Account.transaction.update({ id: "a" }, { $ADD: { balance: -3 } }),
    Account.transaction.update({ id: "b" }, { $ADD: { balance: 3 } }),
    Account.transaction.delete("gone"),
    Account.transaction.condition("checked", new Condition("balance").eq(1)),
    Audit.transaction.create({ id: "1", text: "a to b" }),
  ]);
  assert.equal((await Account.get("a")).balance, 7);
  assert.equal((await Account.get("b")).balance, 8);
  assert.equal(await Account.get("gone"), undefined);
  const read = await dynamoose.transaction([Account.transaction.get("a"), Audit.transaction.get("1")]);
  assert.deepEqual(read.map((item) => item.toJSON()), [{ id: "a", balance: 7 }, { id: "1", text: "a to b" }]);
});

test("one failed condition undoes all, and the reasons stand in order", async () => {
  await Account.batchPut([{ id: "c", balance: 1 }, { id: "d", balance: 1 }]);
  await assert.rejects(dynamoose.transaction([
    Audit.transaction.create({ id: "never", text: "t" }),
    Account.transaction.condition("c", new Condition("balance").gt(100)),
    Account.transaction.create({ id: "d", balance: 2 }),
  ]), (error) => {
    assert.equal(error.name, "TransactionCanceledException");
    assert.equal(error.message, "Transaction cancelled, please refer cancellation reasons for specific reasons [None, ConditionalCheckFailed, ConditionalCheckFailed]");
    assert.deepEqual(error.CancellationReasons.map((reason) => reason.Code), ["None", "ConditionalCheckFailed", "ConditionalCheckFailed"]);
    return true;
  });
  assert.equal(await Audit.get("never"), undefined);
  assert.equal((await Account.get("d")).balance, 1);
});

test("a transaction that names an item twice, or is too long, is refused", async () => {
  await assert.rejects(dynamoose.transaction([Account.transaction.delete("x"), Account.transaction.delete("x")]),
    (error) => error.name === "ValidationException" && /Transaction request cannot include multiple operations on one item/.test(error.message));
  const many = Array.from({ length: 101 }, (_, i) => Account.transaction.delete(`m${i}`));
  await assert.rejects(dynamoose.transaction(many), (error) => error.name === "ValidationException");
});

test("the request can be had instead of sent", async () => {
  const request = await dynamoose.transaction([Account.transaction.get("a")], { return: "request" });
  assert.equal(request.TransactItems.length, 1);
  assert.deepEqual(request.TransactItems[0].Get.Key, { id: { S: "a" } });
});
