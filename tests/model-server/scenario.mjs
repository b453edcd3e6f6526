// What the scripted model says: a list of rules, the first that matches answers.
//
// {
//   "words_per_chunk": 4, "chunk_ms": 5,   or "chars_per_chunk": 8: a word or a piece of one at a time, as real models stream
//   "rules": [
//     { "name": "todo",                      shown in the log
//       "user": "what is left",              regular expression over the last user message (case-insensitive)
//       "system": "...", "model": "...",     likewise over the system prompt and the model's name
//       "steps": [ {REPLY}, {REPLY} ],       one reply for each round of tool calls since that message; the last one repeats
//       "fail": {FAILURE} }
//   ],
//   "default": {REPLY}
// }
//
// REPLY    { "thinking", "text", "json" (sent as text), "tool_calls": [{"name","arguments"}], "chunk_ms", "words_per_chunk", "chars_per_chunk", "delay_ms" }
// FAILURE  { "kind": "status" | "malformed" | "cut" | "stall" | "refuse", "status", "retry_after", "body",
//            "after" (chunks sent before cut or stall), "times" (only the first N requests that match) }
//
// In texts and arguments {{tool_result}} is the last tool result, {{user}} the last user message, {{1}}…{{9}} the groups of `user`.
import { readFileSync } from 'node:fs';

const DEFAULT_REPLY = { text: 'Done.' };
const TEMPLATE = /\{\{(tool_result|user|[1-9])\}\}/g;

export function load(path) {
  const scenario = JSON.parse(readFileSync(path, 'utf8'));
  const rules = (scenario.rules ?? []).map((rule, index) => compile(rule, index));
  return { ...scenario, rules };
}

function compile(rule, index) {
  const name = rule.name ?? `rule ${index + 1}`;
  const pattern = (source) => (source === undefined ? null : new RegExp(source, 'is'));
  const steps = rule.steps ?? [rule.reply ?? DEFAULT_REPLY];
  return { ...rule, name, steps, user: pattern(rule.user), system: pattern(rule.system), model: pattern(rule.model), matched: 0 };
}

// Returns { rule, reply, fail } for a request that a dialect has read.
export function answer(scenario, request) {
  for (const rule of scenario.rules) {
    const groups = matches(rule, request);
    if (!groups) continue;
    rule.matched += 1;
    const reply = rule.steps[Math.min(request.round, rule.steps.length - 1)];
    const fails = rule.fail && rule.matched <= (rule.fail.times ?? Infinity);
    return { rule: rule.name, reply: fill(scenario, reply, request, groups), fail: fails ? rule.fail : null };
  }
  return { rule: 'default', reply: fill(scenario, scenario.default ?? DEFAULT_REPLY, request, []), fail: null };
}

function matches(rule, request) {
  if (rule.system && !rule.system.test(request.system)) return null;
  if (rule.model && !rule.model.test(request.model)) return null;
  return rule.user ? rule.user.exec(request.user) : [];
}

function fill(scenario, reply, request, groups) {
  const values = { tool_result: request.toolResult, user: request.user };
  const expand = (text) => text.replace(TEMPLATE, (_, key) => values[key] ?? groups[Number(key)] ?? '');
  const deep = (value) => {
    if (typeof value === 'string') return expand(value);
    if (Array.isArray(value)) return value.map(deep);
    if (value && typeof value === 'object') return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, deep(v)]));
    return value;
  };
  return {
    thinking: deep(reply.thinking ?? ''),
    text: reply.json === undefined ? deep(reply.text ?? '') : JSON.stringify(deep(reply.json)),
    toolCalls: deep(reply.tool_calls ?? []),
    delayMs: reply.delay_ms ?? scenario.delay_ms ?? 0,
    chunkMs: reply.chunk_ms ?? scenario.chunk_ms ?? 0,
    wordsPerChunk: reply.words_per_chunk ?? scenario.words_per_chunk ?? 4,
    charsPerChunk: reply.chars_per_chunk ?? scenario.chars_per_chunk ?? 0,
  };
}

// Splits a text into chunks as the reply wants them; joined they give the text again.
export function chunks(text, { wordsPerChunk, charsPerChunk }) {
  if (charsPerChunk) return text.match(new RegExp(`\\s*\\S{1,${charsPerChunk}}|\\s+$`, 'gu')) ?? [];
  const words = text.match(/\S+\s*|\s+/g) ?? [];
  const out = [];
  for (let i = 0; i < words.length; i += wordsPerChunk) out.push(words.slice(i, i + wordsPerChunk).join(''));
  return out;
}
