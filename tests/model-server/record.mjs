// Plays a scenario against a real OpenClaw and keeps what it recorded; scripts/record-demo.sh installs what this needs and calls it.
//
//   node record.mjs --openclaw DIR --scenario FILE --config TEMPLATE --model PROVIDER/MODEL --work DIR --raw FILE [--frames DIR]
//
// The scenario is the model server's (scenario.mjs) with two keys more: `workspace` (files of the agent's workspace) and `play`, a list of
//   { "say": TEXT }                              one message; waits for the end of its run
//   { "say": TEXT, "abort_after": N }            aborts the run after N lines of its text
//   { "say": TEXT, "kill_after": N }             kills the gateway there, with SIGKILL
//   { "wrong_token": true }                      connects with a wrong token
// `frames` on a step opens a connection of its own and writes its frames to DIR/NAME.jsonl.
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join, resolve as absolute } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { GatewayClient } from './gateway-client.mjs';

const READY_MS = 240_000;
const TURN_MS = 180_000;

const options = Object.fromEntries(['openclaw', 'scenario', 'config', 'model', 'work', 'raw', 'frames'].map((name) => [name, { type: 'string' }]));
const args = Object.fromEntries(Object.entries(parseArgs({ options }).values).map(([name, value]) => [name, name === 'model' ? value : absolute(value)]));
const say = (text) => process.stderr.write(`record: ${text}\n`);
const scenario = JSON.parse(readFileSync(args.scenario, 'utf8'));
const home = join(args.work, 'home');
const stream = join(args.work, 'raw-stream.jsonl');
const token = randomBytes(24).toString('hex');

function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

async function startModel() {
  const server = join(import.meta.dirname, 'server.mjs');
  const child = spawn(process.execPath, [server, '--scenario', args.scenario, '--log', join(args.work, 'model.jsonl')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  for await (const line of createInterface({ input: child.stdout })) return { child, url: JSON.parse(line).listening };
  throw new Error('the model server did not start');
}

function prepare(modelUrl, port) {
  mkdirSync(join(home, '.openclaw', 'workspace'), { recursive: true, mode: 0o700 });
  for (const [path, content] of Object.entries(scenario.workspace ?? {})) {
    const file = join(home, '.openclaw', 'workspace', path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
  }
  const text = readFileSync(args.config, 'utf8').replaceAll('http://127.0.0.1:8080', modelUrl).replaceAll('@TOKEN@', token).replaceAll('@MODEL@', args.model);
  const config = JSON.parse(text);
  config.gateway.port = port;
  writeFileSync(join(home, '.openclaw', 'openclaw.json'), JSON.stringify(config, null, 1), { mode: 0o600 });
}

function startGateway(port) {
  const log = openSync(join(args.work, 'gateway.log'), 'a');
  const command = [join(args.openclaw, 'openclaw.mjs'), 'gateway', 'run', '--port', String(port), '--raw-stream', '--raw-stream-path', stream];
  const env = { PATH: process.env.PATH, HOME: home, OPENCLAW_RAW_STREAM: '1', OPENCLAW_RAW_STREAM_PATH: stream, OPENCLAW_DISABLE_BONJOUR: '1' };
  return spawn(process.execPath, command, { env, cwd: home, detached: true, stdio: ['ignore', log, log] });
}

async function waitReady(port, gateway) {
  const deadline = Date.now() + READY_MS;
  while (Date.now() < deadline) {
    if (gateway.exitCode !== null) throw new Error(`the gateway ended with ${gateway.exitCode}; see ${join(args.work, 'gateway.log')}`);
    const answer = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => null);
    if (answer?.ok) return;
    await sleep(500);
  }
  throw new Error('the gateway did not become ready');
}

const lines = () => (existsSync(stream) ? readFileSync(stream, 'utf8').split('\n').filter(Boolean).map((line) => JSON.parse(line)) : []);

async function waitForText(runId, count) {
  const text = (event) => event.runId === runId && event.event === 'assistant_text_stream';
  while (lines().filter(text).length < count) await sleep(20);
}

async function step(action, client, gateway) {
  const { runId, ended } = await client.say(action.say);
  if (action.abort_after) {
    await waitForText(runId, action.abort_after);
    await client.request('chat.abort', { sessionKey: 'main' });
  }
  if (action.kill_after) {
    await waitForText(runId, action.kill_after);
    process.kill(-gateway.pid, 'SIGKILL');
  }
  const end = await Promise.race([ended, sleep(TURN_MS, { state: 'timeout' }, { ref: false })]);
  await sleep(1_000);
  say(`${end.state}: ${action.say.slice(0, 70)}`);
  return end.state;
}

function writeFrames(name, client) {
  mkdirSync(args.frames, { recursive: true });
  writeFileSync(join(args.frames, `${name}.jsonl`), client.frames.map((frame) => `${JSON.stringify(frame)}\n`).join(''));
}

async function play(url, gateway) {
  const shared = new GatewayClient(url, token);
  await shared.connect();
  for (const action of scenario.play) {
    const own = action.frames !== undefined;
    const client = own ? new GatewayClient(url, action.wrong_token ? 'wrong-token' : token) : shared;
    if (own) await client.connect().catch((error) => say(error.message));
    if (action.say) await step(action, client, gateway);
    else await sleep(500);
    if (own) {
      client.close();
      await sleep(200);
      writeFrames(action.frames, client);
    }
  }
}

mkdirSync(args.work, { recursive: true });
const model = await startModel();
const port = await freePort();
prepare(model.url, port);
const gateway = startGateway(port);
try {
  await waitReady(port, gateway);
  say(`OpenClaw is ready on port ${port}`);
  await play(`ws://127.0.0.1:${port}`, gateway);
  mkdirSync(dirname(args.raw), { recursive: true });
  copyFileSync(stream, args.raw);
  say(`${lines().length} lines in ${args.raw}`);
} finally {
  model.child.kill();
  try {
    process.kill(-gateway.pid, 'SIGKILL');
  } catch {
    // it is gone already
  }
}
process.exit(0);
