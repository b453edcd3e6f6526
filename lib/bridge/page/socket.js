// The connection to the bridge: made again when it is lost, with ever longer pauses.

import { changed, keep, store } from './store.js';

const FIRST = 500;
const LONGEST = 15_000;
const PATIENCE = 20_000;

const waiting = new Map();
let socket = null;
let wait = FIRST;
let last = 0;
let timer = 0;

/** Whether there is a connection. */
export function isOpen() {
  return socket !== null && socket.readyState === WebSocket.OPEN;
}

/** Says something; false when nobody hears it. */
export function say(frame) {
  if (!isOpen()) return false;
  socket.send(JSON.stringify(frame));
  return true;
}

/** Asks, and waits for the answer's payload. */
export function ask(type, payload = {}) {
  last += 1;
  const id = `q${last}`;
  return new Promise((resolve, reject) => {
    if (!say({ type, id, payload })) {
      reject(new Error('the bridge is not there'));
      return;
    }
    const late = setTimeout(() => settle(id, null, 'no answer came in time'), PATIENCE);
    waiting.set(id, { resolve, reject, late });
  });
}

function settle(id, payload, error) {
  const asked = waiting.get(id);
  if (!asked) return false;
  waiting.delete(id);
  clearTimeout(asked.late);
  if (error) asked.reject(new Error(error));
  else asked.resolve(payload);
  return true;
}

/** Connects now. */
export function connect() {
  clearTimeout(timer);
  if (socket && socket.readyState <= WebSocket.OPEN) return;
  keep({ link: store.link === 'open' ? 'connecting' : store.link });
  const mine = new WebSocket(`ws://${location.host}/ws`);
  let opened = false;
  socket = mine;
  mine.onopen = () => {
    opened = true;
    wait = FIRST;
    keep({ link: 'open', retryAt: 0 });
    changed('open');
  };
  mine.onmessage = (event) => hear(event.data);
  mine.onclose = () => lost(opened);
}

function hear(text) {
  let frame;
  try {
    frame = JSON.parse(text);
  } catch {
    return;
  }
  if (frame === null || typeof frame !== 'object') return;
  const error = frame.type === 'error' ? String(frame.payload?.message || 'it failed') : null;
  if (typeof frame.id === 'string' && settle(frame.id, frame.payload || {}, error)) return;
  changed('frame', frame);
  changed(`frame:${frame.type}`, frame);
}

async function lost(opened) {
  for (const id of [...waiting.keys()]) settle(id, null, 'the connection was lost');
  const link = opened ? 'connecting' : await why();
  const pause = opened ? FIRST : wait;
  wait = Math.min(wait * 2, LONGEST);
  keep({ link, retryAt: Date.now() + pause, gateway: { up: false, why: 'the bridge is not there' } });
  clearTimeout(timer);
  // Whoever has no cookie needs a new link, and no more tries.
  if (link !== 'stranger') timer = setTimeout(connect, pause);
}

// A refused upgrade says nothing to a page, a refused request does.
async function why() {
  try {
    const answer = await fetch('/', { cache: 'no-store', redirect: 'manual' });
    return answer.status === 403 ? 'stranger' : 'connecting';
  } catch {
    return 'down';
  }
}

addEventListener('online', () => connect());
document.addEventListener('visibilitychange', () => {
  if (!document.hidden && store.link !== 'stranger') connect();
});
