// The image, with the real OpenClaw in it and a scripted model outside. Needs Docker and the image; scripts/e2e.sh builds it.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { attempt, Box, docker, GATEWAY } from './box.mjs';

const SCENARIO = join(import.meta.dirname, '..', 'data', 'denials', 'scenario.json');
const COLLECT = process.env.SENTRIX_COLLECT ?? join(import.meta.dirname, '..', '..', 'target', 'release', 'sentrix-collect');
const { play } = JSON.parse(readFileSync(SCENARIO, 'utf8'));
const box = new Box(SCENARIO);
let client;

before(async () => {
  await box.start();
  client = await box.connect();
});
after(() => box.remove());

const status = (pid) => readFileSync(`/proc/${pid}/status`, 'utf8');
const field = (pid, name) => new RegExp(`^${name}:\\s*(.*)$`, 'm').exec(status(pid))[1];

test('dialling through the container gives full operator scope', () => {
  assert.equal(client.hello.protocol, 4);
  assert.deepEqual(client.hello.auth.scopes, ['operator.admin']);
});

test('no process has a capability, but for process 1, which may signal; none is root', () => {
  for (const { pid, command } of box.processes()) {
    const allowed = command.startsWith('sentrix-relay supervise') ? '0000000000000020' : '0000000000000000';
    assert.equal(field(pid, 'CapEff'), allowed, command);
    // What docker exec starts keeps the bounding set of the container; with no new privileges it gains nothing by it.
    if (!command.startsWith('sentrix-relay dial')) assert.equal(field(pid, 'CapBnd'), allowed, command);
    assert.equal(field(pid, 'NoNewPrivs'), '1', command);
    assert.equal(field(pid, 'Seccomp'), '2', command);
    assert.doesNotMatch(field(pid, 'Uid'), /\b0\b/, command);
  }
});

test('the token is in no inspection, argument, environment or log', () => {
  assert.ok(!docker('inspect', box.name).includes(box.token));
  assert.ok(!execFileSync('sh', ['-c', `docker logs ${box.name} 2>&1`], { encoding: 'utf8' }).includes(box.token));
  for (const { pid, command } of box.processes()) {
    for (const file of ['cmdline', 'environ']) assert.ok(!readFileSync(`/proc/${pid}/${file}`, 'latin1').includes(box.token), `${command} ${file}`);
  }
});

test('the link that the denials try is there', () => {
  docker('exec', '-u', GATEWAY, box.name, 'sh', '-c', 'mkdir -p /state/workspace && ln -s /etc /state/workspace/link');
});

for (const { say, tool, allowed } of play) {
  test(`${allowed ? 'allowed' : 'refused'}: ${say} (${tool})`, async () => {
    const { runId, ended } = await client.say(say);
    const end = await ended;
    assert.equal(end.state, 'final');
    const results = client.frames
      .map(({ frame }) => frame?.payload)
      .filter((payload) => payload?.runId === runId && payload.stream === 'tool' && payload.data.phase === 'result');
    assert.equal(results.length, 1, 'one tool result');
    const text = JSON.stringify(results[0].data.result?.content ?? '');
    assert.equal(Boolean(results[0].data.isError), !allowed, text);
    if (allowed) return;
    assert.match(text, /not found|escapes sandbox root|Symlink escapes/i, text);
    await sleep(1_000);
    const recorded = box.events().filter((event) => event.runId === runId && event.event === 'assistant_message_end');
    assert.ok(recorded.some((event) => event.rawText.startsWith('The tool said: ')), 'the refusal is in the record');
  });
}

test('nothing was written outside the workspace', () => {
  const found = docker('exec', '-u', GATEWAY, box.name, 'sh', '-c', 'ls /state/escape.txt /etc/escape.txt /run/oc/escape.txt 2>/dev/null || true');
  assert.equal(found, '');
});

test('the record is the raw stream, byte for byte', () => {
  const source = docker('exec', '-u', GATEWAY, box.name, 'cat', '/run/oc/in/raw.jsonl');
  assert.ok(source.length > 0);
  assert.equal(execFileSync(COLLECT, ['cat', box.logs], { encoding: 'utf8', maxBuffer: 64 << 20 }), source);
});

test('the user of the gateway reaches neither record, token, engine nor network', () => {
  const denied = [
    ['ls', '/capture'],
    ['sh', '-c', 'echo x > /capture/agent_logs/manifest.jsonl'],
    ['rm', '/run/oc/in/raw.jsonl'],
    ['mv', '/run/oc/in/raw.jsonl', '/run/oc/in/other'],
    ['cat', '/run/secrets-in/token'],
    ['touch', '/usr/local/bin/x'],
    ['ls', '/var/run/docker.sock'],
    ['sh', '-c', 'kill -9 1'],
    ['sh', '-c', 'for p in /proc/[0-9]*; do grep -qa sentrix-collect $p/cmdline && kill -9 ${p#/proc/} && exit 0; done; exit 1'],
    ['node', '-e', 'require("net").connect(80,"169.254.169.254").on("error",()=>process.exit(1)).on("connect",()=>process.exit(0))'],
    ['node', '-e', 'require("dns").lookup("example.com",(e)=>process.exit(e?1:0))'],
  ];
  for (const command of denied) assert.notEqual(attempt('exec', '-u', GATEWAY, box.name, ...command).code, 0, command.join(' '));
});

test('a truncated raw stream leaves a mark in the record, and what was recorded stays', async () => {
  const before = box.events().length;
  docker('exec', '-u', GATEWAY, box.name, 'sh', '-c', ': > /run/oc/in/raw.jsonl');
  await sleep(2_000);
  const events = box.events();
  assert.ok(events.length > before);
  assert.ok(events.slice(before).some((event) => event.event === 'sentrix_gap'));
});

test('a fork bomb stays inside', () => {
  const bomb = 'for i in $(seq 400); do sleep 5 & done; wait';
  const { out } = attempt('exec', '-u', GATEWAY, box.name, 'bash', '-c', bomb);
  assert.match(out, /fork|Resource temporarily unavailable/i);
});

test('a full disk stays inside, and what is said meanwhile is recorded', async () => {
  const places = ['/tmp/fill', '/home/oc/fill'];
  for (const place of places) {
    const { code, out } = attempt('exec', '-u', GATEWAY, box.name, 'dd', 'if=/dev/zero', `of=${place}`, 'bs=1M', 'count=400');
    assert.notEqual(code, 0);
    assert.match(out, /No space left on device/);
  }
  const { runId, ended } = await client.say('hello');
  assert.equal((await ended).state, 'final');
  await sleep(1_000);
  assert.ok(box.events().some((event) => event.runId === runId && event.event === 'assistant_message_end'));
  docker('exec', '-u', GATEWAY, box.name, 'rm', ...places);
});

test('stopped, it ends with 0 and a record that verifies', async () => {
  client.close();
  docker('stop', box.name);
  assert.equal(box.state().ExitCode, 0);
  assert.deepEqual(box.verdict(), { first: 'gateway', rc: 0, stop: true });
  execFileSync(COLLECT, ['verify', box.logs], { stdio: 'pipe' });
});

for (const [name, command] of [['collector', 'sentrix-collect'], ['relay-llm', 'sentrix-relay listen 127.0.0.1:8080'], ['gateway', 'node ']]) {
  test(`when ${name} is killed, the box ends, says so, and keeps its record`, async () => {
    docker('start', box.name);
    await box.ready();
    box.kill(command);
    docker('wait', box.name);
    assert.equal(box.state().ExitCode, 137);
    assert.deepEqual(box.verdict(), { first: name, rc: 137, stop: false });
    execFileSync(COLLECT, ['verify', box.logs], { stdio: 'pipe' });
  });
}
