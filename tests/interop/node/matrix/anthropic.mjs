// The `@anthropic-ai/sdk` package.
import Anthropic from "@anthropic-ai/sdk";
import { asking, definition, planted } from "./common.mjs";

const client = new Anthropic();
const common = { model: "claude-test", max_tokens: 500 };
const said = { messages: [{ role: "user", content: planted.PROMPT }], system: planted.SYSTEM };
const tools = [{ name: definition.name, description: definition.description, input_schema: definition.parameters }];

async function streamed(options) {
  const stream = client.messages.stream({ ...common, ...options });
  let text = "";
  stream.on("text", (delta) => (text += delta));
  return { final: await stream.finalMessage(), text };
}

function history(called) {
  const content = called.content.map(({ type, id, name, input }) => ({ type, id, name, input }));
  const result = { type: "tool_result", tool_use_id: content[0].id, content: planted.TOOL_RESULT };
  return [...asking, { role: "assistant", content }, { role: "user", content: [result] }];
}

export const messages = {
  plain: () => client.messages.create({ ...common, ...said }),
  stream: () => streamed(said),
  async tools() {
    const called = await client.messages.create({ ...common, messages: asking, tools });
    return { called, after: await client.messages.create({ ...common, messages: history(called), tools }) };
  },
  async stream_tools() {
    const called = await streamed({ messages: asking, tools });
    return { called, after: await streamed({ messages: history(called.final), tools }) };
  },
};
