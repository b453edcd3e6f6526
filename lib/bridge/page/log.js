// The log as it is recorded: followed, paused, searched, and looked back into.

import { fill, h } from './dom.js';
import { bytes, clock, count, fileTime, moment, short } from './format.js';
import { detail } from './log-detail.js';
import { flagsOf } from './log-flags.js';
import { mask } from './mask.js';
import { KINDS, Rows, marker } from './rows.js';
import { ask } from './socket.js';
import { on, rank, store } from './store.js';
import { VirtualList } from './virtual.js';

const MOST = 200_000;
const PAGE = 1000;
const HELD = 50_000;
const ROW = 26;
/** Milliseconds after which what was not ended is not being written any more. */
const LIVELY = 60_000;

const filter = { kinds: new Set(Object.keys(KINDS)), query: '', pattern: null, run: '', flagged: false };
let rows = [];
let visible = [];
let maker = new Rows();
let before = null;
/** Where we look: the newest, or a place further back. */
let live = true;
let paused = false;
let follow = true;
let held = [];
let loading = false;
let tailed = false;
let fresh = 0;
let runs = new Map();
let view = null;

/** The element of this part. */
export function build() {
  const list = new VirtualList({ height: ROW, label: 'Events', draw, onselect: choose, onopen: (row) => open(row), onscroll: scrolled });
  const search = h('input', { type: 'search', placeholder: 'Search, or /pattern/', 'aria-label': 'Search the log', oninput: () => look(search.value) });
  const kinds = h('div.chips', { role: 'group', 'aria-label': 'Kinds' });
  const run = h('select', { 'aria-label': 'Run', onchange: () => { filter.run = run.value; sift(); } });
  const flagged = h('button.chip', { type: 'button', 'aria-pressed': 'false', onclick: () => { filter.flagged = !filter.flagged; sift(); drawBar(); } }, 'Flagged');
  const pause = h('button', { type: 'button', title: 'Pause or go on (p)', onclick: () => hold(!paused) }, 'Pause');
  const chase = h('button', { type: 'button', title: 'Stay at the newest (f)', onclick: () => chaseEnd(!follow) }, 'Follow');
  const files = h('select', { 'aria-label': 'Go to a log file', onfocus: listFiles, onchange: () => { if (files.value) location.hash = `#/log/${files.value}/0`; files.value = ''; } }, h('option', { value: '' }, 'Go to …'));
  const note = h('div.log-note', { role: 'status' });
  const jump = h('button.jump', { type: 'button', hidden: true, onclick: newest });
  const side = h('aside.detail', { 'aria-label': 'Event', hidden: true });
  const bar = h('div.bar', h('h1', 'Log'), search, kinds, flagged);
  const under = h('div.bar.under', note, h('span.spring'), run, files, chase, pause);
  const body = h('div.split', h('div.split-list', list.element, jump), side);
  view = { list, search, kinds, run, flagged, pause, chase, files, note, jump, side, element: h('section.log', bar, under, body) };
  drawBar();
  if (!tailed) tail();
  return view.element;
}

/** Comes into sight, at a place if one is given: FILE/START or turn/FILE/ID. */
export function show([first, second, third] = []) {
  if (first === 'turn' && second) seekTurn(second, third);
  else if (first) seek(first, Number(second) || 0);
  else if (live && follow) view.list.toEnd();
  view.list.request();
}

function look(text) {
  const pattern = /^\/(.+)\/([imsu]*)$/.exec(text);
  filter.query = text.toLowerCase();
  filter.pattern = null;
  view.search.setCustomValidity('');
  if (pattern) {
    try {
      filter.pattern = new RegExp(pattern[1], pattern[2]);
    } catch (error) {
      view.search.setCustomValidity(error.message);
    }
  }
  sift();
}

function matches(row) {
  if (!filter.kinds.has(row.kind)) return false;
  if (filter.run && row.run !== filter.run) return false;
  if (filter.flagged && !flagsOf(row).length) return false;
  if (filter.pattern) return filter.pattern.test(row.text) || filter.pattern.test(row.name);
  if (!filter.query || filter.query.startsWith('/')) return true;
  return row.text.toLowerCase().includes(filter.query) || row.name.toLowerCase().includes(filter.query) || row.run.startsWith(filter.query);
}

/** Applies the filter to all rows. */
function sift() {
  visible = rows.filter(matches);
  if (!view) return;
  view.list.selected = -1;
  view.list.show(visible);
  if (live && follow) view.list.toEnd();
  drawNote();
}

function add(events, source = maker) {
  const shown = [];
  let moved = false;
  for (const recorded of events) {
    const { fresh: made, grown } = source.take(recorded);
    for (const row of made) {
      rows.push(row);
      if (row.run) runs.set(row.run, row.at);
      if (matches(row)) {
        visible.push(row);
        shown.push(row);
      }
    }
    moved ||= grown.some((row) => matches(row) && !visible.includes(row, Math.max(0, visible.length - 500)));
  }
  if (moved) visible = rows.filter(matches);
  if (rows.length > MOST) trim();
  return shown.length;
}

function trim() {
  const dropped = rows.splice(0, rows.length - MOST * 0.9);
  before = { file: rows[0].file, start: rows[0].start };
  const last = dropped.at(-1).key;
  const gone = visible.findIndex((row) => row.key > last);
  visible.splice(0, gone < 0 ? visible.length : gone);
  if (view) {
    view.list.selected = -1;
    view.list.keepPlace(-(gone < 0 ? 0 : gone));
  }
}

async function tail() {
  tailed = true;
  loading = true;
  try {
    const page = await ask('log.tail', { limit: PAGE });
    const known = rows.length > 0;
    const joined = !known || page.events.some((one) => one.start <= (maker.last.get(one.file) ?? -1));
    if (!joined) rows.push(marker('Some events are left out here: they came while this page was away. Open to look at them.', page.events[0]));
    add(page.events);
    if (!known) before = page.before;
  } catch {
    tailed = false;
  }
  loading = false;
  const waiting = held.splice(0);
  if (!paused) waiting.forEach(append);
  else held = waiting;
  drawRuns();
  sift();
  // Deltas make few rows: enough of them to fill the list.
  for (let pages = 0; pages < 8 && before && rows.length < 150; pages += 1) await older();
  if (follow && live) view?.list.toEnd();
}

async function older() {
  if (loading || !before) return;
  loading = true;
  const from = before;
  try {
    const page = await ask('log.before', { ...from, limit: PAGE });
    before = page.before;
    const maker = new Rows();
    const made = page.events.flatMap((one) => maker.take(one).fresh);
    const joint = made.findLast((row) => row.writing);
    const next = joint && rows.find((row) => row.run === joint.run && row.kind === joint.kind);
    if (next && next.key !== joint.key && rows.indexOf(next) < 4) {
      // One thought over two pages.
      Object.assign(next, { text: next.end ? next.text : joint.text + next.text, start: joint.start, at: joint.at, parts: next.parts + joint.parts });
      made.splice(made.indexOf(joint), 1);
    }
    made.forEach((row) => row.run && !runs.has(row.run) && runs.set(row.run, row.at));
    rows = [...made, ...rows];
    const more = made.filter(matches);
    visible = [...more, ...visible];
    if (view) {
      if (view.list.selected >= 0) view.list.selected += more.length;
      view.list.rows = visible;
      view.list.keepPlace(more.length);
    }
  } catch {
    // Asked again at the next scroll.
  }
  loading = false;
  drawNote();
}

/** Looks at a place in the record. */
async function seek(file, start) {
  await place(file, start);
  const first = visible.findIndex((row) => row.file === file && (row.end?.start ?? row.start) >= start);
  // An event may be several rows: the one that is flagged is meant.
  const flagged = visible.findIndex((row, index) => index >= first && index < first + 12 && (row.end?.start === start || row.start >= start) && flagsOf(row).length);
  if (first >= 0) choosePlace(flagged >= first ? flagged : first);
}

async function place(file, start) {
  if (view?.place === `${file}:${start}` && !live) return true;
  let page;
  try {
    page = await ask('log.around', { file, start, limit: PAGE });
  } catch (error) {
    drawNote(error.message);
    return false;
  }
  if (page.missing) {
    drawNote(`The log file ${file} is not there any more: it was removed by retention, or is on another machine.`);
    return false;
  }
  [live, follow, rows, visible, maker, before, fresh] = [false, false, [], [], new Rows(), page.before, 0];
  view.place = `${file}:${start}`;
  // A filter must not hide what is looked for.
  Object.assign(filter, { query: '', pattern: null, run: '', flagged: false });
  Object.keys(KINDS).forEach((kind) => filter.kinds.add(kind));
  view.search.value = '';
  add(page.events);
  drawBar();
  sift();
  return true;
}

function choosePlace(at) {
  view.list.center(at);
  view.list.selected = at;
  view.list.request();
  open(visible[at]);
  view.list.element.focus({ preventScroll: true });
}

async function seekTurn(file, id) {
  const flag = store.flags.find((one) => one.run_id_ts === id && one.evidence?.length);
  if (flag) return seek(flag.evidence[0].file, flag.evidence[0].start);
  if (!(await place(file, 0))) return null;
  for (let pages = 0; pages < 60; pages += 1) {
    const at = visible.findIndex((row) => row.end && `${row.end.event.runId}_${row.end.event.ts}` === id);
    if (at >= 0) return choosePlace(at);
    if (!(await later())) break;
  }
  return drawNote(`The turn ${id} was not found in ${file}.`);
}

/** More of what stands behind the last row; whether there was some. */
async function later() {
  const last = [...maker.last].at(-1);
  if (loading || !last) return false;
  loading = true;
  const rowsBefore = rows.length;
  try {
    let page = await ask('log.around', { file: last[0], start: last[1] + 1, limit: PAGE });
    if (!page.events.some((one) => one.file === last[0] && one.start > last[1])) {
      const { files } = await ask('log.files');
      const next = files[files.findIndex((one) => one.name === last[0]) + 1];
      if (next) page = { events: (await ask('log.around', { file: next.name, start: 0, limit: PAGE })).events.filter((one) => one.file === next.name) };
    }
    add(page.events.filter((one) => one.file !== last[0] || one.start > last[1]));
  } catch {
    // Asked again at the next scroll.
  }
  loading = false;
  view.list.show(visible);
  drawNote();
  return rows.length > rowsBefore;
}

/** Back to the newest. */
async function newest() {
  if (!live) {
    [live, follow, rows, visible, maker, before, held] = [true, true, [], [], new Rows(), null, []];
    view.place = null;
    if (location.hash !== '#/log') history.replaceState(null, '', '#/log');
    await tail();
  }
  if (paused) hold(false);
  chaseEnd(true);
}

function append({ events = [], skipped = 0 }) {
  if (skipped && events.length) rows.push(marker(`${count(skipped)} events are left out here: they came too fast to be shown. Open to look at them.`, events[0]));
  fresh += add(events);
}

on('frame:log.events', ({ payload }) => {
  if (!tailed || !live) return;
  if (paused || loading) {
    if (held.length < HELD) held.push(payload);
  } else {
    append(payload);
    if (view?.element.isConnected) arrived();
  }
  if (paused) drawNote();
});

function arrived() {
  view.list.show(visible);
  if (follow) {
    fresh = 0;
    view.list.toEnd();
  }
  drawNote();
  drawRuns();
}

on('open', () => { if (view && live) tail(); });
on('flags', () => view?.list.request());

function hold(want) {
  paused = want;
  if (!paused) {
    held.splice(0).forEach(append);
    arrived();
  }
  drawBar();
  drawNote();
}

function chaseEnd(want) {
  follow = want;
  if (follow) {
    fresh = 0;
    view.list.toEnd();
  }
  drawBar();
  drawNote();
}

function scrolled() {
  const { list } = view;
  if (list.element.scrollTop < ROW * 20 && before) older();
  const end = list.isAtEnd();
  if (!live && end) later();
  if (live && follow !== end && list.total() > list.element.clientHeight) {
    follow = end;
    if (end) fresh = 0;
    drawBar();
  }
  drawNote();
}

async function listFiles() {
  try {
    const { files } = await ask('log.files');
    fill(view.files, h('option', { value: '' }, 'Go to …'), [...files].reverse().slice(0, 500).map((one) => h('option', { value: one.name }, `${moment(fileTime(one.name))}${one.name.includes('-tap') ? ', tap' : ''} (${bytes(one.bytes)})`)));
  } catch {
    // The list stays as it was.
  }
}

function drawRuns() {
  if (!view || runs.size === view.runs) return;
  view.runs = runs.size;
  const newestFirst = [...runs].slice(-200).reverse();
  fill(view.run, h('option', { value: '' }, 'All runs'), newestFirst.map(([run, at]) => h('option', { value: run }, `${short(run)}, ${clock(at)}`)));
  view.run.value = filter.run;
}

function drawBar() {
  if (!view) return;
  fill(view.kinds, Object.entries(KINDS).map(([kind, name]) => h('button.chip', {
    type: 'button', 'aria-pressed': String(filter.kinds.has(kind)), class: `kind-${kind}`,
    title: 'Double-click shows this kind alone',
    onclick: () => toggle(kind), ondblclick: () => { filter.kinds = new Set([kind]); sift(); drawBar(); },
  }, name)));
  view.flagged.setAttribute('aria-pressed', String(filter.flagged));
  view.pause.textContent = paused ? 'Go on' : 'Pause';
  view.pause.setAttribute('aria-pressed', String(paused));
  view.chase.setAttribute('aria-pressed', String(follow && live));
  view.chase.disabled = !live;
  view.run.value = filter.run;
}

function toggle(kind) {
  if (filter.kinds.has(kind)) filter.kinds.delete(kind);
  else filter.kinds.add(kind);
  sift();
  drawBar();
}

function drawNote(words) {
  if (!view) return;
  const waiting = held.reduce((sum, one) => sum + (one.events?.length || 0) + (one.skipped || 0), 0);
  const sum = visible.length === rows.length ? `${count(rows.length)} rows` : `${count(visible.length)} of ${count(rows.length)} rows`;
  const state = !live ? 'an older place' : paused ? `paused, ${count(waiting)} events wait` : follow ? 'following' : 'not following';
  fill(view.note, words ? h('b', words) : null, words ? ' ' : null, rows.length || words ? `${sum}, ${state}${before ? '; older ones are read as you scroll' : rows.length ? '; this is the beginning' : ''}.` : 'Nothing was recorded yet. What the agent does appears here as it is recorded.');
  const hidden = live && follow && !paused;
  view.jump.hidden = hidden || !rows.length;
  view.jump.textContent = !live ? 'Back to the newest' : fresh || waiting ? `${count(fresh + waiting)} new, jump to them` : 'Jump to the newest';
}

function draw(row, index, selected) {
  const flags = flagsOf(row);
  const worst = flags.reduce((most, flag) => (rank(flag.severity) > rank(most) ? flag.severity : most), 'clean');
  return h('div.row', { class: `kind-${row.kind}${selected ? ' chosen' : ''}${flags.length ? ` edge-${worst}` : ''}${row.error ? ' bad' : ''}` },
    h('time', clock(row.at)), h('span.kind', KINDS[row.kind]),
    h('span.who', row.name ? row.name : short(row.run)),
    h('span.what', snippet(row)), row.writing && Date.now() - row.at < LIVELY ? h('i.spin', { title: 'Being written' }) : null,
    flags.length ? h('span.mark', { title: `${flags.length} flags` }, '⚑') : null);
}

function snippet(row) {
  if (row.snip?.length !== row.text.length) row.snip = { length: row.text.length, text: mask(row.text.slice(0, 500)).replace(/\s+/g, ' ').slice(0, 320) };
  return row.snip.text;
}

function choose(row) {
  if (!view.side.hidden) open(row);
}

function open(row) {
  if (row.marks) {
    location.hash = `#/log/${row.file}/${row.start}`;
    return;
  }
  view.side.hidden = false;
  fill(view.side, detail(row, close, (run) => { filter.run = filter.run === run ? '' : run; sift(); drawBar(); }));
  view.side.scrollTop = 0;
}

function close() {
  view.side.hidden = true;
  view.list.element.focus({ preventScroll: true });
}

/** Keys of this part. */
export function key(name) {
  if (name === '/') view.search.focus();
  else if (name === 'p') hold(!paused);
  else if (name === 'f') (live ? chaseEnd(!follow) : newest());
  else if (name === 'j' || name === 'k') view.list.move(name === 'j' ? 1 : -1);
  else if (name === 'Enter' && view.list.selected >= 0) open(visible[view.list.selected]);
  else if (name === 'Escape') close();
  else return false;
  return true;
}

