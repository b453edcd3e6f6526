// How every part is, and the command that mends it.

import { command, facts, fill, h, severity } from './dom.js';
import { ago, bytes, count, moment, span, words } from './format.js';
import { mask } from './mask.js';
import { on, store } from './store.js';

const TITLES = { bridge: 'Bridge', gateway: 'Gateway', sandbox: 'Sandbox', record: 'Record', patrol: 'Patrol', police: 'Police' };
const WHAT = {
  bridge: 'between this browser and the agent', gateway: 'OpenClaw’s own door, inside the sandbox', sandbox: 'the container that the agent is locked in',
  record: 'what the agent and its model said', patrol: 'reads the record, raises flags', police: 'investigates flags, writes cases',
};
let view = null;

/** All parts, as far as they are known: {state, detail, fix, …}. */
export function parts() {
  const told = store.status || {};
  const unknown = { state: 'off', detail: 'not known', fix: null };
  const all = Object.fromEntries(Object.keys(TITLES).map((name) => [name, { ...unknown, ...told[name] }]));
  if (store.link === 'open') {
    all.bridge = { ...all.bridge, state: 'ok' };
    const { up, why, retry } = store.gateway;
    const wait = Number.isFinite(retry) ? `, trying again in ${Math.max(0, Math.round(retry - (Date.now() - store.statusAt) / 1000))} s` : '';
    all.gateway = { ...all.gateway, state: up ? 'ok' : 'wait', detail: up ? 'connected' : `${why || 'not connected yet'}${wait}`, fix: up ? null : 'sentrix bridge-debug' };
  } else {
    const bridge = { down: ['fault', 'it does not answer', 'sentrix bridge'], stranger: ['fault', 'this browser’s pass has expired', 'sentrix-bridge link'], connecting: ['wait', 'connecting', null] }[store.link];
    all.bridge = { ...all.bridge, state: bridge[0], detail: bridge[1], fix: bridge[2] };
    for (const name of Object.keys(TITLES).slice(1)) all[name] = { ...all[name], state: 'off', detail: 'not known without the bridge', fix: null };
  }
  return all;
}

/** The element of this part. */
export function build() {
  const cards = h('div.cards');
  const news = h('div.news');
  view = { cards, news, element: h('section.status', h('div.bar', h('h1', 'Status')), h('div.page', cards, news)) };
  return view.element;
}

/** Comes into sight. */
export function show() {
  drawAll();
}

on('link gateway status flags cases', () => { if (view?.element.isConnected) drawAll(); });

function drawAll() {
  const all = parts();
  fill(view.cards, Object.entries(TITLES).map(([name, title]) => card(name, title, all[name])));
  const latest = [...store.flags].sort((a, b) => String(b.timestamp).localeCompare(String(a.timestamp))).slice(0, 6);
  fill(view.news, h('h2', 'Latest flags'), latest.length
    ? latest.map((flag) => h('a.news-row', { href: `#/flags/${encodeURIComponent(flag.flag_id)}` }, severity(flag.severity), h('b', (flag.categories || []).map(words).join(', ')), h('span.what', mask(flag.referral_summary || '')), h('time', { title: moment(flag.timestamp) }, ago(flag.timestamp))))
    : h('p.dim', 'None.'));
}

function card(name, title, part) {
  const words_ = { ok: 'working', wait: 'waiting', off: 'off', fault: 'broken' };
  return h('article.card', { class: `is-${part.state}`, 'aria-label': title },
    h('header', h('i.dot', { 'aria-hidden': 'true' }), h('h2', title), h('span.tag', words_[part.state] || part.state)),
    h('p.dim.small-text', WHAT[name]),
    h('p.said', part.detail),
    part.fix ? h('p', command(part.fix)) : null,
    facts(more(name, part)));
}

function more(name, part) {
  switch (name) {
    case 'bridge': return [['Version', part.version], ['Up for', Number.isFinite(part.uptime_s) ? span(part.uptime_s) : ''], ['Browsers', part.browsers]];
    case 'sandbox': return [['Id', part.id ? h('code', part.id.slice(0, 12)) : ''], ['Image', part.image], ['Network', part.network], ['Started', part.started_at ? ago(part.started_at) : ''], ['Ends', part.deadline ? ago(part.deadline) : '']];
    case 'record': return [['Folder', part.dir ? h('code', part.dir) : ''], ['Files', part.files ? `${count(part.files)}, ${bytes(part.bytes)}` : ''], ['Last event', part.last_ts ? ago(part.last_ts) : '']];
    case 'patrol': return [['Flags', part.flags === undefined ? '' : count(part.flags)], ['Investigated from', part.escalation ? words(part.escalation) : ''], ['Reviewed', Object.entries(part.reviewed || {}).map(([status, number]) => `${status.toLowerCase()} ${count(number)}`).join(', ')]];
    case 'police': return [['Cases', part.cases === undefined ? '' : count(part.cases)]];
    default: return [];
  }
}

/** Keys of this part. */
export function key() {
  return false;
}
