// Vercel's `ai` with `@ai-sdk/openai`; a tool is run by the library itself, so that one call has two turns.
import { createOpenAI } from "@ai-sdk/openai";
import { generateText, jsonSchema, stepCountIs, streamText, tool } from "ai";
import { definition, planted } from "./common.mjs";

const openai = createOpenAI();

function conversation(model) {
  const inputs = [];
  const offered = tool({
    description: definition.description,
    inputSchema: jsonSchema(definition.parameters),
    execute: async (input) => {
      inputs.push(input);
      return planted.TOOL_RESULT;
    },
  });
  const said = { model, system: planted.SYSTEM, prompt: planted.PROMPT };
  const asked = { model, prompt: planted.QUOTED, tools: { [definition.name]: offered }, stopWhen: stepCountIs(3) };

  async function whole(options) {
    const { text, finishReason, usage } = await generateText(options);
    return { text, finishReason, usage, inputs: inputs.splice(0) };
  }

  async function streamed(options) {
    const result = streamText({ ...options, onError: ({ error }) => { throw error; } });
    let text = "";
    for await (const piece of result.textStream) text += piece;
    return { text, finishReason: await result.finishReason, usage: await result.usage, inputs: inputs.splice(0) };
  }

  return {
    plain: () => whole(said),
    stream: () => streamed(said),
    tools: () => whole(asked),
    stream_tools: () => streamed(asked),
  };
}

export const responses = conversation(openai.responses("gpt-5-mini"));
export const chat = conversation(openai.chat("gpt-4o-mini"));
