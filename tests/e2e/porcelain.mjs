// The command sentrix, run as a person would run it: in a directory of its own, with a home of its own.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const ROOT = join(import.meta.dirname, '..', '..');
const SENTRIX = join(ROOT, 'scripts', 'sentrix');
export const READY_MS = 240_000;
// In the form of a key, so that whoever looks for keys finds it; it is nobody's.
export const KEY = ['sk-ant-api03', 'e2e0'.repeat(20), 'AA'].join('-');

export class Place {
  constructor() {
    this.dir = mkdtempSync(join(tmpdir(), 'sentrix e2e '));
    this.logs = join(this.dir, 'agent logs');
    const state = join(this.dir, 'state');
    mkdirSync(join(this.dir, 'home'));
    mkdirSync(join(this.dir, 'tmp'));
    chmodSync(this.dir, 0o755);
    this.env = {
      PATH: process.env.PATH,
      HOME: join(this.dir, 'home'),
      TMPDIR: join(this.dir, 'tmp'),
      SENTRIX_STATE_DIR: state,
      SENTRIX_HOME: join(this.dir, 'home', '.sentrix'),
      SENTRIX_LOG_DIR: this.logs,
      SENTRIX_BRIDGE_PORT: '28766',
      SENTRIX_BRIDGE_HOST: '127.0.0.1',
      ...(process.env.SENTRIX_BIN ? { SENTRIX_BIN: process.env.SENTRIX_BIN } : {}),
      ...(process.env.DOCKER_HOST ? { DOCKER_HOST: process.env.DOCKER_HOST } : {}),
    };
  }

  // A run in the background: its output so far, its end, and a promise for the moment when it is ready.
  run(args, env = {}) {
    const child = spawn(SENTRIX, ['run', ...args], { cwd: this.dir, env: { ...this.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    const run = { child, output: '', ended: new Promise((resolve) => child.on('close', (code, signal) => resolve({ code, signal }))) };
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (run.output += data));
    run.says = async (text, ms = READY_MS) => {
      const deadline = Date.now() + ms;
      let over = false;
      run.ended.then(() => (over = true));
      while (!run.output.includes(text)) {
        if (over || Date.now() > deadline) throw new Error(`the run did not say ${JSON.stringify(text)}:\n${run.output}`);
        await sleep(100);
      }
    };
    return run;
  }

  sentrix(...args) {
    return spawnSync(SENTRIX, args, { cwd: this.dir, env: this.env, encoding: 'utf8', timeout: 180_000, maxBuffer: 64 << 20 });
  }

  id() {
    return readFileSync(join(this.logs, '.sentrix_sandbox_id'), 'utf8');
  }

  // The programs that the run has started, by name.
  children() {
    const lines = readFileSync(join(this.logs, '.sentrix_run'), 'utf8').trim().split('\n');
    return Object.fromEntries(lines.map((line) => line.split(' ')).filter(([name]) => name !== 'dir'));
  }

  // The recorded events, of the raw stream and of the tap.
  events() {
    const files = existsSync(this.logs) ? readdirSync(this.logs).filter((name) => /^\d{8}T\d{6}.*\.json$/.test(name)).sort() : [];
    return files.flatMap((name) => JSON.parse(readFileSync(join(this.logs, name), 'utf8')));
  }

  // The records of a file in the log directory, one a line; none where there is no such file yet.
  lines(name) {
    const path = join(this.logs, name);
    const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
    return text.split('\n').filter(Boolean).map((line) => JSON.parse(line));
  }

  // Everything of ours that is still there: containers, volumes and networks of this place's sandboxes, processes, working directories.
  left() {
    const boxes = existsSync(join(this.env.SENTRIX_STATE_DIR, 'boxes')) ? readdirSync(join(this.env.SENTRIX_STATE_DIR, 'boxes')) : [];
    const processes = execFileSync('ps', ['-eo', 'pid,args'], { encoding: 'utf8' }).split('\n').filter((line) => line.includes(this.dir));
    const notes = ['.sentrix_run', '.sentrix_sandbox_id'].filter((name) => existsSync(join(this.logs, name)));
    return [...boxes, ...processes, ...readdirSync(this.env.TMPDIR), ...notes];
  }

  remove() {
    this.sentrix('stop');
    rmSync(this.dir, { recursive: true, force: true });
  }
}

export function docker(...args) {
  return execFileSync('docker', args, { encoding: 'utf8', maxBuffer: 256 << 20, timeout: 120_000 });
}

// Which of these texts stand in the whole file system of a container (its volumes and the memory in /tmp, /run and /home are not part
// of it; they are searched from inside), or, with 'save', in the layers of an image.
export async function exported(id, texts, how = 'export') {
  const found = new Set();
  const longest = Math.max(...texts.map((text) => text.length));
  const docker = spawn('docker', [how, id], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise((resolve) => docker.on('close', resolve));
  let tail = Buffer.alloc(0);
  let bytes = 0;
  for await (const chunk of docker.stdout) {
    const data = Buffer.concat([tail, chunk]);
    for (const text of texts) if (data.includes(text)) found.add(text);
    tail = data.subarray(Math.max(0, data.length - longest));
    bytes += chunk.length;
  }
  if ((await ended) !== 0 || bytes < 100 << 20) throw new Error(`docker ${how} gave ${bytes} bytes`);
  return [...found];
}

// What Docker has that carries our label and this name.
export function belongings(name) {
  const filter = ['--filter', `label=sentrix.box=${name}`, '-q'];
  return [['ps', '-a'], ['volume', 'ls'], ['network', 'ls']].flatMap((list) => docker(...list, ...filter).trim().split('\n')).filter(Boolean);
}
