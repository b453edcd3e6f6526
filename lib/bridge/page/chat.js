// Talking to the agent.

import { copier, fill, h } from './dom.js';
import { clock, moment, span } from './format.js';
import { markdown } from './markdown.js';
import { isSecret, mask } from './mask.js';
import { ask, isOpen, say } from './socket.js';
import { on, store } from './store.js';
import { fromHistory } from './history.js';

const LONGEST = 256 * 1024;
const HISTORY = 200;

/** Messages, oldest first: {id, role, text, thinking, tools[], at, state, asked, elsewhere}. */
let messages = [];
let shared = false;
let dirty = new Set();
let drawing = false;
let view = null;

/** The element of this part. */
export function build() {
  const list = h('div.chat-list', { role: 'log', 'aria-label': 'Conversation', tabIndex: 0 });
  const input = h('textarea', { rows: 1, 'aria-label': 'Message to the agent', placeholder: 'Write to the agent', title: 'Enter sends, Shift+Enter begins a line', maxLength: LONGEST });
  const send = h('button.primary', { type: 'submit' }, 'Send');
  const halt = h('button.danger', { type: 'button', onclick: stop, hidden: true, title: 'Stop the agent (.)' }, 'Stop');
  const note = h('div.chat-note', { role: 'status' });
  const jump = h('button.jump', { type: 'button', hidden: true, onclick: () => toEnd(true) }, 'Jump to the end');
  const choice = h('select', { 'aria-label': 'Session', onchange: () => share(choice.value === 'shared') },
    h('option', { value: 'own' }, 'This browser’s session'), h('option', { value: 'shared' }, 'The agent’s own session (shared)'));
  const form = h('form.composer', { onsubmit: (event) => { event.preventDefault(); submit(); } }, input, h('div.composer-side', send, halt));
  const head = h('div.bar', h('h1', 'Chat'), h('span.spring'), choice, h('button.quiet', { type: 'button', onclick: load, title: 'Read the conversation from the gateway' }, 'Reload'));
  view = { list, input, send, halt, note, jump, choice, element: h('section.chat', head, h('div.chat-body', list, jump), note, form), nodes: new Map() };
  input.addEventListener('input', grow);
  input.addEventListener('keydown', (event) => {
    if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      submit();
    } else if (event.key === 'ArrowUp' && input.value === '') {
      const last = messages.findLast((message) => message.role === 'user');
      if (last) { input.value = last.text; grow(); event.preventDefault(); }
    }
  });
  list.addEventListener('scroll', () => { jump.hidden = isAtEnd(); }, { passive: true });
  redraw();
  return view.element;
}

/** Comes into sight. */
export function show() {
  if (view.left === undefined) toEnd(true);
  else view.list.scrollTop = view.left;
}

/** Goes out of sight. */
export function hide() {
  view.left = isAtEnd() ? undefined : view.list.scrollTop;
}

/** To write. */
export function focus() {
  view?.input.focus();
}

function grow() {
  const { input } = view;
  input.style.height = 'auto';
  input.style.height = `${Math.min(input.scrollHeight + 2, 220)}px`;
}

function isAtEnd() {
  const { list } = view;
  return list.scrollHeight - list.scrollTop - list.clientHeight < 40;
}

function toEnd(force) {
  if (force || view.follow) view.list.scrollTop = view.list.scrollHeight;
}

function waits(message) {
  return message.state === 'waiting' || message.state === 'writing';
}

function submit() {
  const text = view.input.value.trim();
  if (!text) return;
  if (new TextEncoder().encode(text).length > LONGEST) {
    view.note.textContent = 'The message is longer than 256 kB: the bridge does not take it.';
    return;
  }
  if (!send(text)) return;
  view.input.value = '';
  grow();
}

function send(text) {
  const id = `page-${Date.now()}-${Math.random().toString(36).slice(2, 8)}`;
  if (!say({ type: 'chat', id, payload: { text } })) {
    view.note.textContent = 'The bridge is not there: the message was not sent.';
    return false;
  }
  const now = Date.now();
  messages.push({ id: `${id}-asked`, role: 'user', text, at: now, state: 'done', tools: [] });
  messages.push({ id, role: 'agent', text: '', thinking: '', tools: [], at: now, asked: text, state: 'waiting' });
  redraw();
  toEnd(true);
  return true;
}

/** Stops the agent. */
export function stop() {
  if (messages.some(waits)) say({ type: 'abort' });
}

async function share(want) {
  try {
    const answer = await ask('session', { shared: want });
    shared = answer.shared === true;
    await load();
  } catch (error) {
    view.note.textContent = error.message;
  }
  view.choice.value = shared ? 'shared' : 'own';
}

/** Reads the conversation from the gateway: what it says counts, and what goes on is kept. */
async function load() {
  if (!isOpen()) return;
  let answer;
  try {
    answer = await ask('history', { limit: HISTORY });
  } catch (error) {
    if (view) view.note.textContent = `The conversation could not be read: ${error.message}`;
    return;
  }
  const told = fromHistory(answer.messages);
  const open = messages.filter(waits);
  // The question of an answer that is still coming may be in the history already.
  const asked = open.filter((one) => one.asked && !told.some((other) => other.role === 'user' && other.text === one.asked && Math.abs(other.at - one.at) < 600_000));
  messages = [...told, ...open.flatMap((one) => asked.includes(one) ? [{ id: `${one.id}-asked`, role: 'user', text: one.asked, at: one.at, state: 'done', tools: [] }, one] : [one])];
  if (view) {
    view.nodes.clear();
    redraw();
    toEnd(true);
  }
}

function find(id, elsewhere = true) {
  let message = messages.findLast((one) => one.id === id);
  if (!message && elsewhere) {
    message = { id, role: 'agent', text: '', thinking: '', tools: [], at: Date.now(), state: 'writing', elsewhere: true };
    messages.push(message);
  }
  return message;
}

function touch(message) {
  dirty.add(message.id);
  if (drawing) return;
  drawing = true;
  // Hidden pages have no frames, and need none.
  requestAnimationFrame(() => {
    drawing = false;
    redraw();
  });
}

on('frame:response.delta', ({ id, payload }) => {
  const message = find(id);
  Object.assign(message, { text: String(payload.accumulated ?? ''), state: 'writing', heard: Date.now() });
  touch(message);
});
on('frame:thinking', ({ id, payload }) => {
  const message = find(id);
  Object.assign(message, { thinking: String(payload.text ?? ''), state: 'writing', heard: Date.now() });
  touch(message);
});
on('frame:tool.start', ({ id, payload }) => {
  const message = find(id);
  message.tools.push({ call: payload.call, name: payload.name, args: payload.args, at: message.text.length });
  message.state = 'writing';
  touch(message);
});
on('frame:tool.result', ({ id, payload }) => {
  const message = find(id);
  const tool = message.tools.findLast((one) => one.call === payload.call);
  if (tool) Object.assign(tool, { done: true, error: payload.error === true, result: payload.result });
  touch(message);
});
on('frame:response', ({ id, payload }) => {
  const message = find(id);
  Object.assign(message, ended(String(payload.text ?? '')));
  anchor(message);
  touch(message);
});

// The end of an answer may hold words that were not told before: tools stand where the paragraph ends that they were called in.
function anchor({ text, tools }) {
  let more = 0;
  for (const tool of tools) {
    const told = Math.min((tool.at || 0) + more, text.length);
    const end = text.indexOf('\n\n', told);
    const at = told === 0 ? 0 : end < 0 ? text.length : end;
    more += at - told;
    tool.at = at;
  }
}

/** What the end of an answer says of it. */
function ended(text) {
  if (text.startsWith('⚠')) return { error: text.replace(/^(?:⚠\uFE0F?\s*)+/, ''), state: 'failed' };
  if (text.endsWith('_(aborted)_')) return { text: text.replace(/\s*_\(aborted\)_$/, ''), state: 'stopped' };
  if (text.includes('\n\n⚠️ ')) {
    const at = text.lastIndexOf('\n\n⚠️ ');
    return { text: text.slice(0, at), error: text.slice(at + 5), state: 'failed' };
  }
  return { text, state: 'done' };
}

// After a reconnect: what the bridge no longer waits for has ended meanwhile, and the gateway knows how.
on('frame:running', ({ payload }) => {
  const runs = new Map((payload.runs || []).map((run) => [run.id, run]));
  const gone = messages.filter((message) => waits(message) && !runs.has(message.id));
  gone.forEach((message) => { message.state = 'gone'; });
  for (const run of runs.values()) {
    const message = find(run.id);
    Object.assign(message, { elsewhere: false, at: Date.now() - run.since_s * 1000 });
    if (!message.text) message.state = 'waiting';
  }
});
on('frame:bridge.ready', async () => {
  if (shared) await ask('session', { shared: true }).catch(() => {});
  load();
});
on('frame:gateway', ({ payload }) => {
  if (payload.up && store.link === 'open') load();
  else redraw();
});
on('second', () => {
  if (!view?.element.isConnected) return;
  for (const message of messages.filter(waits)) {
    const timer = view.nodes.get(message.id)?.element.querySelector('.elapsed');
    if (timer) timer.textContent = elapsed(message);
  }
  drawNote();
});

function elapsed(message) {
  const words = message.state === 'waiting' ? 'Waiting for the agent' : 'The agent is writing';
  const silent = message.heard && Date.now() - message.heard > 20_000 ? `, silent for ${span((Date.now() - message.heard) / 1000)}` : '';
  return `${words}, ${span((Date.now() - message.at) / 1000)}${silent}`;
}

function redraw() {
  if (!view) return;
  view.follow = isAtEnd();
  const { list, nodes } = view;
  if (!messages.length) {
    fill(list, h('div.empty', h('h3', 'Nothing was said yet'), h('p', 'What you write goes to the agent in the sandbox. Its answers are untrusted text: links show where they lead, and no image is loaded.')));
    nodes.clear();
  } else if (!nodes.size) {
    list.replaceChildren();
  }
  messages.forEach((message) => {
    const known = nodes.get(message.id);
    if (known && known.state === message.state && !dirty.has(message.id)) return;
    const opened = known ? [...known.element.querySelectorAll('details')].map((one) => one.open) : [];
    const element = draw(message);
    [...element.querySelectorAll('details')].forEach((one, index) => { if (opened[index]) one.open = true; });
    if (known) known.element.replaceWith(element);
    else list.append(element);
    nodes.set(message.id, { element, state: message.state });
  });
  dirty = new Set();
  const busy = messages.some(waits);
  view.halt.hidden = !busy;
  drawNote();
  toEnd(false);
}

function drawNote() {
  const { note } = view;
  if (store.link !== 'open') note.textContent = '';
  else if (!store.gateway.up) note.textContent = `The gateway is not there${store.gateway.why ? `: ${store.gateway.why}` : ''}. What you send waits for up to 30 s.`;
  else if (shared) note.textContent = 'You write into the agent’s own session: everybody in it sees this.';
  else note.textContent = '';
  view.send.disabled = store.link !== 'open';
}
on('link gateway', () => { if (view) drawNote(); });

function draw(message) {
  const agent = message.role !== 'user';
  const who = message.role === 'user' ? 'You' : message.role === 'agent' ? 'Agent' : message.role;
  const text = message.text;
  return h('article.msg', { class: `from-${agent ? 'agent' : 'user'} is-${message.state}` },
    h('header', h('b', who), message.elsewhere ? h('span.tag', 'not asked for here') : null,
      message.at > 0 ? h('time', { title: moment(message.at) }, clock(message.at)) : null, h('span.spring'),
      text ? copier(text) : null),
    message.thinking ? h('details.thinking', h('summary', 'Thinking'), h('div.pre', message.thinking)) : null,
    agent ? woven(message) : h('div.msg-text', h('div.pre', text)),
    waits(message) ? h('div.pending', h('i.spin', { 'aria-hidden': 'true' }), h('span.elapsed', elapsed(message))) : null,
    message.state === 'stopped' ? h('div.ending', h('span.tag', 'stopped'), again(message)) : null,
    message.state === 'gone' ? h('div.ending', h('span.tag', 'ended while this page was away'), h('button.quiet.small', { type: 'button', onclick: load }, 'Read what was said')) : null,
    message.state === 'failed' ? h('div.failure', { role: 'alert' }, h('div.pre', message.error), again(message)) : null);
}

// Tools stand where they were called: between what was said before and after.
function woven(message) {
  const out = [];
  let from = 0;
  const say = (to) => {
    const part = message.text.slice(from, to);
    if (part.trim()) out.push(h('div.msg-text', markdown(part)));
    from = Math.max(from, to);
  };
  for (const tool of message.tools) {
    say(Math.min(tool.at || 0, message.text.length));
    out.push(drawTool(tool));
  }
  say(message.text.length);
  return out;
}

function again(message) {
  if (!message.asked) return null;
  return h('button.small', { type: 'button', onclick: () => send(message.asked) }, 'Send again');
}

function drawTool(tool) {
  const state = tool.done ? (tool.error ? 'failed' : 'done') : 'running';
  const args = typeof tool.args === 'string' ? tool.args : JSON.stringify(tool.args ?? {}, null, 2);
  const result = tool.result === undefined ? '' : resultText(tool.result);
  return h('details.tool', { class: `tool-${state}` },
    h('summary', h('code', String(tool.name || 'tool')), ' ', h('span.dim', oneLine(args)), h('span.spring'), h('span.tag', state)),
    part('Arguments', args), result ? part('Result', result) : null);
}

function part(name, text) {
  const body = h('div.pre.mono', mask(text));
  const reveal = isSecret(text) ? h('button.quiet.small', { type: 'button', onclick: () => { body.textContent = text; reveal.remove(); } }, 'Show secrets') : null;
  return h('div.tool-part', h('div.tool-name', name, h('span.spring'), reveal, copier(text)), body);
}

function oneLine(text) {
  const flat = mask(text).replace(/\s+/g, ' ');
  return flat.length > 120 ? `${flat.slice(0, 120)}…` : flat;
}

/** The text of a tool's result, whatever its shape. */
export function resultText(result) {
  if (typeof result === 'string') return result;
  const content = Array.isArray(result) ? result : result?.content;
  if (Array.isArray(content)) {
    const texts = content.map((block) => (typeof block === 'string' ? block : block?.text)).filter((text) => typeof text === 'string');
    if (texts.length) return texts.join('\n');
  }
  return JSON.stringify(result, null, 2);
}

/** Keys of this part. */
export function key(name) {
  if (name === '/') { focus(); return true; }
  if (name === 'Escape') toEnd(true);
  return name === 'Escape';
}
