// The `openai` package for Node: chat completions and Responses, with its helpers for streams.
import OpenAI from "openai";
import { asking, definition, messages, planted } from "./common.mjs";

const client = new OpenAI();
const model = "gpt-5-mini";
const chatTools = [{ type: "function", function: definition }];
const responseTools = [{ type: "function", strict: true, ...definition }];

async function chatStream(options) {
  const stream = client.chat.completions.stream({ model, ...options });
  let text = "";
  for await (const chunk of stream) text += chunk.choices[0]?.delta?.content ?? "";
  const { obfuscation, ...final } = await stream.finalChatCompletion(); // padding of the last event, which may be one more
  return { text, final };
}

async function responseStream(options) {
  const stream = client.responses.stream({ model, ...options });
  const deltas = {};
  for await (const event of stream)
    if (event.type.endsWith(".delta")) deltas[event.type] = (deltas[event.type] ?? "") + event.delta;
  return { deltas, final: await stream.finalResponse() };
}

function chatHistory(called) {
  const { content, tool_calls } = called.choices[0].message;
  const calls = tool_calls.map(({ id, type, function: { name, arguments: given } }) => ({ id, type, function: { name, arguments: given } }));
  const result = { role: "tool", tool_call_id: calls[0].id, content: planted.TOOL_RESULT };
  return [...asking, { role: "assistant", content, tool_calls: calls }, result];
}

function responseHistory(called) {
  const { id, type, call_id, name, arguments: given } = called.output[0];
  return [...asking, { id, type, call_id, name, arguments: given }, { type: "function_call_output", call_id, output: planted.TOOL_RESULT }];
}

export const chat = {
  plain: () => client.chat.completions.create({ model, messages }),
  stream: () => chatStream({ messages }),
  async tools() {
    const called = await client.chat.completions.create({ model, messages: asking, tools: chatTools });
    return { called, after: await client.chat.completions.create({ model, messages: chatHistory(called), tools: chatTools }) };
  },
  async stream_tools() {
    const called = await chatStream({ messages: asking, tools: chatTools });
    return { called, after: await chatStream({ messages: chatHistory(called.final), tools: chatTools }) };
  },
};

export const responses = {
  plain: () => client.responses.create({ model, input: planted.PROMPT, instructions: planted.SYSTEM }),
  stream: () => responseStream({ input: planted.PROMPT, instructions: planted.SYSTEM }),
  async tools() {
    const called = await client.responses.create({ model, input: asking, tools: responseTools });
    return { called, after: await client.responses.create({ model, input: responseHistory(called), tools: responseTools }) };
  },
  async stream_tools() {
    const called = await responseStream({ input: asking, tools: responseTools });
    return { called, after: await responseStream({ input: responseHistory(called.final), tools: responseTools }) };
  },
};
