// The bridge before the real OpenClaw: sentrix-box starts it, sentrix-bridge reaches it over `sentrix-box dial`, a real browser talks to it.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import test from 'node:test';

const ROOT = join(import.meta.dirname, '..', '..');
const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);
const MINUTES = 60_000;

// The first line that a program prints.
async function first(child) {
  for await (const line of createInterface({ input: child.stdout })) return line;
  throw new Error(`${child.spawnfile} printed nothing`);
}

function programs() {
  const told = execFileSync('cargo', ['build', '--quiet', '--message-format=json', '--bin', 'sentrix-box', '--bin', 'sentrix-bridge'], { cwd: ROOT, encoding: 'utf8', maxBuffer: 64 << 20 });
  const built = told.split('\n').filter((line) => line.includes('"executable":"')).map((line) => JSON.parse(line).executable);
  return dirname(built.find((path) => path.endsWith('sentrix-bridge')));
}

// A story long enough to be stopped, however slowly the machine comes to it.
function scenario(dir) {
  const plain = JSON.parse(readFileSync(join(ROOT, 'tests/data/gateway/scenario.json'), 'utf8'));
  const story = plain.rules.find((rule) => rule.name === 'story');
  story.reply.text = `${story.reply.text} `.repeat(12);
  const path = join(dir, 'scenario.json');
  writeFileSync(path, JSON.stringify(plain));
  return path;
}

test('a real browser talks to the real OpenClaw through the bridge', { skip: CHROMIUM ? false : 'chromium is not installed', timeout: 25 * MINUTES }, async (t) => {
  const bins = programs();
  const dir = mkdtempSync(join(tmpdir(), 'sentrix-e2e-bridge-'));
  const [tap, logs, home, web] = ['tap', 'logs', 'home', 'web'].map((name) => join(dir, name));
  [tap, logs, home].forEach((path) => mkdirSync(path));
  [dir, tap].forEach((path) => chmodSync(path, 0o755));
  const children = [];
  const start = (command, args, options = {}) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'], ...options });
    children.push(child);
    return child;
  };
  const box = join(bins, 'sentrix-box');
  t.after(() => {
    children.forEach((child) => child.kill());
    try {
      execFileSync(box, ['stop', '--log-dir', logs], { stdio: 'inherit', timeout: 6 * MINUTES });
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  });
  await first(start(process.execPath, [join(ROOT, 'tests/model-server/server.mjs'), '--scenario', scenario(dir), '--listen', `unix:${join(tap, 'llm.sock')}`]));
  chmodSync(join(tap, 'llm.sock'), 0o666);
  // Of this dialect OpenClaw tells as it comes; others it keeps until they are complete.
  execFileSync(box, ['up', '--log-dir', logs, '--tap-dir', tap, '--network', 'none', '--model', 'openai/gpt-5.4'], { stdio: 'inherit', timeout: 6 * MINUTES });
  const bridge = start(join(bins, 'sentrix-bridge'), ['--log-dir', logs, '--home', home, '--port', '0', '--json']);
  const { link, page } = JSON.parse(await first(bridge));
  cpSync(join(ROOT, 'tests/web'), web, { recursive: true });
  execFileSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: web, stdio: 'ignore' });
  const pictures = join(dirname(bins), 'web-pictures');
  const scene = { link, origin: `http://127.0.0.1:${page}`, chromium: CHROMIUM, pictures };
  const script = start(process.execPath, [join(web, 'openclaw.mjs')], { stdio: ['ignore', 'inherit', 'inherit'], env: { ...process.env, SENTRIX_WEB_SCENE: JSON.stringify(scene) } });
  const code = await new Promise((resolve) => script.on('exit', resolve));
  assert.equal(code, 0, `see the pictures in ${pictures}`);
  // What was said is in the record.
  const recorded = execFileSync('sh', ['-c', 'cat "$1"/2*.json', 'sh', logs], { encoding: 'utf8', maxBuffer: 64 << 20 });
  assert.match(recorded, /two lemons/);
});
