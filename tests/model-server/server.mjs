// A scripted model: stands in for a provider in tests, and only there. No dependencies.
//
//   node server.mjs --scenario FILE [--listen HOST:PORT|unix:PATH] [--log FILE] [--bodies]
//
// Prints {"listening": …} once it accepts connections; port 0 takes a free one. See README.md.
import { appendFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import * as chat from './dialects/chat.mjs';
import * as gemini from './dialects/gemini.mjs';
import * as messages from './dialects/messages.mjs';
import * as responses from './dialects/responses.mjs';
import { answer, load } from './scenario.mjs';

const DIALECTS = [chat, messages, responses, gemini];

const { values: args } = parseArgs({
  options: {
    scenario: { type: 'string' },
    listen: { type: 'string', default: '127.0.0.1:0' },
    log: { type: 'string' },
    bodies: { type: 'boolean', default: false },
  },
});
if (!args.scenario) {
  process.stderr.write('model-server: --scenario FILE is missing; see the head of scenario.mjs for its format\n');
  process.exit(2);
}
const scenario = load(args.scenario);
let count = 0;

function log(record) {
  if (args.log) appendFileSync(args.log, `${JSON.stringify({ ts: Date.now(), ...record })}\n`);
}

async function bodyOf(request) {
  const parts = [];
  for await (const part of request) parts.push(part);
  return Buffer.concat(parts).toString('utf8');
}

function send(response, status, body, headers = {}) {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(typeof body === 'string' ? body : JSON.stringify(body));
}

async function handle(request, response) {
  const path = new URL(request.url, 'http://localhost').pathname;
  const raw = await bodyOf(request);
  const dialect = request.method === 'POST' ? DIALECTS.find((candidate) => candidate.accepts(path)) : undefined;
  if (!dialect) {
    log({ method: request.method, path, status: 404 });
    return send(response, 404, { error: { message: `no such route: ${request.method} ${path}`, type: 'not_found' } });
  }
  let body;
  try {
    body = JSON.parse(raw);
  } catch (error) {
    log({ method: request.method, path, status: 400 });
    return send(response, 400, { error: { message: `request is not JSON: ${error.message}`, type: 'invalid_request_error' } });
  }
  const id = `${++count}`;
  const asked = dialect.read(body, path);
  const { rule, reply, fail } = answer(scenario, asked);
  log({
    id,
    path,
    dialect: dialect.name,
    model: asked.model,
    stream: asked.stream,
    rule,
    round: asked.round,
    user: asked.user.slice(0, 200),
    fail: fail?.kind ?? null,
    ...(args.bodies ? { body } : {}),
  });
  response.on('close', () => log({ id, rule, closed: response.writableFinished ? 'complete' : 'cut short' }));
  await sleep(reply.delayMs);
  if (fail && !['cut', 'stall'].includes(fail.kind)) return failAtOnce(response, fail);
  if (asked.stream) return stream(response, dialect.events(id, asked, reply), reply, fail);
  const text = JSON.stringify(dialect.whole(id, asked, reply));
  if (!fail) return send(response, 200, text);
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) });
  response.write(text.slice(0, text.length / 2));
  return fail.kind === 'cut' ? cutOff(response) : undefined;
}

// Lets what was written reach the client before the connection goes.
async function cutOff(response) {
  await sleep(50);
  response.destroy();
}

function failAtOnce(response, fail) {
  if (fail.kind === 'refuse') return response.destroy();
  if (fail.kind === 'malformed') return send(response, 200, fail.body ?? '{"choices":[{"message":{"content":"{\\"sever');
  const headers = fail.retry_after === undefined ? {} : { 'retry-after': String(fail.retry_after) };
  const body = fail.body ?? { error: { message: `scripted failure ${fail.status ?? 500}`, type: 'server_error' } };
  return send(response, fail.status ?? 500, body, headers);
}

async function stream(response, frames, reply, fail) {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' });
  let sent = 0;
  for (const frame of frames) {
    if (fail && sent >= (fail.after ?? 3)) return fail.kind === 'cut' ? cutOff(response) : undefined;
    if (response.destroyed) return;
    response.write(frame);
    sent += 1;
    if (reply.chunkMs) await sleep(reply.chunkMs);
  }
  response.end();
}

const server = createServer((request, response) => {
  handle(request, response).catch((error) => {
    log({ error: error.stack });
    response.destroy();
  });
});
const unix = args.listen.startsWith('unix:') ? args.listen.slice('unix:'.length) : null;
const [, host, port] = unix ? [] : (/^(.*):(\d+)$/.exec(args.listen) ?? []);
if (!unix && !host) {
  process.stderr.write(`model-server: --listen ${args.listen} is neither HOST:PORT nor unix:PATH\n`);
  process.exit(2);
}
server.listen(unix ? { path: unix } : { host, port: Number(port) }, () => {
  const address = server.address();
  const listening = typeof address === 'string' ? `unix:${address}` : `http://${address.address}:${address.port}`;
  process.stdout.write(`${JSON.stringify({ listening })}\n`);
});
for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => process.exit(0));
