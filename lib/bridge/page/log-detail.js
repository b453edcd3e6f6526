// One row of the log, whole.

import { copier, facts, h, severity } from './dom.js';
import { bytes, count, moment } from './format.js';
import { flagsOf } from './log-flags.js';
import { isSecret, mask } from './mask.js';
import { KINDS } from './rows.js';

const LONGEST = 200_000;

/** The elements that show a row. */
export function detail(row, close, only) {
  const flags = flagsOf(row);
  const end = row.end || row.recorded;
  const json = JSON.stringify(row.end ? row.end.event : row.recorded.event, null, 2);
  return [
    h('header', h('h2', h(`span.kind.kind-${row.kind}`, KINDS[row.kind]), row.name ? h('code', row.name) : null), h('span.spring'),
      h('button.quiet.small', { type: 'button', onclick: close, title: 'Close (Esc)' }, 'Close')),
    flags.map((flag) => h('a.evidence-flag', { href: `#/flags/${encodeURIComponent(flag.flag_id)}`, class: `edge-${flag.severity}` }, severity(flag.severity), ' ', flag.referral_summary || 'flagged')),
    secretive(row.kind === 'call' ? pretty(row.text) : row.text, row.kind === 'call' || row.kind === 'result' || row.kind === 'other'),
    facts([
      ['Time', moment(row.at)],
      ['Run', row.run ? h('span', h('code', row.run), ' ', h('button.quiet.small', { type: 'button', onclick: () => only(row.run) }, 'Only this run')) : ''],
      ['Recorded by', row.source === 'tap' ? 'the tap, outside the sandbox' : row.kind === 'gap' ? 'the collector' : 'the raw stream, inside the sandbox'],
      ['Place', h('span', h('code', row.file), `, bytes ${count(end.start)} to ${count(end.end)}`)],
      ['Size', `${bytes(new Blob([row.text]).size)}${row.parts > 1 ? ` in ${count(row.parts)} parts` : ''}`],
    ]),
    h('details', h('summary', 'The event as recorded'), secretive(json, true)),
  ];
}

function secretive(whole, mono) {
  const text = whole.length > LONGEST ? `${whole.slice(0, LONGEST)}\n… ${count(whole.length - LONGEST)} more characters; Copy takes them all.` : whole;
  const hidden = isSecret(text);
  const body = h(`div.pre${mono ? '.mono' : ''}`, mask(text));
  let shown = false;
  const reveal = h('button.small', { type: 'button', 'aria-pressed': 'false', onclick: () => {
    shown = !shown;
    body.textContent = shown ? text : mask(text);
    reveal.textContent = shown ? 'Hide secrets' : 'Show secrets';
    reveal.setAttribute('aria-pressed', String(shown));
  } }, 'Show secrets');
  return h('div.whole', h('div.whole-bar', hidden ? reveal : null, h('span.spring'), copier(() => (shown || !hidden ? whole : mask(whole)))), body);
}

function pretty(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
