// From events of the record to rows of the log: the deltas of one thought are one row, an exchange with the model is several.

import { resultText } from './chat.js';
import { millis } from './format.js';

/** Kinds of rows, and what they are called. */
export const KINDS = {
  user: 'To the model', thinking: 'Thinking', text: 'Text', call: 'Tool call', result: 'Tool result', gap: 'Gap', other: 'Other',
};

let last = 0;

/** Makes rows of events that come in order. */
export class Rows {
  constructor() {
    /** Of each run, the rows that its next deltas belong to. */
    this.open = new Map();
    /** Of each file, the last event that was taken. */
    this.last = new Map();
  }

  /** The rows that are new, and those that have grown; an event that was taken before is passed over. */
  take(recorded) {
    if (recorded.start <= (this.last.get(recorded.file) ?? -1)) return { fresh: [], grown: [] };
    this.last.set(recorded.file, recorded.start);
    const event = recorded.event;
    if (event === null || typeof event !== 'object') return { fresh: [row(recorded, 'other', String(event))], grown: [] };
    switch (event.event) {
      case 'assistant_thinking_stream': return this.delta(recorded, 'thinking');
      case 'assistant_text_stream': return this.delta(recorded, 'text');
      case 'assistant_message_end': return this.end(recorded);
      case 'llm_exchange': return { fresh: exchange(recorded), grown: [] };
      case 'sentrix_gap': return { fresh: [row(recorded, 'gap', gap(event))], grown: [] };
      default: return { fresh: [row(recorded, 'other', rest(event))], grown: [] };
    }
  }

  delta(recorded, kind) {
    const { runId: run = '', delta, content } = recorded.event;
    const open = this.open.get(run) || {};
    const known = open[kind];
    const whole = typeof content === 'string' && content !== '' ? content : null;
    if (known) {
      known.text = whole && whole.length >= known.text.length ? whole : known.text + (typeof delta === 'string' ? delta : '');
      known.parts += 1;
      return { fresh: [], grown: [known] };
    }
    const fresh = row(recorded, kind, whole ?? (typeof delta === 'string' ? delta : ''));
    fresh.writing = true;
    this.open.set(run, { ...open, [kind]: fresh });
    if (this.open.size > 256) this.open.delete(this.open.keys().next().value);
    return { fresh: [fresh], grown: [] };
  }

  // The end of a message has its text in order: it is what the patrol judges, and what flags point to.
  end(recorded) {
    const { runId: run = '', rawText = '', rawThinking = '' } = recorded.event;
    const open = this.open.get(run) || {};
    this.open.delete(run);
    const [fresh, grown] = [[], []];
    for (const [kind, text] of [['thinking', rawThinking], ['text', rawText]]) {
      const known = open[kind];
      if (known) {
        if (typeof text === 'string' && text) known.text = text;
        Object.assign(known, { writing: false, end: recorded });
        grown.push(known);
      } else if (typeof text === 'string' && text) {
        const made = row(recorded, kind, text);
        made.end = recorded;
        fresh.push(made);
      }
    }
    if (!fresh.length && !grown.length) {
      const made = row(recorded, 'other', 'message without text');
      made.end = recorded;
      fresh.push(made);
    }
    return { fresh, grown };
  }
}

/** A row that stands for no event: something to be said in between. */
export function marker(text, recorded) {
  return { ...row({ ...recorded, event: {} }, 'gap', text), at: NaN, marks: true };
}

function row(recorded, kind, text, more = {}) {
  last += 1;
  const event = recorded.event || {};
  return {
    key: last, kind, text, file: recorded.file, start: recorded.start, recorded, parts: 1,
    at: millis(event.ts ?? event.timestamp), run: String(event.runId ?? event.run_id ?? more.run ?? ''), name: more.name || '', source: more.source || '',
    error: more.error === true,
  };
}

function exchange(recorded) {
  const { request, response, provider, model, status } = recorded.event;
  const more = { source: 'tap', run: recorded.event.id };
  const rows = [];
  for (const message of list(request?.messages)) {
    const role = String(message?.role || 'message');
    const content = typeof message?.content === 'string' ? message.content : resultText(message?.content ?? message?.text ?? '');
    const kind = role === 'tool' || role === 'toolResult' ? 'result' : 'user';
    for (const block of list(message?.content)) {
      if (block?.type === 'tool_result') rows.push(row(recorded, 'result', resultText(block.content ?? ''), { ...more, name: block.tool_use_id }));
    }
    const text = list(message?.content).every((block) => block?.type === 'tool_result') && list(message?.content).length ? '' : content;
    if (text) rows.push(row(recorded, kind, text, { ...more, name: role }));
  }
  for (const result of list(request?.tool_results)) {
    rows.push(row(recorded, 'result', resultText(result?.content ?? result), { ...more, name: result?.name || result?.id }));
  }
  if (response?.thinking) rows.push(row(recorded, 'thinking', String(response.thinking), more));
  if (response?.text) rows.push(row(recorded, 'text', String(response.text), more));
  for (const call of list(response?.tool_calls)) {
    const args = call?.arguments ?? call?.input ?? {};
    rows.push(row(recorded, 'call', typeof args === 'string' ? args : JSON.stringify(args), { ...more, name: call?.name }));
  }
  if (!rows.length || Number(status) >= 400) {
    const why = recorded.event.error || response?.error;
    const words = `${provider || 'model'} ${model || ''} answered ${status ?? 'nothing'}${why ? `: ${typeof why === 'string' ? why : JSON.stringify(why)}` : ''}`;
    rows.push(row(recorded, 'other', words, { ...more, name: 'exchange', error: Number(status) >= 400 }));
  }
  return rows;
}

function list(value) {
  return Array.isArray(value) ? value : [];
}

function gap(event) {
  const size = event.source?.bytes ?? event.bytes;
  return `${event.detail || event.why || 'something is missing here'}${size ? ` (${size} bytes)` : ''}`;
}

function rest(event) {
  const { ts, timestamp, event: name, runId, ...others } = event;
  return `${name || 'event'} ${JSON.stringify(others)}`;
}
