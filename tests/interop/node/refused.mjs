// What the vendors' packages for Node make of a request that the policy refuses, plain and streamed.
import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";
import { planted, report } from "./planted.mjs";

const messages = [{ role: "user", content: `Charge ${planted.CARD} please` }];
const openai = new OpenAI();
const anthropic = new Anthropic();

async function refusal(call, kind) {
  try {
    await call();
  } catch (error) {
    if (!(error instanceof kind)) throw error;
    const { status, message: says, code, requestID: request_id } = error;
    return { class: error.constructor.name, status, says, code, request_id };
  }
  throw new Error("not refused");
}

report({
  chat: await refusal(() => openai.chat.completions.create({ model: "m", messages }), OpenAI.BadRequestError),
  "chat stream": await refusal(
    () => openai.chat.completions.create({ model: "m", messages, stream: true }),
    OpenAI.BadRequestError,
  ),
  messages: await refusal(
    () => anthropic.messages.create({ model: "m", max_tokens: 9, messages }),
    Anthropic.BadRequestError,
  ),
});
