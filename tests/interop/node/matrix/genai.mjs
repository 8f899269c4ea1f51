// The `@google/genai` package.
import { GoogleGenAI } from "@google/genai";
import { definition, planted } from "./common.mjs";

const client = new GoogleGenAI({ apiKey: process.env.GEMINI_API_KEY });
const model = "gemini-2.5-flash";
const functions = [{ name: definition.name, description: definition.description, parametersJsonSchema: definition.parameters }];
const asking = [{ role: "user", parts: [{ text: planted.QUOTED }] }];
const config = { systemInstruction: planted.SYSTEM };
const tooled = { ...config, tools: [{ functionDeclarations: functions }] };

const read = ({ candidates, usageMetadata }) => ({ candidates, usageMetadata });

async function whole(contents, given) {
  return read(await client.models.generateContent({ model, contents, config: given }));
}

async function streamed(contents, given) {
  const joined = { text: "", calls: [], content: null };
  for await (const chunk of await client.models.generateContentStream({ model, contents, config: given })) {
    joined.content = chunk.candidates[0].content;
    for (const part of joined.content.parts) {
      joined.text += part.text ?? "";
      if (part.functionCall) joined.calls.push(part.functionCall);
    }
  }
  return joined;
}

function history(content) {
  const response = JSON.parse(planted.TOOL_RESULT);
  return [...asking, content, { role: "user", parts: [{ functionResponse: { name: definition.name, response } }] }];
}

const texts = ({ text, calls }) => ({ text, calls });

export const content = {
  plain: () => whole(planted.PROMPT, config),
  stream: async () => texts(await streamed(planted.PROMPT, config)),
  async tools() {
    const called = await whole(asking, tooled);
    return { called, after: await whole(history(called.candidates[0].content), tooled) };
  },
  async stream_tools() {
    const called = await streamed(asking, tooled);
    return { called: texts(called), after: texts(await streamed(history(called.content), tooled)) };
  },
};
