// OpenAI chat completions: POST …/chat/completions
import { summarise, textOf, tokens } from '../conversation.mjs';
import { chunks } from '../scenario.mjs';

export const name = 'openai-completions';
export const accepts = (path) => path.endsWith('/chat/completions');

export function read(body) {
  const messages = body.messages ?? [];
  const isSystem = (message) => message.role === 'system' || message.role === 'developer';
  return summarise({
    model: body.model,
    stream: body.stream,
    system: messages.filter(isSystem).map((message) => textOf(message.content)).join('\n'),
    entries: messages.filter((message) => !isSystem(message)).map((message) => ({ role: message.role, text: textOf(message.content) })),
  });
}

const call = (toolCall, index, id) => ({
  index,
  id: `call_${id}_${index}`,
  type: 'function',
  function: { name: toolCall.name, arguments: JSON.stringify(toolCall.arguments ?? {}) },
});
const finish = (reply) => (reply.toolCalls.length ? 'tool_calls' : 'stop');

function usage(request, reply) {
  const prompt = tokens(request.system, request.user, request.toolResult);
  const completion = tokens(reply.thinking, reply.text);
  return { prompt_tokens: prompt, completion_tokens: completion, total_tokens: prompt + completion };
}

export function whole(id, request, reply) {
  const message = { role: 'assistant', content: reply.text };
  if (reply.thinking) message.reasoning_content = reply.thinking;
  if (reply.toolCalls.length) message.tool_calls = reply.toolCalls.map((toolCall, index) => call(toolCall, index, id));
  return {
    id: `chatcmpl-${id}`,
    object: 'chat.completion',
    created: Math.floor(Date.now() / 1000),
    model: request.model,
    choices: [{ index: 0, message, finish_reason: finish(reply) }],
    usage: usage(request, reply),
  };
}

export function* events(id, request, reply) {
  const base = { id: `chatcmpl-${id}`, object: 'chat.completion.chunk', created: Math.floor(Date.now() / 1000), model: request.model };
  const frame = (delta, reason = null) => `data: ${JSON.stringify({ ...base, choices: [{ index: 0, delta, finish_reason: reason }] })}\n\n`;
  yield frame({ role: 'assistant', content: '' });
  for (const chunk of chunks(reply.thinking, reply)) yield frame({ reasoning_content: chunk });
  for (const chunk of chunks(reply.text, reply)) yield frame({ content: chunk });
  for (const [index, toolCall] of reply.toolCalls.entries()) yield frame({ tool_calls: [call(toolCall, index, id)] });
  yield frame({}, finish(reply));
  yield `data: ${JSON.stringify({ ...base, choices: [], usage: usage(request, reply) })}\n\n`;
  yield 'data: [DONE]\n\n';
}
