// The `openai` package for Node: plain, streamed, tools and Responses.
import OpenAI from "openai";
import { planted, report } from "./planted.mjs";

const client = new OpenAI();
const model = "gpt-5-mini";
const messages = [{ role: "system", content: planted.SYSTEM }, { role: "user", content: planted.PROMPT }];
const asking = [{ role: "user", content: planted.QUOTED }];
const definition = { name: planted.TOOL_NAME, description: planted.TOOL_DESCRIPTION, parameters: planted.PARAMETERS };
const tools = [{ type: "function", function: definition }];

async function text(options, headers) {
  let joined = "";
  for await (const chunk of await client.chat.completions.create({ model, messages, stream: true, ...options }, { headers }))
    joined += chunk.choices[0]?.delta?.content ?? "";
  return joined;
}

const called = await client.chat.completions.create({ model, messages: asking, tools });
const streamedCall = await client.chat.completions.stream({ model, messages: asking, tools }).finalChatCompletion();
const responseStream = client.responses.stream({ model, input: planted.PROMPT });
let deltas = "";
responseStream.on("response.output_text.delta", (event) => (deltas += event.delta));
const final = await responseStream.finalResponse();

report({
  plain: await client.chat.completions.create({ model, messages }),
  stream: await text({}),
  fragmented: await text({}, { "x-fake-script": planted.FRAGMENTED }),
  called: JSON.parse(called.choices[0].message.tool_calls[0].function.arguments),
  streamedCall: JSON.parse(streamedCall.choices[0].message.tool_calls[0].function.arguments),
  response: (await client.responses.create({ model, input: planted.PROMPT })).output_text,
  responseDeltas: deltas,
  responseFinal: final.output_text,
  embedding: (await client.embeddings.create({ model: "text-embedding-3-small", input: [planted.PROMPT] })).data,
});
