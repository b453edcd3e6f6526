// Which flags belong to a row of the log: by the bytes of their evidence, or, where they have none, by their turn's name.

import { on, store } from './store.js';

const PARTS = ['text', 'thinking'];
let turns = new Map();
let files = new Map();

function index() {
  [turns, files] = [new Map(), new Map()];
  for (const flag of store.flags) {
    const evidence = (flag.evidence || []).filter((one) => one && typeof one === 'object');
    if (!evidence.length && flag.run_id_ts) turns.set(flag.run_id_ts, [...(turns.get(flag.run_id_ts) || []), flag]);
    for (const one of evidence) files.set(one.file, [...(files.get(one.file) || []), { ...one, flag }]);
  }
}
on('flags', index);

/** The flags on a row. */
export function flagsOf(row) {
  if (row.marks) return [];
  const event = row.end || row.recorded;
  const turn = turns.get(`${event.event?.runId}_${event.event?.ts}`) || [];
  // A run without an end was put together from its deltas: its evidence is all of them.
  const here = (one) => one.start === event.start || (row.start >= one.start && row.start < one.end);
  // A finding in the thinking is none in the text beside it.
  const meant = (one) => !PARTS.includes(one.field) || !PARTS.includes(row.kind) || one.field === row.kind;
  const found = (files.get(event.file) || []).filter((one) => here(one) && meant(one)).map((one) => one.flag);
  return [...new Set([...turn, ...found])];
}
