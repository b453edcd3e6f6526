// A sandbox from the image, run by hand: what the tests of the image need.
import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { GatewayClient } from '../model-server/gateway-client.mjs';

const IMAGE = process.env.SENTRIX_E2E_IMAGE ?? 'sentrix-openclaw:latest';
const MODEL_SERVER = join(import.meta.dirname, '..', 'model-server', 'server.mjs');
const READY_MS = 180_000;
const COMMAND_MS = 120_000;
const TMPFS = 'rw,nosuid,nodev,noexec';
export const GATEWAY = '10001:10001';
export const RELAY = '10003:10003';

export function docker(...args) {
  return execFileSync('docker', args, { encoding: 'utf8', maxBuffer: 64 << 20, timeout: COMMAND_MS });
}

// As docker(), but a failing command gives its output as well.
export function attempt(...args) {
  try {
    return { code: 0, out: docker(...args) };
  } catch (error) {
    return { code: error.status, out: `${error.stdout}${error.stderr}` };
  }
}

export class Box {
  constructor(scenario) {
    this.name = `sentrix-e2e-${randomBytes(4).toString('hex')}`;
    this.scenario = scenario;
    this.token = randomBytes(24).toString('hex');
    // The collector's user is never root.
    this.uid = process.getuid() || 1000;
    this.dir = mkdtempSync(join(tmpdir(), 'sentrix-e2e-'));
    this.logs = join(this.dir, 'capture', 'agent_logs');
  }

  async start() {
    chmodSync(this.dir, 0o755);
    for (const [folder, mode] of [['tap', 0o755], ['capture', 0o700], ['secrets', 0o700]]) mkdirSync(join(this.dir, folder), { mode });
    writeFileSync(join(this.dir, 'secrets', 'token'), this.token, { mode: 0o400 });
    if (process.getuid() === 0) for (const path of ['capture', 'secrets', 'secrets/token']) chownSync(join(this.dir, path), this.uid, this.uid);
    await this.startModel();
    docker('volume', 'create', this.name);
    docker('run', '--detach', '--name', this.name, ...this.flags(), IMAGE);
    await this.ready();
  }

  flags() {
    const caps = ['CHOWN', 'SETUID', 'SETGID', 'SETPCAP', 'KILL'].flatMap((cap) => ['--cap-add', cap]);
    return [
      ...['--hostname', this.name, '--network', 'none', '--read-only', '--cap-drop', 'ALL', ...caps],
      ...['--security-opt', 'no-new-privileges', '--pids-limit', '256', '--memory', '2g', '--memory-swap', '2g', '--cpus', '2'],
      ...['--stop-timeout', '330', '--log-opt', 'max-size=10m'],
      ...['--tmpfs', `/tmp:${TMPFS},size=128m,mode=1777`, '--tmpfs', `/run/oc:${TMPFS},size=64m,mode=0755`],
      ...['--tmpfs', `/home/oc:${TMPFS},size=64m,uid=10001,gid=10001,mode=0700`],
      ...['-v', `${join(this.dir, 'tap')}:/run/tap:ro`, '-v', `${join(this.dir, 'secrets')}:/run/secrets-in:ro`],
      ...['-v', `${join(this.dir, 'capture')}:/capture`, '-v', `${this.name}:/state`],
      ...['-e', `CAPTURE_UID=${this.uid}`, '-e', 'SENTRIX_TAP=1'],
    ];
  }

  async startModel() {
    const socket = join(this.dir, 'tap', 'llm.sock');
    this.model = spawn(process.execPath, [MODEL_SERVER, '--scenario', this.scenario, '--listen', `unix:${socket}`], { stdio: ['ignore', 'pipe', 'inherit'] });
    for await (const _ of createInterface({ input: this.model.stdout })) break;
    chmodSync(socket, 0o666);
  }

  async ready() {
    const probe = `fetch('http://127.0.0.1:18789/readyz').then(r=>process.exit(r.ok?0:1),()=>process.exit(1))`;
    const deadline = Date.now() + READY_MS;
    while (Date.now() < deadline) {
      if (attempt('exec', '-u', RELAY, this.name, 'node', '-e', probe).code === 0) return;
      if (!this.state().Running) break;
      await sleep(500);
    }
    throw new Error(`the gateway did not become ready:\n${this.output().slice(-2000)}`);
  }

  // Connects the way the host does: a relay run in the container, nothing published.
  async connect() {
    this.dialer ??= createServer((socket) => {
      const dial = spawn('docker', ['exec', '-i', '-u', RELAY, this.name, 'sentrix-relay', 'dial', '127.0.0.1:18789'], { stdio: ['pipe', 'pipe', 'inherit'] });
      socket.pipe(dial.stdin).on('error', () => {});
      dial.stdout.pipe(socket);
      socket.on('error', () => dial.kill());
    });
    if (!this.dialer.listening) await new Promise((resolve) => this.dialer.listen(0, '127.0.0.1', resolve));
    const client = new GatewayClient(`ws://127.0.0.1:${this.dialer.address().port}`, this.token);
    client.hello = await client.connect();
    return client;
  }

  state() {
    return JSON.parse(docker('inspect', '--format', '{{json .State}}', this.name));
  }

  output() {
    return attempt('logs', this.name).out;
  }

  // The last line of process 1: who ended first, how, and whether a stop was asked for.
  verdict() {
    const lines = execFileSync('sh', ['-c', `docker logs ${this.name} 2>&1`], { encoding: 'utf8' }).trim().split('\n');
    return JSON.parse(lines.at(-1));
  }

  // The recorded events, as they stand in the log files.
  events() {
    const files = existsSync(this.logs) ? readdirSync(this.logs).filter((name) => /^\d{8}T\d{6}.*\.json$/.test(name)).sort() : [];
    return files.flatMap((name) => JSON.parse(readFileSync(join(this.logs, name), 'utf8')));
  }

  // Processes as [{ pid, command }], by the host's numbers.
  processes() {
    const rows = docker('top', this.name, '-eo', 'pid,args').trim().split('\n').slice(1);
    return rows.map((row) => ({ pid: row.trim().split(/\s+/)[0], command: row.trim().replace(/^\d+\s+/, '') }));
  }

  // Kills the program whose command line begins so, as the box's own root would.
  kill(command) {
    const script = 'for p in /proc/[0-9]*; do case $(tr "\\0" " " 2>/dev/null <$p/cmdline) in "$1"*) kill -9 "${p#/proc/}" ;; esac; done';
    docker('exec', '-u', '0:0', this.name, 'sh', '-c', script, '_', command);
  }

  remove() {
    this.dialer?.close();
    this.model?.kill();
    attempt('rm', '--force', '--volumes', this.name);
    attempt('volume', 'rm', '--force', this.name);
    rmSync(this.dir, { recursive: true, force: true });
  }
}
