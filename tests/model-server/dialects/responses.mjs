// OpenAI responses: POST …/responses
import { summarise, textOf, tokens } from '../conversation.mjs';
import { chunks } from '../scenario.mjs';

export const name = 'openai-responses';
export const accepts = (path) => path.endsWith('/responses');

export function read(body) {
  const input = typeof body.input === 'string' ? [{ role: 'user', content: body.input }] : (body.input ?? []);
  const isSystem = (item) => item.role === 'system' || item.role === 'developer';
  return summarise({
    model: body.model,
    stream: body.stream,
    system: [body.instructions ?? '', ...input.filter(isSystem).map((item) => textOf(item.content))].join('\n'),
    entries: merge(input.filter((item) => !isSystem(item)).flatMap(entriesOf)),
  });
}

function entriesOf(item) {
  if (item.type === 'function_call_output') return [{ role: 'tool', text: textOf(item.output) }];
  if (item.type === 'function_call' || item.type === 'reasoning') return [{ role: 'assistant', text: '' }];
  return [{ role: item.role, text: textOf(item.content) }];
}

// One answer comes back as several items (reasoning, message, calls): it counts as one round.
function merge(entries) {
  return entries.filter((entry, index) => entry.role !== 'assistant' || entries[index - 1]?.role !== 'assistant');
}

function output(id, reply) {
  const items = [];
  if (reply.thinking) items.push({ id: `rs_${id}`, type: 'reasoning', summary: [{ type: 'summary_text', text: reply.thinking }] });
  if (reply.text) {
    const part = { type: 'output_text', text: reply.text, annotations: [] };
    items.push({ id: `msg_${id}`, type: 'message', status: 'completed', role: 'assistant', content: [part] });
  }
  reply.toolCalls.forEach((toolCall, index) =>
    items.push({
      id: `fc_${id}_${index}`,
      type: 'function_call',
      status: 'completed',
      call_id: `call_${id}_${index}`,
      name: toolCall.name,
      arguments: JSON.stringify(toolCall.arguments ?? {}),
    }),
  );
  return items;
}

export function whole(id, request, reply) {
  const input_tokens = tokens(request.system, request.user, request.toolResult);
  const output_tokens = tokens(reply.thinking, reply.text);
  return {
    id: `resp_${id}`,
    object: 'response',
    created_at: Math.floor(Date.now() / 1000),
    status: 'completed',
    model: request.model,
    output: output(id, reply),
    usage: { input_tokens, output_tokens, total_tokens: input_tokens + output_tokens },
  };
}

const STARTED = {
  reasoning: { summary: [] },
  message: { status: 'in_progress', content: [] },
  function_call: { status: 'in_progress', arguments: '' },
};

function* parts(item, output_index, reply) {
  const place = { item_id: item.id, output_index };
  if (item.type === 'function_call') {
    yield { type: 'response.function_call_arguments.delta', ...place, delta: item.arguments };
    yield { type: 'response.function_call_arguments.done', ...place, arguments: item.arguments };
    return;
  }
  const reasoning = item.type === 'reasoning';
  const part = reasoning ? item.summary[0] : item.content[0];
  const at = { ...place, ...(reasoning ? { summary_index: 0 } : { content_index: 0 }) };
  const [added, done, text] = reasoning
    ? ['response.reasoning_summary_part.added', 'response.reasoning_summary_part.done', 'response.reasoning_summary_text']
    : ['response.content_part.added', 'response.content_part.done', 'response.output_text'];
  yield { type: added, ...at, part: { ...part, text: '' } };
  for (const delta of chunks(part.text, reply)) yield { type: `${text}.delta`, ...at, delta };
  yield { type: `${text}.done`, ...at, text: part.text };
  yield { type: done, ...at, part };
}

export function* events(id, request, reply) {
  let sequence_number = 0;
  const frame = ({ type, ...rest }) => `event: ${type}\ndata: ${JSON.stringify({ type, sequence_number: sequence_number++, ...rest })}\n\n`;
  const response = whole(id, request, reply);
  yield frame({ type: 'response.created', response: { ...response, status: 'in_progress', output: [], usage: null } });
  for (const [output_index, item] of response.output.entries()) {
    yield frame({ type: 'response.output_item.added', output_index, item: { ...item, ...STARTED[item.type] } });
    for (const event of parts(item, output_index, reply)) yield frame(event);
    yield frame({ type: 'response.output_item.done', output_index, item });
  }
  yield frame({ type: 'response.completed', response });
}
