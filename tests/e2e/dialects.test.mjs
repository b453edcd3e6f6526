// Every dialect through the real tap: the real OpenClaw, a tool turn, a scripted server in the provider's place; what was said and done
// is on record, and the key is nowhere but with the provider.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { belongings, docker, exported, KEY, Place } from './porcelain.mjs';

const SERVER = join(import.meta.dirname, '..', 'model-server', 'server.mjs');
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
const DIALECTS = [
  ['anthropic', 'ANTHROPIC_API_KEY', 'anthropic-messages'],
  ['openai', 'OPENAI_API_KEY', 'openai-responses'],
  ['openrouter', 'OPENROUTER_API_KEY', 'openai-completions'],
  ['google', 'GEMINI_API_KEY', 'google-generative-ai'],
];

const place = new Place();
let server;
after(() => {
  server?.kill();
  place.remove();
});

async function listening() {
  const scenario = join(place.dir, 'scenario.json');
  writeFileSync(scenario, JSON.stringify(SCENARIO));
  server = spawn(process.execPath, [SERVER, '--scenario', scenario, '--log', join(place.dir, 'model.log')], { stdio: ['ignore', 'pipe', 'inherit'] });
  for await (const line of createInterface({ input: server.stdout })) return JSON.parse(line).listening;
  throw new Error('the model server did not start');
}

const asked = (dialect) =>
  readFileSync(join(place.dir, 'model.log'), 'utf8').trim().split('\n').map((line) => JSON.parse(line)).filter((record) => record.dialect === dialect && record.rule === 'note');

// The turns of the conversation, as patrol joins them, once the last one is there.
async function turns() {
  for (let tries = 0; tries < 50; tries += 1, await sleep(200)) {
    const { stdout } = place.sentrix('patrol', 'turns', place.logs);
    const all = stdout.trim().split('\n').filter(Boolean).map((line) => JSON.parse(line)).filter(({ text }) => /^(Writing it|Reading it|The note says)/.test(text));
    if (all.some(({ text, usage }) => text.startsWith('The note says') && usage)) return all;
  }
  throw new Error('the last turn is not in the record');
}

test('the scripted server is there', async () => {
  place.upstream = await listening();
});

for (const [provider, variable, dialect] of DIALECTS) {
  test(`${dialect}: a tool turn through the tap, joined in the record`, async () => {
    place.logs = join(place.dir, `logs ${provider}`);
    place.env.SENTRIX_LOG_DIR = place.logs;
    const run = place.run(['--provider', provider, '--nobridge'], { [variable]: KEY, SENTRIX_UPSTREAMS: `${provider}=${place.upstream}` });
    await run.says('ends     in 60 min');
    const name = JSON.parse(docker('inspect', '--format', '{{json .Name}}', place.id())).slice(1);
    const { status, stdout, stderr } = place.sentrix('chat', '-m', SAYS);
    assert.equal(status, 0, stderr);
    assert.match(stdout, /The note says: forty-two/);
    assert.ok(asked(dialect).length >= 3, 'the provider was asked in its own dialect');

    const [writing, reading, saying] = await turns();
    assert.deepEqual(writing.tool_calls.map(({ name: tool, arguments: given }) => [tool, given]), [['write', { path: 'note.txt', content: 'forty-two\n' }]]);
    assert.ok(writing.user_messages.some(({ content }) => content.includes(SAYS)), 'the user message');
    assert.equal(reading.tool_calls[0].name, 'read');
    assert.ok(saying.tool_results.some(({ content }) => content.includes('forty-two')), 'the tool result');
    if (dialect === 'anthropic-messages') assert.equal(writing.thinking, 'First there has to be a note.');
    for (const turn of [writing, reading, saying]) {
      assert.equal(turn.provider, provider);
      assert.ok(turn.model && turn.run_id, 'the model, and the run of the raw stream');
      assert.ok(turn.usage.output_tokens > 0, JSON.stringify(turn.usage));
    }
    const gaps = place.sentrix('patrol', '--once', '--judge', 'rules', '--state', 'none', '--flags', '-', place.logs).stdout;
    assert.ok(!gaps.includes('capture_gap'), gaps);

    assert.deepEqual(await exported(place.id(), [KEY]), [], 'the key is in the file system of the sandbox');
    run.child.kill('SIGINT');
    assert.deepEqual(await run.ended, { code: 130, signal: null }, run.output);
    assert.deepEqual([...place.left(), ...belongings(name)], []);
    assert.ok(!run.output.includes(KEY) && !JSON.stringify(place.events()).includes(KEY));
  });
}
