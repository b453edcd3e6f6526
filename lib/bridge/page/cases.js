// The cases: what the investigator concluded, with the facts, and as a file to keep.

import { command, copier, download, empty, facts, fill, h, severity } from './dom.js';
import { ago, moment, percent, words } from './format.js';
import { place } from './flags.js';
import { markdown } from './markdown.js';
import { changed, on, store, unseen } from './store.js';
import { VirtualList } from './virtual.js';

let chosen = null;
let query = '';
let visible = [];
let view = null;

/** The element of this part. */
export function build() {
  const list = new VirtualList({ height: 52, label: 'Cases', draw, onselect: go, onopen: go });
  const search = h('input', { type: 'search', placeholder: 'Search', 'aria-label': 'Search the cases', oninput: () => { query = search.value.toLowerCase(); sift(); } });
  const all = h('button.quiet', { type: 'button', onclick: () => changed('see', store.cases.map((one) => one.investigation_id)) }, 'Mark all seen');
  const save = h('button', { type: 'button', onclick: () => download('sentrix-cases.json', 'application/json', `${JSON.stringify(store.cases, null, 2)}\n`) }, 'Export all');
  const side = h('article.detail', { 'aria-label': 'Case' });
  view = { list, all, save, side, element: h('section.cases', h('div.bar', h('h1', 'Cases'), search, h('span.spring'), all, save), h('div.split', h('div.split-list', list.element), side)) };
  sift();
  return view.element;
}

/** Comes into sight, with a case if one is named. */
export function show([id] = []) {
  chosen = id || null;
  view.element.classList.toggle('picked', Boolean(chosen));
  drawSide();
  const at = visible.findIndex((one) => one.investigation_id === chosen);
  if (at >= 0) view.list.select(at, { quiet: true });
  view.list.request();
}

function go(one) {
  const hash = `#/cases/${encodeURIComponent(one.investigation_id)}`;
  if (location.hash !== hash) location.hash = hash;
}

function sift() {
  visible = store.cases.filter((one) => !query || JSON.stringify(one).toLowerCase().includes(query));
  if (!view) return;
  view.list.selected = visible.findIndex((one) => one.investigation_id === chosen);
  view.list.show(visible);
  view.all.hidden = !unseen('cases').length;
  view.save.hidden = !store.cases.length;
  drawSide();
}
on('cases flags', sift);
on('seen', () => { if (view) { view.list.request(); view.all.hidden = !unseen('cases').length; } });

function draw(one, index, selected) {
  const file = one.case_file;
  const seen = store.seen.has(one.investigation_id);
  return h('div.card-row', { class: `edge-${file.severity_score.toLowerCase()}${selected ? ' chosen' : ''}${seen ? '' : ' fresh'}` },
    h('div', severity(file.severity_score), h('b', words(file.crime_classification) || 'unclassified'), h('span.spring'), seen ? null : h('span.sr', 'not looked at'), h('time', { title: moment(one.concluded_at) }, ago(one.concluded_at))),
    h('div.dim', (file.verdict_summary || 'no conclusion was written').replace(/[*`#]+/g, '')));
}

function drawSide() {
  if (!view) return;
  const one = store.cases.find((other) => other.investigation_id === chosen);
  if (one) {
    fill(view.side, detail(one));
    if (view.element.isConnected) changed('see', [one.investigation_id]);
  } else if (chosen && store.cases.length) {
    fill(view.side, empty('No such case', 'It is not among the newest fifty, or belongs to another log directory.'));
  } else if (store.cases.length) {
    fill(view.side, empty('Choose a case', 'Its verdict, its facts and the records it rests on are shown here.'));
  } else {
    fill(view.side, empty('No cases', store.flags.length ? `${store.flags.length} flags wait for an investigation:` : 'There is no flag to investigate.', store.flags.length ? command('sentrix police') : null));
  }
}

function detail(one) {
  const file = one.case_file;
  const flag = store.flags.find((other) => other.flag_id === one.flag_id);
  const stem = `case-${one.investigation_id}`;
  return [
    h('header', h('h2', severity(file.severity_score), words(file.crime_classification) || 'unclassified'), h('span.spring'), h('a.button.small.back', { href: '#/cases' }, 'Back')),
    facts([
      ['Verdict', h('b', verdict(file))], ['Confidence', percent(file.confidence)], ['Concluded', `${moment(one.concluded_at)} (${ago(one.concluded_at)})`],
      ['Investigator', investigator(file)], ['Log file', one.source_file ? h('code', one.source_file) : ''], ['Case', h('span', h('code', one.investigation_id), ' ', copier(one.investigation_id))],
    ]),
    h('p.ways', flag ? [place(flag, flag.evidence[0]), h('a.button', { href: `#/flags/${encodeURIComponent(flag.flag_id)}` }, 'Open the flag')] : null,
      h('button', { type: 'button', onclick: () => download(`${stem}.json`, 'application/json', `${JSON.stringify(one, null, 2)}\n`) }, 'Export JSON'),
      h('button', { type: 'button', onclick: () => download(`${stem}.md`, 'text/markdown', asMarkdown(one, flag)) }, 'Export Markdown')),
    h('section', h('h3', 'Conclusion'), file.verdict_summary ? markdown(file.verdict_summary) : h('p.dim', 'None was written.')),
    h('section', h('h3', 'Facts'), file.case_facts ? markdown(file.case_facts) : h('p.dim', 'None was written.')),
    h('section', h('h3', `Records (${file.relevant_log_ids.length})`), file.relevant_log_ids.length ? h('ul.plain', file.relevant_log_ids.map((id) => h('li', record(one, id)))) : h('p.dim', 'None is named.')),
    flag?.votes.length ? h('section', h('h3', 'Votes on the flag'), flag.votes.map((vote) => h('div.vote', h('div', h('b', vote.source_agent || 'judge'), severity(vote.severity), h('span.dim', percent(vote.confidence))), vote.observation ? h('p', vote.observation) : null))) : null,
  ];
}

function record(one, id) {
  return one.source_file ? h('a', { href: `#/log/turn/${encodeURIComponent(one.source_file)}/${encodeURIComponent(id)}` }, h('code', id)) : h('code', id);
}

// What the investigator wrote as its verdict, and nothing that was guessed from its prose.
function verdict(file) {
  const stated = file.verdict ?? file.outcome ?? file.status;
  return typeof stated === 'string' && stated ? words(stated) : 'not stated as a field';
}

function investigator(file) {
  const stated = file.investigator ?? file.model;
  return typeof stated === 'string' ? stated : '';
}

function asMarkdown(one, flag) {
  const file = one.case_file;
  const fact = ([name, value]) => `- ${name}: ${value}`;
  const known = [
    ['Verdict', verdict(file)], ['Severity', file.severity_score], ['Classification', file.crime_classification], ['Confidence', percent(file.confidence)],
    ['Concluded', one.concluded_at], ['Log file', one.source_file], ['Flag', one.flag_id], ['Case', one.investigation_id],
  ].filter(([, value]) => value);
  const votes = (flag?.votes || []).map((vote) => `- ${vote.source_agent}: ${vote.severity}, ${percent(vote.confidence)}. ${vote.observation || ''}`);
  const parts = [`# Case ${one.investigation_id}`, known.map(fact).join('\n'), '## Conclusion', file.verdict_summary || 'None was written.', '## Facts', file.case_facts || 'None was written.',
    '## Records', file.relevant_log_ids.map((id) => `- \`${id}\``).join('\n') || 'None is named.'];
  if (votes.length) parts.push('## Votes', votes.join('\n'));
  return `${parts.join('\n\n')}\n`;
}

/** Keys of this part. */
export function key(name) {
  if (name === '/') view.element.querySelector('input').focus();
  else if (name === 'j' || name === 'k') view.list.move(name === 'j' ? 1 : -1);
  else if (name === 'n') { const next = visible.find((one) => !store.seen.has(one.investigation_id)); if (next) go(next); }
  else if (name === 'Escape') location.hash = '#/cases';
  else return false;
  return true;
}
