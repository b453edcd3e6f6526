// The flags: what the patrol found, by how bad it is, with the votes and the evidence.

import { command, copier, empty, facts, fill, h, severity } from './dom.js';
import { ago, count, moment, percent, short, words } from './format.js';
import { mask } from './mask.js';
import { caseOf, changed, on, rank, store, unseen } from './store.js';
import { VirtualList } from './virtual.js';

const LEVELS = ['critical', 'high', 'medium', 'low'];
const filter = { levels: new Set(LEVELS), query: '', category: '', fresh: false, order: 'newest' };
let visible = [];
let chosen = null;
let view = null;

/** The element of this part. */
export function build() {
  const list = new VirtualList({ height: 52, label: 'Flags', draw, onselect: (flag) => go(flag), onopen: (flag) => go(flag) });
  const levels = h('div.chips', { role: 'group', 'aria-label': 'Severities' });
  const search = h('input', { type: 'search', placeholder: 'Search', 'aria-label': 'Search the flags', oninput: () => { filter.query = search.value.toLowerCase(); sift(); } });
  const category = h('select', { 'aria-label': 'Category', onchange: () => { filter.category = category.value; sift(); } });
  const order = h('select', { 'aria-label': 'Order', onchange: () => { filter.order = order.value; sift(); } }, h('option', { value: 'newest' }, 'Newest first'), h('option', { value: 'worst' }, 'Worst first'));
  const fresh = h('button.chip', { type: 'button', 'aria-pressed': 'false', onclick: () => { filter.fresh = !filter.fresh; sift(); } }, 'Not looked at');
  const all = h('button.quiet', { type: 'button', onclick: () => changed('see', store.flags.map((flag) => flag.flag_id)) }, 'Mark all seen');
  const side = h('article.detail', { 'aria-label': 'Flag' });
  const bar = h('div.bar', h('h1', 'Flags'), search, levels, category, fresh, h('span.spring'), order, all);
  view = { list, levels, category, fresh, side, all, element: h('section.flags', bar, h('div.split', h('div.split-list', list.element), side)) };
  sift();
  return view.element;
}

/** Comes into sight, with a flag if one is named. */
export function show([id] = []) {
  chosen = id || null;
  view.element.classList.toggle('picked', Boolean(chosen));
  drawSide();
  const at = visible.findIndex((flag) => flag.flag_id === chosen);
  if (at >= 0) view.list.select(at, { quiet: true });
  view.list.request();
}

function go(flag) {
  const hash = `#/flags/${encodeURIComponent(flag.flag_id)}`;
  if (location.hash !== hash) location.hash = hash;
}

function matches(flag) {
  if (!filter.levels.has(flag.severity) && LEVELS.includes(flag.severity)) return false;
  if (filter.category && !(flag.categories || []).includes(filter.category)) return false;
  if (filter.fresh && store.seen.has(flag.flag_id) && flag.flag_id !== chosen) return false;
  return !filter.query || text(flag).includes(filter.query);
}

function text(flag) {
  const evidence = (flag.evidence || []).map((one) => `${one?.rule} ${one?.label} ${one?.snippet}`);
  return [flag.referral_summary, flag.source_file, flag.run_id_ts, flag.flag_id, ...(flag.categories || []), ...(flag.pii_labels_union || []), ...evidence].join(' ').toLowerCase();
}

function sift() {
  const newest = (a, b) => String(b.timestamp).localeCompare(String(a.timestamp));
  const worst = (a, b) => rank(b.severity) - rank(a.severity) || newest(a, b);
  visible = store.flags.filter(matches).sort(filter.order === 'worst' ? worst : newest);
  if (!view) return;
  const at = visible.findIndex((flag) => flag.flag_id === chosen);
  view.list.selected = at;
  view.list.show(visible);
  drawBar();
  drawSide();
}
on('flags', sift);
on('seen', () => { if (view) { view.list.request(); drawBar(); } });
on('cases', () => { if (view) drawSide(); });

function drawBar() {
  fill(view.levels, LEVELS.map((level) => h('button.chip', {
    type: 'button', class: `sev-${level}`, 'aria-pressed': String(filter.levels.has(level)), onclick: () => { toggle(level); },
  }, level, ' ', h('b', count(store.flags.filter((flag) => flag.severity === level).length)))));
  const categories = [...new Set(store.flags.flatMap((flag) => flag.categories || []).filter((one) => typeof one === 'string'))].sort();
  fill(view.category, h('option', { value: '' }, 'All categories'), categories.map((name) => h('option', { value: name }, words(name))));
  view.category.value = filter.category;
  const news = unseen('flags').length;
  view.fresh.setAttribute('aria-pressed', String(filter.fresh));
  view.fresh.textContent = `Not looked at${news ? ` ${news}` : ''}`;
  view.all.hidden = !news;
}

function toggle(level) {
  if (filter.levels.has(level)) filter.levels.delete(level);
  else filter.levels.add(level);
  sift();
}

function draw(flag, index, selected) {
  const seen = store.seen.has(flag.flag_id);
  return h('div.card-row', { class: `edge-${flag.severity}${selected ? ' chosen' : ''}${seen ? '' : ' fresh'}` },
    h('div', severity(flag.severity), h('b', (flag.categories || []).map(words).join(', ') || 'uncategorised'), h('span.spring'), seen ? null : h('span.sr', 'not looked at'), h('time', { title: moment(flag.timestamp) }, ago(flag.timestamp))),
    h('div.dim', mask(flag.referral_summary || labels(flag) || 'no summary')));
}

function labels(flag) {
  return (flag.pii_labels_union || []).join(', ');
}

function drawSide() {
  if (!view) return;
  const flag = store.flags.find((one) => one.flag_id === chosen);
  if (flag) {
    fill(view.side, detail(flag));
    if (view.element.isConnected) changed('see', [flag.flag_id]);
  } else if (chosen && store.flags.length) {
    fill(view.side, empty('No such flag', 'It is not among the newest thousand, or belongs to another log directory.'));
  } else if (store.flags.length) {
    fill(view.side, empty('Choose a flag', 'Its votes, its evidence and the way to the turn are shown here.'));
  } else {
    fill(view.side, empty('No flags', store.patrolEnabled ? 'The patrol is on and has found nothing yet. A clean record is no proof of innocence.' : 'Nothing was found, or nobody has looked. A sweep over what was recorded:', store.patrolEnabled ? null : command('sentrix patrol')));
  }
}

function detail(flag) {
  const evidence = (flag.evidence || []).filter((one) => one && typeof one === 'object');
  const found = caseOf(flag);
  return [
    h('header', h('h2', severity(flag.severity), (flag.categories || []).map(words).join(', ') || 'uncategorised'), h('span.spring'), h('a.button.small.back', { href: '#/flags' }, 'Back')),
    h('p.lead', flag.referral_summary || 'No summary was written.'),
    h('p.ways', place(flag, evidence[0]), found ? h('a.button', { href: `#/cases/${encodeURIComponent(found.investigation_id)}` }, 'Open the case') : h('span.dim', 'Not investigated. ', command(`sentrix police investigate --flag-id ${flag.flag_id}`))),
    facts([
      ['Found', `${moment(flag.timestamp)} (${ago(flag.timestamp)})`], ['Confidence', percent(flag.consensus_confidence)],
      ['Labels', labels(flag)], ['Turn', flag.run_id_ts ? h('code', flag.run_id_ts) : ''], ['Log file', flag.source_file ? h('code', flag.source_file) : ''],
      ['Suspicion', Number.isFinite(flag.pheromone_level) ? flag.pheromone_level.toFixed(2) : ''], ['Flag', h('span', h('code', flag.flag_id), ' ', copier(flag.flag_id))],
    ]),
    evidence.length ? h('section', h('h3', `Evidence (${evidence.length})`), evidence.map(drawEvidence)) : null,
    h('section', h('h3', `Votes (${flag.votes.length})`), flag.votes.length ? flag.votes.map(vote) : h('p.dim', 'No vote is recorded.')),
  ];
}

/** The way to the turn of a flag. */
export function place(flag, evidence) {
  const href = evidence ? `#/log/${encodeURIComponent(evidence.file)}/${evidence.start}` : flag.source_file && flag.run_id_ts ? `#/log/turn/${encodeURIComponent(flag.source_file)}/${encodeURIComponent(flag.run_id_ts)}` : null;
  return href ? h('a.button.primary', { href }, 'Show in the log') : null;
}

function drawEvidence(one) {
  return h('div.evidence', h('div', h('b', one.label || one.rule || 'finding'), ' ', h('span.dim', words(one.category)), h('span.spring'), h('a', { href: `#/log/${encodeURIComponent(one.file)}/${one.start}` }, 'show')),
    one.snippet ? h('div.pre.mono', `${one.field ? `${one.field}: ` : ''}${mask(one.snippet)}`) : null,
    h('div.dim.small-text', h('code', one.rule || ''), one.version ? ` version ${one.version}` : '', `, ${one.file} bytes ${count(one.start)} to ${count(one.end)}`, one.blake3 ? `, blake3 ${short(one.blake3)}…` : ''));
}

function vote(one) {
  if (one === null || typeof one !== 'object') return null;
  return h('div.vote', h('div', h('b', one.source_agent || 'judge'), severity(one.severity), h('span.dim', percent(one.confidence)), h('span.spring'), h('span.dim', words(one.category))),
    one.observation ? h('p', mask(one.observation)) : null,
    one.pii_labels_detected?.length ? h('div.dim.small-text', one.pii_labels_detected.join(', ')) : null);
}

/** Keys of this part. */
export function key(name) {
  if (name === '/') view.element.querySelector('input').focus();
  else if (name === 'j' || name === 'k') view.list.move(name === 'j' ? 1 : -1);
  else if (name === 'n') { const next = visible.find((flag) => !store.seen.has(flag.flag_id)); if (next) go(next); }
  else if (name === 'Escape') location.hash = '#/flags';
  else return false;
  return true;
}
