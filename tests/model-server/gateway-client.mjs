// A small client of the OpenClaw gateway's WebSocket, for recording and tests.
import { randomUUID } from 'node:crypto';

const CONNECT = {
  minProtocol: 3,
  maxProtocol: 4,
  client: { id: 'gateway-client', displayName: 'Sentrix recorder', version: '1.0.0', platform: 'linux', mode: 'backend' },
  role: 'operator',
  scopes: ['operator.admin'],
  caps: ['tool-events'],
};
const ENDS = new Set(['final', 'error', 'aborted']);

export class GatewayClient {
  constructor(url, token) {
    this.url = url;
    this.token = token;
    this.frames = [];
    this.waiting = new Map();
    this.ends = new Map();
    this.started = Date.now();
  }

  // Resolves once the gateway said hello, rejects when it refuses.
  connect() {
    return new Promise((resolve, reject) => {
      this.socket = new WebSocket(this.url);
      this.socket.addEventListener('error', () => reject(new Error(`cannot reach ${this.url}`)));
      this.socket.addEventListener('close', (event) => {
        this.note('closed', { code: event.code, reason: event.reason });
        reject(new Error(`closed ${event.code} ${event.reason}`));
        for (const { reject: fail } of this.waiting.values()) fail(new Error('connection closed'));
        for (const end of this.ends.values()) end({ state: 'closed' });
      });
      this.socket.addEventListener('message', (event) => {
        const frame = JSON.parse(event.data);
        this.note('<', frame);
        if (frame.event === 'connect.challenge') this.request('connect', { ...CONNECT, auth: { token: this.token } }).then(resolve, reject);
        else this.receive(frame);
      });
    });
  }

  receive(frame) {
    if (frame.type === 'res') {
      const { resolve, reject } = this.waiting.get(frame.id) ?? {};
      this.waiting.delete(frame.id);
      if (frame.ok) resolve?.(frame.payload);
      else reject?.(Object.assign(new Error(frame.error?.message), { frame }));
    } else if (frame.event === 'chat' && ENDS.has(frame.payload?.state)) {
      this.ends.get(frame.payload.runId)?.(frame.payload);
    }
  }

  request(method, params) {
    const frame = { type: 'req', id: randomUUID(), method, params };
    this.note('>', frame);
    return new Promise((resolve, reject) => {
      this.waiting.set(frame.id, { resolve, reject });
      this.socket.send(JSON.stringify(frame));
    });
  }

  // Sends a message; `ended` resolves with the event that ends its run.
  async say(message, sessionKey = 'main') {
    const runId = randomUUID();
    const ended = new Promise((resolve) => this.ends.set(runId, resolve));
    await this.request('chat.send', { sessionKey, message, idempotencyKey: runId });
    return { runId, ended };
  }

  close() {
    this.socket.close();
  }

  // The token is a secret of the run: it stays out of recordings.
  note(dir, frame) {
    const hidden = JSON.parse(JSON.stringify(frame).replaceAll(this.token, 'TOKEN'));
    this.frames.push({ dir, t: Date.now() - this.started, frame: hidden });
  }
}
