// The page: which part is shown, what stands above all parts, and the keys.

import { fill, h, icon, command } from './dom.js';

import { ask, connect, isOpen, say } from './socket.js';
import { changed, keep, on, setting, store, unseen } from './store.js';
import * as status from './status.js';
import * as chat from './chat.js';
import * as log from './log.js';
import * as flags from './flags.js';
import * as cases from './cases.js';
import * as agents from './agents.js';
import * as patrol from './patrol.js';

const VIEWS = { status, chat, log, flags, cases, agents, patrol };
const NAMES = Object.keys(VIEWS);
const TITLES = { status: 'Status', chat: 'Chat', log: 'Log', flags: 'Flags', cases: 'Cases', agents: 'Agents', patrol: 'Patrol' };
const STATUS_EVERY = 5000;

const main = document.getElementById('main');
const built = new Map();
let shown = null;

// A part of the address; one that nobody has escaped right stands for itself.
function part(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function route() {
  const [name, ...rest] = location.hash.replace(/^#\/?/, '').split('/');
  const view = VIEWS[name] ? name : 'status';
  if (!built.has(view)) built.set(view, VIEWS[view].build());
  const element = built.get(view);
  if (shown !== view) {
    if (shown) VIEWS[shown].hide?.();
    main.replaceChildren(element);
    main.className = `main view-${view}`;
    shown = view;
  }
  VIEWS[view].show?.(rest.map(part));
  drawNav();
  title();
}

function drawNav() {
  const badge = { flags: unseen('flags').length, cases: unseen('cases').length };
  const links = NAMES.map((name, index) => h('a', {
    href: `#/${name}`,
    class: name === shown ? 'here' : '',
    'aria-current': name === shown ? 'page' : null,
    title: `${TITLES[name]} (${index + 1})`,
  }, icon(name), h('span', TITLES[name]), badge[name] ? h('b.badge', { 'aria-label': `${badge[name]} not looked at` }, badge[name] > 99 ? '99+' : badge[name]) : null));
  fill(document.getElementById('nav'), links);
}

function title() {
  const news = unseen('flags').length;
  document.title = `${news ? `(${news}) ` : ''}${TITLES[shown] || 'Sentrix'} · Sentrix`;
}

function drawStrip() {
  const order = ['bridge', 'gateway', 'sandbox', 'record', 'patrol', 'police'];
  const parts = status.parts();
  fill(document.getElementById('strip'), order.map((name) => {
    const part = parts[name];
    return h('a.part', { href: `#/status`, class: `is-${part.state}`, title: `${name}: ${part.detail}` },
      h('i.dot', { 'aria-hidden': 'true' }), h('span', name), h('span.sr', ` ${part.state}: ${part.detail}`));
  }));
}

function drawBanner() {
  const banner = document.getElementById('banner');
  const wait = Math.max(0, Math.ceil((store.retryAt - Date.now()) / 1000));
  const retry = h('button.small', { type: 'button', onclick: () => connect() }, 'Try now');
  let words = null;
  if (store.link === 'stranger') {
    words = ['This browser’s pass has expired. Print a new link and open it: ', command('sentrix-bridge link')];
  } else if (store.link === 'down') {
    words = [`The bridge does not answer; trying again in ${wait} s. If it has ended, start it: `, command('sentrix bridge'), retry];
  } else if (store.link === 'connecting' && store.retryAt) {
    words = [`The connection to the bridge was lost; trying again in ${wait} s. `, retry];
  }
  banner.hidden = !words;
  if (words) fill(banner, words);
}

async function refreshStatus() {
  if (!isOpen() || document.hidden) return;
  try {
    const parts = await ask('status');
    keep({ status: parts, statusAt: Date.now(), gateway: { up: parts.gateway?.up === true, why: parts.gateway?.why || '', retry: parts.gateway?.retry_s ?? null } });
  } catch {
    // The banner says so.
  }
}

function refreshState() {
  say({ type: 'get_state' });
}

async function opened() {
  refreshState();
  refreshStatus();
  say({ type: 'log.follow', payload: { on: true } });
  for (const [type, take] of [['seen', (p) => keep({ seen: new Set(p.ids || []) })], ['sweeps', (p) => keep({ sweeps: p.sweeps || [] })]]) {
    ask(type, {}).then(take, () => {});
  }
}

on('open', opened);
on('frame:state', ({ payload }) => keep({
  agents: payload.agents || [], flags: payload.flags || [], cases: payload.case_files || [], escalation: payload.escalation_level,
}));
on('frame:bridge.ready', ({ payload }) => keep({ patrolEnabled: payload.patrol_enabled === true }));
on('frame:gateway', ({ payload }) => {
  keep({ gateway: { up: payload.up === true, why: payload.why || '', retry: null } });
  refreshStatus();
});
on('frame:seen', ({ payload }) => keep({ seen: new Set(payload.ids || []) }));
on('frame:changed', ({ payload }) => {
  const what = payload.what || [];
  if (what.includes('flags') || what.includes('cases')) refreshState();
  if (what.includes('sweeps')) ask('sweeps').then((p) => keep({ sweeps: p.sweeps || [] }), () => {});
  refreshStatus();
});
on('frame:flags.new', ({ payload }) => (payload.flags || []).slice(-3).forEach(announce));
on('link gateway status', () => { drawStrip(); drawBanner(); });
on('flags cases seen', () => { drawNav(); title(); });
on('retryAt', drawBanner);

function announce(flag) {
  const words = `${flag.severity} flag: ${flag.referral_summary || (flag.categories || []).join(', ') || 'no summary'}`;
  document.getElementById('live').textContent = words;
  const toast = h('a.toast', { href: `#/flags/${encodeURIComponent(flag.flag_id)}`, class: `edge-${flag.severity}` }, words);
  const toasts = document.getElementById('toasts');
  toasts.append(toast);
  while (toasts.children.length > 3) toasts.firstChild.remove();
  const remove = () => toast.remove();
  toast.addEventListener('click', remove);
  setTimeout(remove, 8000);
}

/** Says that somebody has looked at these. */
export function see(ids) {
  const news = ids.filter((id) => id && !store.seen.has(id));
  if (!news.length) return;
  keep({ seen: new Set([...store.seen, ...news]) });
  for (let at = 0; at < news.length; at += 1000) say({ type: 'seen', payload: { ids: news.slice(at, at + 1000) } });
}
on('see', see);

const THEMES = ['auto', 'dark', 'light'];
function theme(name) {
  const root = document.documentElement;
  if (name === 'auto') delete root.dataset.theme;
  else root.dataset.theme = name;
  document.getElementById('theme').textContent = { auto: 'Auto', dark: 'Dark', light: 'Light' }[name];
  setting('theme', name);
}
function nextTheme() {
  theme(THEMES[(THEMES.indexOf(setting('theme') || 'auto') + 1) % THEMES.length]);
}

const KEYS = [
  ['1 … 7', 'go to a part'], ['/', 'search'], ['j, k', 'next, previous'], ['Enter', 'open'], ['Esc', 'close, leave the field'],
  ['f', 'log: follow or not'], ['p', 'log: pause or go on'], ['n', 'flags and cases: next that nobody has looked at'],
  ['c', 'write to the agent'], ['.', 'stop the agent'], ['t', 'dark or light'], ['?', 'these keys'],
];
function keys() {
  const dialog = document.getElementById('keys');
  fill(dialog, h('h2', { id: 'keys-title' }, 'Keys'), h('dl.keys', KEYS.map(([key, does]) => [h('dt', h('kbd', key)), h('dd', does)])),
    h('form', { method: 'dialog' }, h('button', 'Close')));
  dialog.showModal();
}

function pressed(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const field = event.target.closest('input, textarea, select');
  if (event.key === 'Escape') {
    if (field) field.blur();
    else VIEWS[shown].key?.('Escape');
    return;
  }
  if (field || event.target.closest('dialog[open]')) return;
  const index = Number(event.key);
  if (index >= 1 && index <= NAMES.length) location.hash = `#/${NAMES[index - 1]}`;
  else if (event.key === 't') nextTheme();
  else if (event.key === '?') keys();
  else if (event.key === 'c') { location.hash = '#/chat'; requestAnimationFrame(() => chat.focus()); }
  else if (event.key === '.') chat.stop();
  else if (!VIEWS[shown].key?.(event.key, event)) return;
  event.preventDefault();
}

theme(THEMES.includes(setting('theme')) ? setting('theme') : 'auto');
document.getElementById('theme').addEventListener('click', nextTheme);
document.getElementById('help').addEventListener('click', keys);
document.addEventListener('keydown', pressed);
addEventListener('hashchange', route);
setInterval(refreshStatus, STATUS_EVERY);
setInterval(() => { drawBanner(); changed('second'); }, 1000);
drawStrip();
route();
connect();
