// The patrol: its sweeps, how far it is, what it costs. A sweep is a line of whatever shape; what is known of it is shown.

import { command, empty, fill, h } from './dom.js';
import { ago, count, moment, span, words } from './format.js';
import { millis } from './format.js';
import { on, store } from './store.js';

const NAMES = {
  at: ['finished_at', 'ended_at', 'timestamp', 'at', 'ts', 'started_at'],
  seconds: ['seconds', 'duration_s', 'wall_s', 'elapsed_s', 'wall'],
  ms: ['duration_ms', 'wall_ms', 'elapsed_ms', 'ms'],
  turns: ['turns', 'turns_reviewed', 'reviewed', 'judged'],
  pending: ['unreviewed', 'pending', 'turns_pending', 'left'],
  flags: ['flags', 'flagged', 'flags_raised', 'new_flags'],
  calls: ['calls', 'llm_calls', 'requests'],
  tokensIn: ['input_tokens', 'prompt_tokens', 'tokens_in'],
  tokensOut: ['output_tokens', 'completion_tokens', 'tokens_out'],
  cost: ['cost_usd', 'cost', 'usd'],
  judge: ['asked', 'judge', 'mode', 'judges', 'model'],
  errors: ['errors', 'failed', 'abstained', 'abstentions', 'failed_calls'],
};

let view = null;

/** The element of this part. */
export function build() {
  const page = h('div.page');
  view = { page, element: h('section.patrol', h('div.bar', h('h1', 'Patrol')), page) };
  drawAll();
  return view.element;
}

on('sweeps status flags', () => { if (view?.element.isConnected) drawAll(); });

/** Comes into sight. */
export function show() {
  drawAll();
}

// The first of these names that has a value, here or one level down.
function pick(sweep, names) {
  for (const place of [sweep, ...Object.values(sweep).filter((value) => value && typeof value === 'object' && !Array.isArray(value))]) {
    for (const name of names) {
      const value = place[name];
      if (Array.isArray(value)) return value.every((one) => typeof one === 'string') ? value.join(', ') : value.length;
      if (value !== undefined && value !== null && typeof value !== 'object') return value;
    }
  }
  return null;
}

/** A sweep as it is shown. */
export function read(sweep) {
  const known = Object.fromEntries(Object.entries(NAMES).map(([name, names]) => [name, pick(sweep, names)]));
  const number = (value) => (value === null || value === '' || !Number.isFinite(Number(value)) ? null : Number(value));
  const sum = (counts) => (counts && typeof counts === 'object' && !Array.isArray(counts) ? Object.values(counts).reduce((all, one) => all + (Number(one) || 0), 0) : null);
  const flags = sum(sweep.flags) ?? known.flags;
  const errors = sum(sweep.judges?.abstentions) ?? known.errors;
  return {
    at: millis(known.at), seconds: number(known.seconds) ?? (number(known.ms) === null ? null : number(known.ms) / 1000), turns: number(known.turns), pending: number(known.pending),
    flags: number(flags), calls: number(known.calls), tokens: known.tokensIn === null && known.tokensOut === null ? null : (number(known.tokensIn) || 0) + (number(known.tokensOut) || 0),
    cost: number(known.cost), judge: known.judge === null ? '' : String(known.judge), errors: number(errors), sweep,
  };
}

function drawAll() {
  const part = store.status?.patrol;
  const sweeps = store.sweeps.filter((one) => one && typeof one === 'object').map(read);
  const reviewed = Object.entries(part?.reviewed || {}).filter(([, number]) => number > 0);
  const sum = (name) => sweeps.reduce((all, one) => all + (one[name] || 0), 0);
  const last = sweeps.findLast((one) => Number.isFinite(one.at)) || sweeps.at(-1);
  const priced = sweeps.some((one) => one.cost !== null);
  fill(view.page,
    part && part.state !== 'ok' ? h('p.notice', `The patrol is not running: ${part.detail}. `, part.fix ? command(part.fix) : null) : null,
    h('div.tiles',
      tile('Turns reviewed', count(reviewed.reduce((all, [, number]) => all + number, 0)), reviewed.map(([status, number]) => `${status.toLowerCase()} ${count(number)}`).join(', ')),
      tile('Waiting for a verdict', Number.isFinite(last?.pending) ? count(last.pending) : 'not told', 'not reviewed is not clean'),
      tile('Flags', count(store.flags.length), store.escalation ? `investigated from: ${words(store.escalation)}` : 'escalation: medium and above'),
      tile('Last sweep', last && Number.isFinite(last.at) ? ago(last.at) : 'none told', last?.judge ? `by ${last.judge}` : ''),
      tile('Model calls', count(sum('calls')), sum('tokens') ? `${count(sum('tokens'))} tokens` : 'in the sweeps below'),
      tile('Cost', priced ? `$${sum('cost').toFixed(sum('cost') < 1 ? 4 : 2)}` : 'none told', sum('errors') ? `${count(sum('errors'))} votes failed` : '')),
    sweeps.length ? [timeline(sweeps), table(sweeps)] : empty('No sweep is recorded yet', 'Each sweep of the patrol leaves a line in patrol_sweeps.jsonl, and is shown here.', command('sentrix patrol')));
}

function tile(name, value, more) {
  return h('div.tile', h('span.dim', name), h('b', value), more ? h('span.dim.small-text', more) : null);
}

function timeline(sweeps) {
  const shown = sweeps.slice(-60);
  const most = Math.max(1, ...shown.map((one) => one.turns || 0));
  const bars = shown.map((one) => {
    const bar = h('i', { class: one.flags ? 'found' : one.errors || one.pending ? 'partly' : '', title: `${moment(one.at)}: ${one.turns ?? '?'} turns, ${one.flags ?? '?'} flags` });
    bar.style.height = `${Math.max(4, ((one.turns || 0) / most) * 100)}%`;
    return bar;
  });
  return h('figure.sweeps', { 'aria-label': 'Turns a sweep, the latest on the right' }, h('div.bars', bars), h('figcaption.dim', 'Turns of each sweep. Red: something was flagged. Yellow: something was left unreviewed.'));
}

function table(sweeps) {
  const cell = (value) => (value === null || value === undefined || value === '' || Number.isNaN(value) ? '–' : value);
  const row = (one) => h('tr', h('td', { title: JSON.stringify(one.sweep) }, moment(one.at)), h('td', cell(one.judge)), h('td.num', cell(one.turns)), h('td.num', cell(one.flags)), h('td.num', cell(one.pending)),
    h('td.num', cell(one.calls)), h('td.num', cell(one.tokens)), h('td.num', one.cost === null ? '–' : one.cost ? `$${one.cost.toFixed(4)}` : '$0'), h('td.num', one.seconds === null ? '–' : one.seconds < 10 ? `${one.seconds.toFixed(2)} s` : span(one.seconds)));
  return h('div.scroll', { tabIndex: 0 }, h('table.wide', h('thead', h('tr', ['Ended', 'Judge', 'Turns', 'Flags', 'Waiting', 'Calls', 'Tokens', 'Cost', 'Took'].map((name, index) => h(index > 1 ? 'th.num' : 'th', name)))),
    h('tbody', sweeps.slice(-100).reverse().map(row))));
}
