// npm's ws and wscat as clients, and a function that answers through @aws-sdk/client-apigatewaymanagementapi unmodified.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { WebSocket } from 'ws';

const here = path.dirname(fileURLToPath(import.meta.url));
const binary = process.env.STATOR_BINARY ?? path.join(here, '../../../build/release/stator');
let server;
let url;
let output = '';

before(async () => {
  server = spawn(binary, ['serve', '--port', '0', '--in-memory', '--api', path.join(here, 'template.yaml')], { stdio: ['ignore', 'pipe', 'pipe'] });
  await new Promise((resolve, reject) => {
    const take = (bytes) => {
      output += bytes;
      const found = /\$default ws:\/\/127\.0\.0\.1:(\d+) -> Handler/.exec(output);
      if (found) resolve(url = `ws://localhost:${found[1]}`);
    };
    server.stdout.on('data', take);
    server.stderr.on('data', take);
    server.on('exit', (status) => reject(new Error(`stator ended with ${status}: ${output}`)));
  });
});
after(() => server.kill());

async function open(target = '/prod', ...more) {
  const socket = new WebSocket(url + target, ...more);
  await once(socket, 'open');
  return socket;
}
async function ask(socket, text) {
  socket.send(text);
  const [data, binary] = await once(socket, 'message');
  assert.equal(binary, false);
  return data.toString();
}
async function said(text) {
  for (let i = 0; i < 500 && !output.includes(text); ++i) await new Promise((resolve) => setTimeout(resolve, 10));
  assert.ok(output.includes(text), output);
}

test('a function answers through the Management API as on AWS', async () => {
  const socket = await open();
  assert.equal(await ask(socket, 'hëllo'), 'you said hëllo');
  assert.deepEqual(JSON.parse(await ask(socket, 'ask')), { ordered: true, Identity: { SourceIp: '127.0.0.1', UserAgent: '' } });
  assert.equal(await ask(socket, '{"action":"echo","text":"back at once"}'), 'back at once');
  const { message, connectionId, requestId } = JSON.parse(await ask(socket, 'throw'));
  assert.deepEqual([message, connectionId.length, requestId.length], ['Internal server error', 16, 16]);
  socket.send('close');
  const [code, reason] = await once(socket, 'close');
  assert.deepEqual([code, reason.toString()], [1000, '']);
  await said('after the end: GoneException 410');
  await said('left 1000 "Connection Closed Normally"');
});

test('$connect decides on the handshake and the subprotocol', async () => {
  const refused = async (target, protocols) => {
    const [error] = await once(new WebSocket(url + target, protocols), 'error').then((e) => e, (e) => [e]);
    return error.message;
  };
  assert.equal(await refused('/prod?token=wrong', []), 'Unexpected server response: 401');
  assert.equal(await refused('/other', []), 'Unexpected server response: 403');
  assert.equal(await refused('/prod', ['unknown']), 'Server sent no subprotocol');
  const socket = await open('/prod', ['chat.v0', 'chat.v1']);
  assert.equal(socket.protocol, 'chat.v1');
  socket.close(4000, 'enough');
  assert.deepEqual((await once(socket, 'close'))[0], 4000);
  await said('left 4000 "enough"');
});

test('pings are answered, compression is declined, large messages go through', async () => {
  const socket = await open('/', { perMessageDeflate: true });
  assert.equal(socket.extensions, '');
  socket.ping('are you there');
  assert.equal((await once(socket, 'pong'))[0].toString(), 'are you there');
  const large = 'x'.repeat(30000);
  assert.equal(await ask(socket, large), `you said ${large}`);
  socket.send(Buffer.from('binary'));
  assert.equal((await once(socket, 'close'))[0], 1003);
});

test('wscat talks', async () => {
  const wscat = spawn(process.execPath, [path.join(here, 'node_modules/wscat/bin/wscat'), '-c', `${url}/prod`, '-x', 'from wscat', '-w', '-1'],
                      { stdio: ['pipe', 'pipe', 'pipe'] });
  let text = '';
  wscat.stdout.on('data', (bytes) => { text += bytes; if (text.includes('you said')) wscat.kill(); });
  wscat.stderr.on('data', (bytes) => { text += bytes; });
  await once(wscat, 'exit');
  assert.match(text, /you said from wscat/);
});
