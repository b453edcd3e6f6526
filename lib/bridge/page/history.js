// The conversation as the gateway tells it, as messages of ours. Every shape is possible: what is not understood is left out.

import { millis } from './format.js';

/** Messages, oldest first. */
export function fromHistory(list) {
  const out = [];
  const calls = new Map();
  (Array.isArray(list) ? list : []).forEach((raw, index) => {
    if (raw === null || typeof raw !== 'object') return;
    const id = String(raw.__openclaw?.id || raw.id || `told-${index}`);
    const at = millis(raw.timestamp) || 0;
    const blocks = blocksOf(raw.content);
    if (raw.role === 'toolResult' || raw.role === 'tool') {
      const tool = calls.get(raw.toolCallId || raw.tool_call_id);
      if (tool) Object.assign(tool, { done: true, error: raw.isError === true, result: texts(blocks) });
      return;
    }
    if (raw.role === 'user') {
      out.push({ id, role: 'user', text: texts(blocks), at, state: 'done', tools: [] });
      return;
    }
    if (raw.role !== 'assistant') return;
    const tools = blocks.filter((block) => ['toolCall', 'tool_use'].includes(block.type))
      .map((block) => ({ call: block.id, name: block.name, args: block.arguments ?? block.input, done: false }));
    tools.forEach((tool) => calls.set(tool.call, tool));
    const thinking = blocks.filter((block) => block.type === 'thinking').map((block) => block.thinking || block.text || '').join('\n\n');
    const failed = raw.stopReason === 'error' && raw.errorMessage;
    const last = out.at(-1);
    const text = texts(blocks);
    // What stands between two messages of a person is one answer.
    if (last?.role === 'agent') {
      last.text = [last.text, text].filter(Boolean).join('\n\n');
      last.thinking = [last.thinking, thinking].filter(Boolean).join('\n\n');
      tools.forEach((tool) => { tool.at = last.text.length; });
      last.tools.push(...tools);
      if (failed) Object.assign(last, { state: 'failed', error: raw.errorMessage });
    } else {
      tools.forEach((tool) => { tool.at = text.length; });
      out.push({ id, role: 'agent', text, thinking, tools, at, state: failed ? 'failed' : raw.stopReason === 'aborted' ? 'stopped' : 'done', error: failed || '' });
    }
  });
  // A call whose result is not in the conversation has ended all the same.
  calls.forEach((tool) => { tool.done = true; });
  return out.filter((message) => message.text || message.thinking || message.tools.length || message.error);
}

function blocksOf(content) {
  if (typeof content === 'string') return [{ type: 'text', text: content }];
  return Array.isArray(content) ? content.filter((block) => block !== null && typeof block === 'object') : [];
}

function texts(blocks) {
  return blocks.filter((block) => block.type === 'text' && typeof block.text === 'string').map((block) => block.text).join('\n');
}
