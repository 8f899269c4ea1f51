// The `@anthropic-ai/sdk` package: plain, streamed and tools.
import Anthropic from "@anthropic-ai/sdk";
import { planted, report } from "./planted.mjs";

const client = new Anthropic();
const common = { model: "claude-test", max_tokens: 2048 };
const messages = [{ role: "user", content: planted.PROMPT }];
const asking = [{ role: "user", content: planted.QUOTED }];
const tools = [{ name: planted.TOOL_NAME, description: planted.TOOL_DESCRIPTION, input_schema: planted.PARAMETERS }];

async function streamed(options, headers) {
  const stream = client.messages.stream({ ...common, ...options }, { headers });
  let text = "";
  stream.on("text", (delta) => (text += delta));
  return { final: await stream.finalMessage(), text };
}

report({
  plain: await client.messages.create({ ...common, messages, system: planted.SYSTEM }),
  called: await client.messages.create({ ...common, messages: asking, tools }),
  counted: await client.messages.countTokens({ model: common.model, messages }),
  stream: await streamed({ messages }),
  streamedCall: await streamed({ messages: asking, tools }),
  fragmented: await streamed({ messages: asking, tools }, { "x-fake-script": planted.FRAGMENTED }),
});
