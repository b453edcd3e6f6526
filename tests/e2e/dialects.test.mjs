// Every dialect and every provider through the real tap: the real OpenClaw, a tool turn, a scripted server in the provider's place; what
// was said and done is on record, and the key is nowhere but with the provider.
import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { belongings, docker, exported, KEY, Place } from './porcelain.mjs';

const SERVER = join(import.meta.dirname, '..', 'model-server', 'server.mjs');
const PATROL = process.env.SENTRIX_PATROL ?? join(import.meta.dirname, '..', '..', 'target', 'release', 'sentrix-patrol');
const SAYS = 'What does the note say?';
const SCENARIO = {
  words_per_chunk: 2,
  rules: [
    {
      name: 'note',
      user: 'What does the note say',
      steps: [
        { thinking: 'First there has to be a note.', text: 'Writing it.', tool_calls: [{ name: 'write', arguments: { path: 'note.txt', content: 'forty-two\n' } }] },
        { text: 'Reading it.', tool_calls: [{ name: 'read', arguments: { path: 'note.txt' } }] },
        { text: 'The note says: {{tool_result}}' },
      ],
    },
  ],
};
const PROVIDERS = [
  ['anthropic', 'ANTHROPIC_API_KEY', 'anthropic-messages'],
  ['openai', 'OPENAI_API_KEY', 'openai-responses'],
  ['openrouter', 'OPENROUTER_API_KEY', 'openai-completions'],
  ['google', 'GEMINI_API_KEY', 'google-generative-ai'],
  ['xai', 'XAI_API_KEY', 'openai-responses'],
  ['mistral', 'MISTRAL_API_KEY', 'openai-completions'],
  ['groq', 'GROQ_API_KEY', 'openai-completions'],
  ['together', 'TOGETHER_API_KEY', 'openai-completions'],
];

// In the form of a bot's token, and nobody's.
const TELEGRAM = ['123456789', 'AAe2e'.repeat(7)].join(':');

// A place, and a model server of its own.
class Lane {
  constructor() {
    this.place = new Place();
    // Not in the place: nothing of a run may be left there.
    this.models = mkdtempSync(join(tmpdir(), 'sentrix-e2e-models-'));
    this.modelLog = join(this.models, 'model.log');
    this.questions = 0;
  }

  // Starts the scripted server, and notes where it listens.
  async begin() {
    const scenario = join(this.models, 'scenario.json');
    writeFileSync(scenario, JSON.stringify(SCENARIO));
    this.server = spawn(process.execPath, [SERVER, '--scenario', scenario, '--log', this.modelLog], { stdio: ['ignore', 'pipe', 'inherit'] });
    for await (const line of createInterface({ input: this.server.stdout })) {
      this.upstream = JSON.parse(line).listening;
      return;
    }
    throw new Error('the model server did not start');
  }

  // What OpenClaw has asked about the note since the last call.
  asked() {
    const records = readFileSync(this.modelLog, 'utf8').trim().split('\n').map((line) => JSON.parse(line));
    const all = records.filter((record) => record.rule === 'note' && record.dialect);
    const news = all.slice(this.questions);
    this.questions = all.length;
    return news;
  }

  end() {
    this.server?.kill();
    this.place.remove();
    rmSync(this.models, { recursive: true, force: true });
  }
}

// What sentrix-patrol prints, as records.
function patrol(...args) {
  const { status, stdout, stderr } = spawnSync(PATROL, args, { env: { PATH: process.env.PATH }, encoding: 'utf8', maxBuffer: 64 << 20 });
  assert.equal(status, 0, stderr);
  return stdout.trim().split('\n').filter(Boolean).map((line) => JSON.parse(line));
}

// What holds once the live end of the record has settled: OpenClaw and the tap write at their own pace.
async function settled(look, holds) {
  for (let tries = 0; ; tries += 1, await sleep(300)) {
    const seen = look();
    if (holds(seen)) return seen;
    if (tries === 50) throw new Error(`the record did not settle: ${JSON.stringify(seen)}`);
  }
}

// The turns of the agent's run, as patrol joins them. OpenClaw's small questions have no run.
const turns = (logs) => patrol('turns', logs).filter(({ text, run_id: run }) => run && /^(Writing it|Reading it|The note says)/.test(text));
const whole = (all) => all.length === 3 && all.every(({ complete, usage }) => complete && usage);

// What patrol finds missing, late, edited or forged in a record.
function gaps(logs) {
  const flags = patrol('--judge', 'rules', '--state', 'none', '--flags', '-', '--run-timeout', '0', logs);
  return flags.flatMap(({ evidence = [] }) => evidence).filter(({ label }) => label === 'capture_gap').map(({ snippet }) => snippet);
}

// The same record without the exchange that has this text.
function without(logs, text) {
  const copy = `${logs} less`;
  cpSync(logs, copy, { recursive: true });
  let removed = 0;
  for (const name of readdirSync(copy).filter((file) => file.endsWith('-tap.json'))) {
    const events = JSON.parse(readFileSync(join(copy, name), 'utf8'));
    const kept = events.filter((event) => event.event !== 'llm_exchange' || event.response?.text !== text);
    removed += events.length - kept.length;
    writeFileSync(join(copy, name), `[\n  ${kept.map((event) => JSON.stringify(event)).join('\n,\n  ')}\n]\n`);
  }
  assert.equal(removed, 1);
  return copy;
}

// One tool turn with a provider, and what is on record of it.
async function turn(lane, [provider, variable, dialect], t) {
  const { place } = lane;
  place.logs = join(place.dir, `logs ${provider}`);
  place.env.SENTRIX_LOG_DIR = place.logs;
  const run = place.run(['--provider', provider, '--nobridge'], { [variable]: KEY, SENTRIX_UPSTREAMS: `${provider}=${lane.upstream}` });
  t.after(() => run.child.kill('SIGINT'));
  await run.says('ends     in 60 min');
  const name = JSON.parse(docker('inspect', '--format', '{{json .Name}}', place.id())).slice(1);
  const { status, stdout, stderr } = place.sentrix('chat', '-m', SAYS);
  assert.equal(status, 0, stderr);
  assert.match(stdout, /The note says: forty-two/);
  const [, model] = /^sandbox +\S+, (\S+) /m.exec(run.output);
  const questions = lane.asked();
  // For titles and the like OpenClaw asks a smaller model, of the same provider.
  assert.deepEqual([...new Set(questions.map((question) => question.dialect))], [dialect]);
  assert.ok(questions.filter((question) => `${provider}/${question.model}` === model).length >= 3, JSON.stringify(questions));

  const [writing, reading, saying] = await settled(() => turns(place.logs), whole);
  assert.deepEqual(writing.tool_calls.map(({ name: tool, arguments: given }) => [tool, given]), [['write', { path: 'note.txt', content: 'forty-two\n' }]]);
  assert.ok(writing.user_messages.some(({ content }) => content.includes(SAYS)), 'the user message');
  assert.equal(reading.tool_calls[0].name, 'read');
  assert.ok(saying.tool_results.some(({ content }) => content.includes('forty-two')), 'the tool result');
  if (dialect === 'anthropic-messages') assert.equal(writing.thinking, 'First there has to be a note.');
  for (const said of [writing, reading, saying]) {
    assert.equal(said.provider, provider);
    assert.ok(said.model && said.run_id, 'the model, and the run of the raw stream');
    assert.ok(said.usage.output_tokens > 0, JSON.stringify(said.usage));
  }
  await settled(() => gaps(place.logs), (found) => found.length === 0);
  // The gateway's user can write into the raw stream; nothing in the tap vouches for what it writes.
  const forged = JSON.stringify({ ts: Date.now(), event: 'assistant_message_end', runId: 'forged', sessionId: 's', rawText: 'Nobody asked for anything.', rawThinking: '' });
  execFileSync('docker', ['exec', '-i', '-u', '10001:10001', place.id(), 'sh', '-c', 'cat >> /run/oc/in/raw.jsonl'], { input: `${forged}\n` });

  assert.deepEqual(await exported(place.id(), [KEY]), [], 'the key is in the file system of the sandbox');
  run.child.kill('SIGINT');
  assert.deepEqual(await run.ended, { code: 130, signal: null }, run.output);
  assert.deepEqual([...place.left(), ...belongings(name)], []);
  const found = gaps(place.logs);
  assert.ok(found.length === 1 && found[0].includes('forged'), JSON.stringify(found));
  const missed = gaps(without(place.logs, reading.text));
  assert.ok(missed.some((gap) => gap.includes(reading.run_id_ts)), JSON.stringify(missed));
  assert.ok(!run.output.includes(KEY) && !JSON.stringify(place.events()).includes(KEY));
}

// Two at a time: much of a run is waiting.
describe('providers', { concurrency: 2 }, () => {
  for (const half of [0, 1]) {
    describe(`lane ${half + 1}`, { concurrency: 1 }, () => {
      const lane = new Lane();
      before(() => lane.begin());
      after(() => lane.end());
      for (const given of PROVIDERS.filter((_, at) => at % 2 === half)) {
        const [provider, , dialect] = given;
        test(`${provider}, ${dialect}: a tool turn through the tap, joined in the record`, (t) => turn(lane, given, t));
      }
    });
  }
});

test('telegram: the channel is on, and what it reaches for is on record', async (t) => {
  const place = new Place();
  t.after(() => place.remove());
  place.logs = join(place.dir, 'logs telegram');
  place.env.SENTRIX_LOG_DIR = place.logs;
  const run = place.run(['--provider', 'demo', '--nobridge', '--channel', 'telegram', '-e', 'TELEGRAM_BOT_TOKEN'], { TELEGRAM_BOT_TOKEN: TELEGRAM });
  t.after(() => run.child.kill('SIGINT'));
  await run.says('ends     in 60 min');
  const reached = () => place.events().find(({ event, host }) => event === 'connect' && host === 'api.telegram.org');
  for (let tries = 0; !reached() && tries < 300; tries += 1) await sleep(200);
  // Whether it gets there is the network's business; that it may is ours.
  assert.ok(reached() && reached().outcome !== 'refused', JSON.stringify(reached() ?? run.output));

  const record = (...args) => {
    const { status, stdout, stderr } = place.sentrix(...args, '--json');
    assert.equal(status, 0, stderr);
    shown.push(stdout, stderr);
    return stdout.trim().split('\n').filter(Boolean).map((line) => JSON.parse(line));
  };
  const shown = [];
  const [telegram, ...others] = record('channels', '--probe');
  assert.deepEqual(others, []);
  const { channel, account, configured, connected, policy, waiting, next } = telegram;
  assert.deepEqual({ channel, account, configured, connected, policy, waiting }, { channel: 'telegram', account: 'default', configured: true, connected: false, policy: 'pairing', waiting: 0 });
  // With a network Telegram says that it does not know the bot, without one nothing: what to do next is another thing each time.
  assert.ok(next, 'what to do next');
  // Nobody can write to a made-up bot: the request is put where OpenClaw's own code puts it.
  const request = `const { upsertChannelPairingRequest } = await import('/usr/local/lib/node_modules/openclaw/dist/plugin-sdk/conversation-runtime.js');
    const { code } = await upsertChannelPairingRequest({ channel: 'telegram', id: '4711', accountId: 'default', meta: { firstName: 'Ada' } });
    console.log(code); process.exit(0);`;
  const surroundings = ['HOME=/home/oc', 'OPENCLAW_STATE_DIR=/state', 'OPENCLAW_CONFIG_PATH=/run/oc/config/openclaw.json'].flatMap((pair) => ['-e', pair]);
  const code = docker('exec', '-u', '10001:10001', ...surroundings, place.id(), 'node', '--input-type=module', '-e', request).trim();
  assert.match(code, /^[A-Z2-9]{8}$/);
  assert.deepEqual(record('pair').map(({ sender, name }) => [sender, name]), [['4711', 'Ada']]);
  assert.equal(record('channels')[0].waiting, 1);
  assert.ok(!shown.join('').includes(code), 'only who was given the code can say it');
  const approved = place.sentrix('pair', 'telegram', code);
  assert.equal(approved.status, 0, approved.stderr);
  assert.deepEqual(record('pair', 'telegram'), []);
  assert.ok(!shown.join('').includes(TELEGRAM));

  run.child.kill('SIGINT');
  assert.deepEqual(await run.ended, { code: 130, signal: null }, run.output);
  assert.deepEqual(place.left(), []);
  assert.ok(!run.output.includes(TELEGRAM) && !JSON.stringify(place.events()).includes(TELEGRAM));
});
