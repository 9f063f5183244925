// Query and Scan: on the table and its indexes, filters, order, paging, counting, in parallel.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { Condition, dynamoose, named, Schema } from "./connection.mjs";

const Reading = dynamoose.model(named("readings"), new Schema({
  sensor: { type: String, hashKey: true },
  at: { type: Number, rangeKey: true },
  room: { type: String, index: { name: "byRoom", rangeKey: "value" } },
  value: { type: Number, index: { name: "byValue", type: "local" } },
  note: String,
}));
const readings = [];
for (let i = 0; i < 60; i++)
  readings.push({ sensor: `s${i % 3}`, at: i, room: i % 2 ? "attic" : "cellar", value: (i * 7) % 20, ...(i % 5 ? {} : { note: `n${i}` }) });

before(async () => {
  for (let i = 0; i < readings.length; i += 20) await Reading.batchPut(readings.slice(i, i + 20));
});
const ats = (items) => items.map((item) => item.at);
const expected = (filter) => readings.filter(filter).map((reading) => reading.at);
const sorted = (numbers) => [...numbers].sort((a, b) => a - b);

test("query by hash key, and every condition on the range key", async () => {
  assert.deepEqual(ats(await Reading.query("sensor").eq("s1").exec()), expected((r) => r.sensor === "s1"));
  const range = (apply) => apply(Reading.query("sensor").eq("s1").where("at")).exec();
  const of = (test) => expected((r) => r.sensor === "s1" && test(r.at));
  assert.deepEqual(ats(await range((q) => q.eq(31))), [31]);
  assert.deepEqual(ats(await range((q) => q.lt(10))), of((at) => at < 10));
  assert.deepEqual(ats(await range((q) => q.le(10))), of((at) => at <= 10));
  assert.deepEqual(ats(await range((q) => q.gt(40))), of((at) => at > 40));
  assert.deepEqual(ats(await range((q) => q.ge(40))), of((at) => at >= 40));
  assert.deepEqual(ats(await range((q) => q.between(10, 22))), of((at) => at >= 10 && at <= 22));
  assert.equal((await Reading.query("sensor").eq("none").exec()).length, 0);
});

test("query: order, filter, chosen attributes, count, consistent", async () => {
  assert.deepEqual(ats(await Reading.query("sensor").eq("s0").sort("descending").exec()), expected((r) => r.sensor === "s0").reverse());
  const noted = await Reading.query("sensor").eq("s0").filter("note").exists().exec();
  assert.deepEqual(ats(noted), expected((r) => r.sensor === "s0" && r.note));
  assert.equal(noted.count, 4);
  assert.deepEqual((await Reading.query("sensor").eq("s0").attributes(["at"]).limit(2).exec()).map((item) => item.toJSON()), [{ at: 0 }, { at: 3 }]);
  assert.equal((await Reading.query("sensor").eq("s0").filter("value").gt(10).count().exec()).count,
    expected((r) => r.sensor === "s0" && r.value > 10).length);
  assert.equal((await Reading.query("sensor").eq("s0").consistent().exec()).length, 20);
});

test("query on indexes, found by the library or named", async () => {
  const attic = readings.filter((r) => r.room === "attic");
  const found = await Reading.query("room").eq("attic").exec();
  assert.deepEqual(found.map((r) => r.value), attic.map((r) => r.value).sort((a, b) => a - b));
  assert.deepEqual(sorted(ats(found)), attic.map((r) => r.at));
  const low = await Reading.query("room").eq("attic").where("value").lt(5).using("byRoom").exec();
  assert.deepEqual(sorted(ats(low)), attic.filter((r) => r.value < 5).map((r) => r.at));
  const local = await Reading.query("sensor").eq("s2").where("value").ge(15).using("byValue").sort("descending").exec();
  assert.deepEqual(sorted(ats(local)), expected((r) => r.sensor === "s2" && r.value >= 15));
  assert.deepEqual(local.map((r) => r.value), local.map((r) => r.value).sort((a, b) => b - a));
});

test("paging by limit and startAt meets every item once, on the table and on an index", async () => {
  for (const start of [() => Reading.query("sensor").eq("s1"), () => Reading.query("room").eq("cellar"), () => Reading.scan()]) {
    const whole = await start().exec();
    const pages = [];
    let lastKey;
    do {
      let request = start().limit(7);
      if (lastKey) request = request.startAt(lastKey);
      const page = await request.exec();
      assert.ok(page.length <= 7);
      pages.push(...page);
      ({ lastKey } = page);
    } while (lastKey);
    assert.deepEqual(ats(pages), ats(whole));
  }
  assert.equal((await Reading.scan("room").eq("attic").exec()).scannedCount, 60);
  assert.equal((await Reading.scan().limit(7).all().exec()).length, 60);
  assert.equal((await Reading.scan().limit(7).all(1, 3).exec()).length, 21);
});

test("scan: conditions of every form, and as objects", async () => {
  const scan = async (...chain) => sorted(ats(await chain.reduce((request, step) => step(request), Reading.scan()).exec()));
  assert.deepEqual(await scan(), expected(() => true));
  assert.deepEqual(await scan((s) => s.where("value").between(5, 6)), expected((r) => r.value >= 5 && r.value <= 6));
  assert.deepEqual(await scan((s) => s.where("room").in(["attic"])), expected((r) => r.room === "attic"));
  assert.deepEqual(await scan((s) => s.where("note").beginsWith("n1")), expected((r) => r.note?.startsWith("n1")));
  assert.deepEqual(await scan((s) => s.where("note").not().exists()), expected((r) => !r.note));
  assert.deepEqual(await scan((s) => s.where("value").eq(3).or().where("value").eq(4)), expected((r) => r.value === 3 || r.value === 4));
  assert.deepEqual(sorted(ats(await Reading.scan({ room: "attic", value: { gt: 10 } }).exec())), expected((r) => r.room === "attic" && r.value > 10));
  const condition = new Condition().where("sensor").eq("s0").parenthesis(new Condition("value").lt(3).or().where("value").gt(17));
  assert.deepEqual(sorted(ats(await Reading.scan(condition).exec())), expected((r) => r.sensor === "s0" && (r.value < 3 || r.value > 17)));
  assert.equal((await Reading.scan().using("byRoom").exec()).length, 60);
});

test("parallel scan: its segments make the whole", async () => {
  const all = await Reading.scan().parallel(4).exec();
  assert.deepEqual(sorted(ats(all)), expected(() => true));
  const counted = await Reading.scan("room").eq("attic").parallel(3).count().exec();
  assert.equal(counted.count, 30);
});
