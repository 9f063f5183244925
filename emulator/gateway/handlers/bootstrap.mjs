// stator's own Node bootstrap: loads the handler that _HANDLER names from LAMBDA_TASK_ROOT and runs it against the Lambda
// Runtime API at AWS_LAMBDA_RUNTIME_API. Plain Node, no dependency, nothing to build. Written out by stator at run time.
//
// The wire is one kept-alive socket that we speak HTTP/1.1 on ourselves: an answer and the request for the next event
// leave in one write, which halves the cost of a call beside Node's own http client. The socket is unreferenced while a
// handler runs, so that "the event loop is empty" means the handler's event loop.
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { Writable } from 'node:stream';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const api = process.env.AWS_LAMBDA_RUNTIME_API;
const colon = api.lastIndexOf(':');
const slash = api.indexOf('/');
const prefix = slash < 0 ? '' : api.slice(slash);
const base = `${prefix}/2018-06-01/runtime`;
const streamed = Symbol('stator.streamed');

class Wire {
  waiting = [];
  pending = Buffer.alloc(0);

  connect() {
    return new Promise((resolve, reject) => {
      const port = Number(slash < 0 ? api.slice(colon + 1) : api.slice(0, slash).split(':')[1]);
      this.socket = net.connect(port, api.split(/[:/]/)[0], resolve);
      this.socket.setNoDelay(true);
      this.socket.on('data', (bytes) => this.take(bytes));
      this.socket.on('error', reject);
      this.socket.on('close', () => process.exit(1));
    });
  }
  take(bytes) {
    this.pending = this.pending.length === 0 ? bytes : Buffer.concat([this.pending, bytes]);
    for (;;) {
      const end = this.pending.indexOf('\r\n\r\n');
      if (end < 0) return;
      const lines = this.pending.latin1Slice(0, end).split('\r\n');
      const headers = {};
      for (let i = 1; i < lines.length; ++i) {
        const at = lines[i].indexOf(':');
        headers[lines[i].slice(0, at).toLowerCase()] = lines[i].slice(at + 1).trim();
      }
      const length = Number(headers['content-length'] ?? 0);
      if (this.pending.length < end + 4 + length) {
        if (length > 65536) this.grow(end + 4 + length);
        return;
      }
      const body = this.pending.subarray(end + 4, end + 4 + length);
      this.pending = this.pending.subarray(end + 4 + length);
      this.waiting.shift()({ status: Number(lines[0].slice(9, 12)), headers, body });
    }
  }
  // A large event arrives in many pieces: they are gathered once, not concatenated each time.
  grow(total) {
    const pieces = [this.pending];
    let have = this.pending.length;
    const normal = this.take;
    this.take = (bytes) => {
      pieces.push(bytes);
      have += bytes.length;
      if (have < total) return;
      delete this.take;
      this.pending = Buffer.concat(pieces);
      normal.call(this, Buffer.alloc(0));
    };
  }
  write(bytes) { this.socket.write(bytes); }
  reply() { return new Promise((resolve) => this.waiting.push(resolve)); }
  post(target, body, headers = '') {
    const bytes = Buffer.from(body);
    this.write(`POST ${target} HTTP/1.1\r\nHost: ${api}\r\nContent-Type: application/json\r\n${headers}` +
               `Content-Length: ${bytes.length}\r\n\r\n`);
    this.write(bytes);
    return this.reply();
  }
  next() {
    this.write(`GET ${base}/invocation/next HTTP/1.1\r\nHost: ${api}\r\n\r\n`);
    return this.reply();
  }
}

const wire = new Wire();

function describe(error, type) {
  if (!(error instanceof Error) && !(error && error.message !== undefined))
    return { errorType: type ?? typeof error, errorMessage: typeof error === 'string' ? error : String(error), trace: [] };
  return {
    errorType: type ?? error.name ?? 'Error',
    errorMessage: error.message,
    trace: String(error.stack ?? '').split('\n'),
  };
}

function postError(target, body) {
  const type = /^[\x20-\x7e]*$/.test(body.errorType) ? body.errorType : 'Error';
  return wire.post(target, JSON.stringify(body), `Lambda-Runtime-Function-Error-Type: ${type}\r\n`);
}

class ResponseStream extends Writable {
  constructor(id) {
    super({ highWaterMark: 65536 });
    this.id = id;
    this.type = 'application/octet-stream';
    this.begun = false;
  }
  setContentType(type) { this.type = type; }
  begin() {
    if (this.begun) return;
    this.begun = true;
    wire.write(`POST ${base}/invocation/${this.id}/response HTTP/1.1\r\nHost: ${api}\r\nContent-Type: ${this.type}\r\n` +
               'Lambda-Runtime-Function-Response-Mode: streaming\r\nTransfer-Encoding: chunked\r\n' +
               'Trailer: Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body\r\n\r\n');
    this.answered = wire.reply();
    if (this.prelude) {
      this.chunk(Buffer.from(JSON.stringify(this.prelude)));
      this.chunk(Buffer.alloc(8));
    }
  }
  chunk(bytes) {
    if (bytes.length === 0) return;
    wire.write(`${bytes.length.toString(16)}\r\n`);
    wire.write(bytes);
    return wire.socket.write('\r\n');
  }
  _write(chunk, encoding, done) {
    this.begin();
    if (this.chunk(typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk) === false)
      wire.socket.once('drain', done);
    else
      done();
  }
  _final(done) {
    this.begin();
    wire.write('0\r\n\r\n');
    done();
  }
  fail(error) {
    const body = describe(error);
    wire.write(`0\r\nLambda-Runtime-Function-Error-Type: ${body.errorType}\r\nLambda-Runtime-Function-Error-Body: ` +
               `${Buffer.from(JSON.stringify(body)).toString('base64')}\r\n\r\n`);
  }
}

globalThis.awslambda = {
  streamifyResponse(handler) {
    handler[streamed] = true;
    return handler;
  },
  HttpResponseStream: {
    from(stream, prelude) {
      stream.setContentType('application/vnd.awslambda.http-integration-response');
      stream.prelude = prelude;
      return stream;
    },
  },
};

class LoadError extends Error {
  constructor(name, message, cause) {
    super(message);
    this.name = name;
    if (cause) this.stack = cause.stack;
  }
}

async function loadModule(root, name) {
  const require = createRequire(path.join(root, 'index.js'));
  const file = path.resolve(root, name);
  const isModule = (at) => {
    if (at.endsWith('.mjs')) return true;
    if (at.endsWith('.cjs')) return false;
    for (let dir = path.dirname(at); ; dir = path.dirname(dir)) {
      const manifest = path.join(dir, 'package.json');
      if (fs.existsSync(manifest)) return JSON.parse(fs.readFileSync(manifest, 'utf8')).type === 'module';
      if (dir === root || dir === path.dirname(dir)) return false;
    }
  };
  for (const at of [file, `${file}.js`, `${file}.mjs`, `${file}.cjs`]) {
    if (!fs.existsSync(at) || !fs.statSync(at).isFile()) continue;
    return isModule(at) ? import(pathToFileURL(at).href) : require(at);
  }
  return require(require.resolve(name, { paths: [root] }));
}

// Clients of the second SDK generation do not know AWS_ENDPOINT_URL.
function pointOldSdkHere(root) {
  try {
    const sdk = createRequire(path.join(root, 'index.js'))('aws-sdk');
    if (process.env.AWS_ENDPOINT_URL) sdk.config.update({ endpoint: process.env.AWS_ENDPOINT_URL, s3ForcePathStyle: true });
  } catch { /* not installed: nothing to point */ }
}

async function loadHandler() {
  const root = process.env.LAMBDA_TASK_ROOT;
  const whole = process.env._HANDLER;
  const folder = path.dirname(whole);
  const [name, ...rest] = path.basename(whole).split('.');
  if (rest.length === 0 || name === '' || whole.includes('..')) throw new LoadError('Runtime.MalformedHandlerName', 'Bad handler');
  if (fs.existsSync(path.join(root, 'node_modules', 'aws-sdk'))) pointOldSdkHere(root);
  let module;
  try {
    module = await loadModule(root, path.join(folder, name));
  } catch (error) {
    if (error instanceof SyntaxError) throw new LoadError('Runtime.UserCodeSyntaxError', String(error), error);
    if (error?.code === 'MODULE_NOT_FOUND' || error?.code === 'ERR_MODULE_NOT_FOUND')
      throw new LoadError('Runtime.ImportModuleError', String(error), error);
    throw error;
  }
  const found = (from) => rest.reduce((at, part) => at?.[part], from);
  const handler = found(module) ?? found(module.default);
  if (handler === undefined) throw new LoadError('Runtime.HandlerNotFound', `${whole} is undefined or not exported`);
  if (typeof handler !== 'function') throw new LoadError('Runtime.HandlerNotFound', `${whole} is not a function`);
  return handler;
}

function makeContext(headers, settle) {
  const deadline = Number(headers['lambda-runtime-deadline-ms']);
  const json = (name) => (headers[name] ? JSON.parse(Buffer.from(headers[name], 'latin1').toString()) : undefined);
  return {
    callbackWaitsForEmptyEventLoop: true,
    functionVersion: process.env.AWS_LAMBDA_FUNCTION_VERSION,
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
    clientContext: json('lambda-runtime-client-context'),
    identity: json('lambda-runtime-cognito-identity'),
    invokedFunctionArn: headers['lambda-runtime-invoked-function-arn'],
    awsRequestId: headers['lambda-runtime-aws-request-id'],
    getRemainingTimeInMillis: () => deadline - Date.now(),
    done: (error, result) => settle(error, result),
    succeed: (result) => settle(null, result),
    fail: (error) => settle(error ?? 'handled'),
  };
}

// Resolves with the handler's result: its promise's, its callback's, or null once its event loop is empty.
function runHandler(handler, event, headers) {
  return new Promise((resolve, reject) => {
    let onEmpty = () => resolve(null);
    const emptied = () => onEmpty();
    process.once('beforeExit', emptied);
    const finish = (error, result) => {
      process.removeListener('beforeExit', emptied);
      if (error !== null && error !== undefined) reject(error);
      else resolve(result);
    };
    const settle = (error, result) => {
      if (context.callbackWaitsForEmptyEventLoop && (error === null || error === undefined))
        onEmpty = () => finish(null, result);
      else
        finish(error, result);
    };
    const context = makeContext(headers, settle);
    wire.socket.unref();
    if (handler[streamed]) {
      const stream = new ResponseStream(context.awsRequestId);
      onEmpty = () => stream.end();
      stream.on('finish', () => finish(null, stream));
      stream.on('error', (error) => { stream.error = error; finish(null, stream); });
      (async () => handler(event, stream, context))().catch((error) => {
        if (!stream.begun) return finish(error);
        stream.error = error;
        finish(null, stream);
      });
      return;
    }
    try {
      // As in the service, what a handler returns counts only when it is a promise.
      const returned = handler(event, context, settle);
      if (typeof returned?.then === 'function') returned.then((result) => finish(null, result), (error) => finish(error ?? 'null'));
    } catch (error) {
      finish(error ?? 'null');
    }
  });
}

let current = null;
async function die(error, type) {
  console.error(error);
  wire.socket.ref();
  const body = describe(error, type);
  if (current !== null) await postError(`${base}/invocation/${current}/error`, body);
  else await postError(`${base}/init/error`, body);
  process.exit(type ? 128 : 129);
}

await wire.connect();
process.on('uncaughtException', (error) => die(error));
process.on('unhandledRejection', (reason) =>
  die(Object.assign(new Error(reason instanceof Error ? `${reason.name}: ${reason.message}` : String(reason)),
                    { stack: reason?.stack }), 'Runtime.UnhandledPromiseRejection'));

let handler;
try {
  handler = await loadHandler();
} catch (error) {
  console.error(error);
  await postError(`${base}/init/error`, describe(error));
  process.exit(1);
}

for (;;) {
  wire.socket.ref();
  const { headers, body } = await wire.next();
  current = headers['lambda-runtime-aws-request-id'];
  if (headers['lambda-runtime-trace-id']) process.env._X_AMZN_TRACE_ID = headers['lambda-runtime-trace-id'];
  const target = `${base}/invocation/${current}`;
  let answered;
  let text;
  try {
    const result = await runHandler(handler, JSON.parse(body.toString()), headers);
    if (result instanceof ResponseStream) {
      if (result.error) result.fail(result.error);
      answered = result.answered;
    } else {
      text = JSON.stringify(result === undefined ? null : result) ?? 'null';
    }
  } catch (error) {
    console.error(error);
    answered = postError(`${target}/error`, describe(error));
  }
  wire.socket.ref();
  wire.socket.cork();
  answered ??= wire.post(`${target}/response`, text);
  // The next event is asked for at the top of the loop, in the same tick as this answer is written.
  answered.then(({ status, body: problem }) => {
    if (status !== 202) console.error(`stator: the answer was refused with ${status}: ${problem}`);
  });
  process.nextTick(() => wire.socket.uncork());
  current = null;
}
