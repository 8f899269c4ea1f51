// What the conversations share: the texts, in the shape that most APIs took over from OpenAI.
import { planted } from "../planted.mjs";

export { planted };
export const messages = [
  { role: "system", content: planted.SYSTEM },
  { role: "user", content: planted.PROMPT },
];
export const asking = [{ role: "user", content: planted.QUOTED }];
export const definition = {
  name: planted.TOOL_NAME,
  description: planted.TOOL_DESCRIPTION,
  parameters: planted.PARAMETERS,
};
