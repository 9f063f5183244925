// Models with every type and every rule of a schema.
import assert from "node:assert/strict";
import { test } from "node:test";
import { dynamoose, named, Schema, stored, type } from "./connection.mjs";

test("every attribute type is stored as DynamoDB's own and read back as it was", async () => {
  const name = named("types");
  const Everything = dynamoose.model(name, new Schema({
    id: String,
    number: Number,
    yes: Boolean,
    buffer: Buffer,
    date: Date,
    isoDate: { type: { value: Date, settings: { storage: "iso" } } },
    seconds: { type: { value: Date, settings: { storage: "seconds" } } },
    object: { type: Object, schema: { deep: { type: Object, schema: { deeper: String } }, count: Number } },
    list: { type: Array, schema: [String] },
    objects: { type: Array, schema: [{ type: Object, schema: { name: String, tags: { type: Set, schema: [String] } } }] },
    strings: { type: Set, schema: [String] },
    numbers: { type: Set, schema: [Number] },
    buffers: { type: Set, schema: [Buffer] },
    nothing: type.NULL,
    anything: type.ANY,
    either: [String, Number],
    kind: type.CONSTANT("everything"),
    first: String,
    last: String,
    full: { type: type.COMBINE(["first", "last"], " ") },
  }, { saveUnknown: ["anything.**"] }));
  const date = new Date("2024-02-29T12:34:56.789Z");
  const values = {
    id: "1", number: 12.5, yes: true, buffer: Buffer.from([0, 255, 1]), date, isoDate: date, seconds: new Date("2024-02-29T12:34:56Z"),
    object: { deep: { deeper: "ä" }, count: 3 }, list: ["a", "", "c"],
    objects: [{ name: "x", tags: new Set(["t"]) }, { name: "y" }],
    strings: new Set(["a", "b"]), numbers: new Set([1, 2.5]), buffers: new Set([Buffer.from("hi")]),
    nothing: null, anything: { free: [1, "two", null] }, either: 7, kind: "everything", first: "Ada", last: "L",
  };
  await Everything.create(values);

  const raw = await stored(name, { id: { S: "1" } });
  assert.deepEqual(raw.number, { N: "12.5" });
  assert.deepEqual(raw.yes, { BOOL: true });
  assert.deepEqual(Buffer.from(raw.buffer.B), Buffer.from([0, 255, 1]));
  assert.deepEqual(raw.date, { N: String(date.getTime()) });
  assert.deepEqual(raw.isoDate, { S: date.toISOString() });
  assert.deepEqual(raw.seconds, { N: "1709210096" });
  assert.deepEqual(raw.object, { M: { deep: { M: { deeper: { S: "ä" } } }, count: { N: "3" } } });
  assert.deepEqual(raw.list, { L: [{ S: "a" }, { S: "" }, { S: "c" }] });
  assert.deepEqual([...raw.strings.SS].sort(), ["a", "b"]);
  assert.deepEqual([...raw.numbers.NS].sort(), ["1", "2.5"]);
  assert.equal(raw.buffers.BS.length, 1);
  assert.deepEqual(raw.nothing, { NULL: true });
  assert.deepEqual(raw.anything, { M: { free: { L: [{ N: "1" }, { S: "two" }, { NULL: true }] } } });
  assert.deepEqual(raw.either, { N: "7" });
  assert.deepEqual(raw.full, { S: "Ada L" });

  const read = await Everything.get("1");
  assert.equal(read.date.getTime(), date.getTime());
  assert.equal(read.isoDate.getTime(), date.getTime());
  assert.deepEqual(read.object, values.object);
  assert.deepEqual(read.strings, values.strings);
  assert.deepEqual(read.numbers, values.numbers);
  assert.deepEqual(read.anything, values.anything);
  assert.equal(read.nothing, null);
  await Everything.update("1", { either: "text", first: "Ada", last: "M" });
  assert.deepEqual((await stored(name, { id: { S: "1" } })).either, { S: "text" });
});

test("a combined attribute of empty parts is an empty string, which DynamoDB stores", async () => {
  const name = named("combine");
  const Empty = dynamoose.model(name, { id: String, a: String, b: type.COMBINE(["a"]) });
  await Empty.create({ id: "1", a: "" });
  assert.deepEqual((await stored(name, { id: { S: "1" } })).a, { S: "" });
  assert.equal((await Empty.get("1")).a, "");
});

test("rules: required, enum, validate, default, forceDefault, get, set, alias", async () => {
  const name = named("rules");
  const Ruled = dynamoose.model(name, new Schema({
    id: { type: String, hashKey: true, validate: /^[a-z]+$/ },
    age: { type: Number, required: true, validate: (value) => value > 0 },
    color: { type: String, enum: ["red", "blue"], default: "red" },
    stamp: { type: Number, default: () => 42, forceDefault: true },
    email: { type: String, set: (value) => value.toLowerCase(), get: (value) => `<${value}>` },
    pk: { type: String, alias: "nickname" },
    profile: { type: Object, schema: { city: { type: String, default: "Paris" } }, default: () => ({}) },
  }));
  await assert.rejects(Ruled.create({ id: "a" }), /age is a required property/);
  await assert.rejects(Ruled.create({ id: "A", age: 1 }), /had a validation error/);
  await assert.rejects(Ruled.create({ id: "a", age: -1 }), /had a validation error/);
  await assert.rejects(Ruled.create({ id: "a", age: 1, color: "green" }), /must equal \["red","blue"\]/);
  await assert.rejects(Ruled.create({ id: "a", age: "old" }), /Expected age to be of type number/);
  await Ruled.create({ id: "a", age: 3, stamp: 1, email: "ME@X.org", nickname: "nick" });
  assert.deepEqual(await stored(name, { id: { S: "a" } }), {
    id: { S: "a" }, age: { N: "3" }, color: { S: "red" }, stamp: { N: "42" }, email: { S: "me@x.org" }, pk: { S: "nick" },
    profile: { M: { city: { S: "Paris" } } },
  });
  const read = await Ruled.get("a");
  assert.equal(read.email, "<me@x.org>");
  assert.equal(read.nickname, "nick");
});

test("timestamps, saveUnknown and schema-wide get, set and validate", async () => {
  const name = named("settings");
  const Settings = dynamoose.model(name, new Schema({ id: String, open: Object }, {
    timestamps: { createdAt: "made", updatedAt: "changed" },
    saveUnknown: ["open.**"],
    get: (item) => ({ ...item, seen: true }),
    set: (item) => ({ ...item, id: item.id }),
    validate: (item) => item.id !== "bad",
  }));
  await Settings.create({ id: "1", open: { any: { depth: [1] } } });
  const before = await Settings.get("1");
  const made = before.made.getTime();
  assert.ok(Math.abs(Date.now() - made) < 60000);
  assert.deepEqual((await stored(name, { id: { S: "1" } })).open, { M: { any: { M: { depth: { L: [{ N: "1" }] } } } } });
  await new Promise((resolve) => setTimeout(resolve, 5));
  await Settings.update("1", { open: { any: { depth: [2] } } });
  const after = await Settings.get("1");
  assert.equal(after.made.getTime(), made);
  assert.ok(after.changed.getTime() > made);
  await assert.rejects(Settings.create({ id: "bad" }), /validation error/);
});

test("one model with several schemas picks the one that fits", async () => {
  const name = named("several");
  const Either = dynamoose.model(name, [new Schema({ id: String, name: String }), { id: String, age: Number }]);
  await Either.create({ id: "1", name: "n" });
  await Either.create({ id: "2", age: 9 });
  assert.deepEqual((await Either.get("2")).toJSON(), { id: "2", age: 9 });
  assert.deepEqual((await Either.get("1")).toJSON(), { id: "1", name: "n" });
});

test("methods, serializers and conversions of items", async () => {
  const User = dynamoose.model(named("serial"), { id: String, name: String, secret: String });
  User.methods.set("findByName", async function (name) { return (await this.scan("name").eq(name).exec())[0]; });
  User.methods.item.set("greet", async function () { return `hello ${this.name}`; });
  User.serializer.add("public", { exclude: ["secret"] });
  User.serializer.add("name", { include: ["name"], modify: (serialized, original) => ({ ...serialized, length: original.name.length }) });
  await User.create({ id: "1", name: "Bob", secret: "s" });
  const found = await User.findByName("Bob");
  assert.equal(await found.greet(), "hello Bob");
  assert.deepEqual(found.serialize("public"), { id: "1", name: "Bob" });
  assert.deepEqual(await User.serializeMany(await User.scan().exec(), "name"), [{ name: "Bob", length: 3 }]);
  User.serializer.default.set("public");
  assert.deepEqual(found.serialize(), { id: "1", name: "Bob" });
  assert.deepEqual(await User.Item.fromDynamo({ id: { S: "x" } }), { id: "x" });
  assert.equal(found.original().name, "Bob");
});

test("populate follows a reference, a list, a set and a reference to the model itself", async () => {
  const Author = dynamoose.model(named("author"), { id: Number, name: String });
  const Book = dynamoose.model(named("book"), new Schema({
    id: Number, author: Author, reviewers: { type: Array, schema: [Author] }, readers: { type: Set, schema: [Author] }, sequel: type.THIS,
  }));
  await Author.create({ id: 1, name: "A" });
  await Author.create({ id: 2, name: "B" });
  await Book.create({ id: 1, author: 1, reviewers: [1, 2], readers: [2], sequel: 2 });
  await Book.create({ id: 2, author: 2 });
  const book = await (await Book.get(1)).populate();
  assert.equal(book.author.name, "A");
  assert.deepEqual(book.reviewers.map((author) => author.name), ["A", "B"]);
  assert.equal(book.sequel.id, 2);
  assert.equal(book.sequel.author.name, "B");
  const partly = await (await Book.get(1)).populate({ properties: ["author"] });
  assert.equal(partly.author.name, "A");
  assert.equal(partly.sequel, 2);
  const all = await (await Book.query("id").eq(1).exec()).populate();
  assert.equal(all[0].author.name, "A");
});
