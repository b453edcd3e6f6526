// Gemini: POST …/models/MODEL:generateContent and …/models/MODEL:streamGenerateContent?alt=sse
import { summarise, textOf, tokens } from '../conversation.mjs';
import { chunks } from '../scenario.mjs';

const PATH = /\/models\/([^/:]+):(generateContent|streamGenerateContent)$/;

export const name = 'google-generative-ai';
export const accepts = (path) => PATH.test(path);

export function read(body, path) {
  const [, model, method] = PATH.exec(path);
  return summarise({
    model,
    stream: method === 'streamGenerateContent',
    system: textOf(body.systemInstruction?.parts),
    entries: (body.contents ?? []).flatMap(entriesOf),
  });
}

function entriesOf({ role, parts = [] }) {
  if (role === 'model') return [{ role: 'assistant', text: textOf(parts) }];
  return parts.map((part) =>
    part.functionResponse
      ? { role: 'tool', text: resultText(part.functionResponse.response) }
      : { role: 'user', text: part.text ?? '' },
  );
}

function resultText(response) {
  const text = response?.output ?? response?.result ?? response;
  return typeof text === 'string' ? text : JSON.stringify(text);
}

const callPart = (toolCall) => ({ functionCall: { name: toolCall.name, args: toolCall.arguments ?? {} }, thoughtSignature: 'c2ln' });

function envelope(id, request, reply, parts, finishReason) {
  const promptTokenCount = tokens(request.system, request.user, request.toolResult);
  const candidatesTokenCount = tokens(reply.thinking, reply.text);
  return {
    candidates: [{ content: { role: 'model', parts }, index: 0, ...(finishReason ? { finishReason } : {}) }],
    usageMetadata: { promptTokenCount, candidatesTokenCount, totalTokenCount: promptTokenCount + candidatesTokenCount },
    modelVersion: request.model,
    responseId: `resp_${id}`,
  };
}

export function whole(id, request, reply) {
  const parts = [];
  if (reply.thinking) parts.push({ text: reply.thinking, thought: true });
  if (reply.text) parts.push({ text: reply.text });
  parts.push(...reply.toolCalls.map(callPart));
  return envelope(id, request, reply, parts, 'STOP');
}

export function* events(id, request, reply) {
  const frame = (part, finishReason) => `data: ${JSON.stringify(envelope(id, request, reply, [part], finishReason))}\r\n\r\n`;
  for (const text of chunks(reply.thinking, reply)) yield frame({ text, thought: true });
  for (const text of chunks(reply.text, reply)) yield frame({ text });
  for (const toolCall of reply.toolCalls) yield frame(callPart(toolCall));
  yield frame({ text: '' }, 'STOP');
}
