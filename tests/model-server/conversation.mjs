// The part of a request that rules match on, the same for every dialect.

// OpenClaw adds a message of its own after the person's; rules mean the person's.
const INTERNAL = '<<<BEGIN_OPENCLAW_INTERNAL_CONTEXT>>>';

// `entries`: the conversation as [{ role: 'user' | 'assistant' | 'tool', text }], in order.
export function summarise({ model, system, stream, entries }) {
  const spoken = entries.filter((entry) => !(entry.role === 'user' && entry.text.trimStart().startsWith(INTERNAL)));
  const last = spoken.findLastIndex((entry) => entry.role === 'user');
  const since = spoken.slice(last + 1);
  return {
    model: model ?? '',
    system: system ?? '',
    stream: Boolean(stream),
    user: last < 0 ? '' : spoken[last].text,
    toolResult: since.findLast((entry) => entry.role === 'tool')?.text ?? '',
    round: since.filter((entry) => entry.role === 'assistant').length,
  };
}

// Content is a string or a list of blocks that carry their text in one of a few places.
export function textOf(content) {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  return content.map((block) => (typeof block === 'string' ? block : (block?.text ?? textOf(block?.content)))).join('');
}

// Rough counts: one token a word.
export function tokens(...texts) {
  return texts.reduce((sum, text) => sum + (text.match(/\S+/g)?.length ?? 0), 0);
}
