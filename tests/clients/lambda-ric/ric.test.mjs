// aws-lambda-ric, the runtime client that AWS's own Node images run, as a handler of ours: called by Lambda's Invoke.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const here = path.dirname(fileURLToPath(import.meta.url));
const binary = process.env.STATOR_BINARY ?? path.join(here, '../../../build/release/stator');
let server;
let endpoint;
let output = '';

before(async () => {
  server = spawn(binary, ['serve', '--port', '0', '--in-memory', '--functions', path.join(here, 'functions.yaml')],
                 { stdio: ['ignore', 'pipe', 'pipe'] });
  await new Promise((resolve, reject) => {
    const take = (bytes) => {
      output += bytes;
      const found = /listening on (http:\/\/\S+?:\d+)/.exec(output);
      if (found) resolve(endpoint = found[1]);
    };
    server.stdout.on('data', take);
    server.stderr.on('data', take);
    server.on('exit', (status) => reject(new Error(`stator ended with ${status}: ${output}`)));
  });
});
after(() => server.kill());

async function invoke(name, event, headers = {}) {
  const reply = await fetch(`${endpoint}/2015-03-31/functions/${name}/invocations`,
                            { method: 'POST', body: JSON.stringify(event), headers });
  return { status: reply.status, error: reply.headers.get('x-amz-function-error'), text: await reply.text() };
}

test('an event goes in, a result and the context come out', async () => {
  const { status, error, text } = await invoke('ordinary', { n: 1, text: 'ü€' });
  assert.equal(status, 200, text);
  assert.equal(error, null);
  const result = JSON.parse(text);
  assert.deepEqual(result.echo, { n: 1, text: 'ü€' });
  assert.equal(result.name, 'ordinary');
  assert.match(result.arn, /^arn:aws:lambda:us-east-1:\d{12}:function:ordinary$/);
  assert.equal(result.memory, '256');
  assert.ok(result.left > 1000 && result.left <= 2000, String(result.left));
  assert.match(result.id, /^[0-9a-f-]{36}$/);
  assert.match(result.endpoint, /^http:\/\//);
});

test('the process stays warm', async () => {
  const first = JSON.parse((await invoke('ordinary', { n: 2 })).text);
  const second = JSON.parse((await invoke('ordinary', { n: 3 })).text);
  assert.equal(first.pid, second.pid);
});

test('an error is reported as the client words it', async () => {
  const { status, error, text } = await invoke('ordinary', { throw: 'boom' });
  assert.equal(status, 200);
  assert.equal(error, 'Unhandled');
  const body = JSON.parse(text);
  assert.equal(body.errorType, 'TypeError');
  assert.equal(body.errorMessage, 'boom');
});

test('a process that exits is replaced', async () => {
  const { error, text } = await invoke('ordinary', { exit: 4 });
  assert.equal(error, 'Unhandled');
  assert.equal(JSON.parse(text).errorType, 'Runtime.ExitError');
  assert.equal((await invoke('ordinary', { n: 4 })).error, null);
});

test('one that hangs times out and is replaced', async () => {
  const { text } = await invoke('ordinary', { hang: true });
  assert.match(JSON.parse(text).errorMessage, /Task timed out after 2\.00 seconds$/);
  assert.equal((await invoke('ordinary', { n: 5 })).error, null);
});

test('a handler that cannot be loaded says why', async () => {
  const { error, text } = await invoke('unloadable', {});
  assert.equal(error, 'Unhandled');
  assert.match(JSON.parse(text).errorType, /ImportModuleError/);
});

test('a streamed response arrives whole, behind its prelude', async () => {
  const { status, text } = await invoke('streaming', {});
  assert.equal(status, 200);
  assert.equal(text, '{"statusCode":202,"headers":{"x-made":"here"}}' + '\0'.repeat(8) + 'piece 0\npiece 1\npiece 2\n');
});

test('its lines are shown with its name and the request id', async () => {
  await invoke('ordinary', { n: 77 });
  assert.match(output, /\[ordinary [0-9a-f-]{36}\] .*seen 77/);
});
