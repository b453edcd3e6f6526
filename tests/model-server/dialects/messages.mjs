// Anthropic messages: POST …/v1/messages
import { summarise, textOf, tokens } from '../conversation.mjs';
import { chunks } from '../scenario.mjs';

export const name = 'anthropic-messages';
export const accepts = (path) => path.endsWith('/v1/messages');

export function read(body) {
  return summarise({
    model: body.model,
    stream: body.stream,
    system: textOf(body.system),
    entries: (body.messages ?? []).flatMap(entriesOf),
  });
}

// Tool results travel in user messages; each block becomes an entry of its own.
function entriesOf(message) {
  if (message.role !== 'user') return [{ role: message.role, text: textOf(message.content) }];
  if (typeof message.content === 'string') return [{ role: 'user', text: message.content }];
  return (message.content ?? []).map((block) =>
    block.type === 'tool_result' ? { role: 'tool', text: textOf(block.content) } : { role: 'user', text: textOf([block]) },
  );
}

function content(id, reply) {
  const blocks = [];
  if (reply.thinking) blocks.push({ type: 'thinking', thinking: reply.thinking, signature: 'c2lnbmF0dXJl' });
  if (reply.text) blocks.push({ type: 'text', text: reply.text });
  reply.toolCalls.forEach((toolCall, index) =>
    blocks.push({ type: 'tool_use', id: `toolu_${id}_${index}`, name: toolCall.name, input: toolCall.arguments ?? {} }),
  );
  return blocks;
}

const stopReason = (reply) => (reply.toolCalls.length ? 'tool_use' : 'end_turn');
const inputTokens = (request) => tokens(request.system, request.user, request.toolResult);

export function whole(id, request, reply) {
  return {
    id: `msg_${id}`,
    type: 'message',
    role: 'assistant',
    model: request.model,
    content: content(id, reply),
    stop_reason: stopReason(reply),
    stop_sequence: null,
    usage: { input_tokens: inputTokens(request), output_tokens: tokens(reply.thinking, reply.text) },
  };
}

const EMPTY = { thinking: { thinking: '', signature: '' }, text: { text: '' }, tool_use: { input: {} } };

function* deltas(block, reply) {
  if (block.type === 'thinking') {
    for (const thinking of chunks(block.thinking, reply)) yield { type: 'thinking_delta', thinking };
    yield { type: 'signature_delta', signature: block.signature };
  } else if (block.type === 'text') {
    for (const text of chunks(block.text, reply)) yield { type: 'text_delta', text };
  } else {
    yield { type: 'input_json_delta', partial_json: JSON.stringify(block.input) };
  }
}

export function* events(id, request, reply) {
  const frame = (data) => `event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`;
  const start = { ...whole(id, request, reply), content: [], stop_reason: null };
  start.usage = { input_tokens: inputTokens(request), output_tokens: 1, cache_read_input_tokens: 0, cache_creation_input_tokens: 0 };
  yield frame({ type: 'message_start', message: start });
  for (const [index, block] of content(id, reply).entries()) {
    yield frame({ type: 'content_block_start', index, content_block: { ...block, ...EMPTY[block.type] } });
    for (const delta of deltas(block, reply)) yield frame({ type: 'content_block_delta', index, delta });
    yield frame({ type: 'content_block_stop', index });
  }
  const usage = { output_tokens: tokens(reply.thinking, reply.text) };
  yield frame({ type: 'message_delta', delta: { stop_reason: stopReason(reply), stop_sequence: null }, usage });
  yield frame({ type: 'message_stop' });
}
