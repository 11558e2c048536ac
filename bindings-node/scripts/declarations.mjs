// Writes the addon's declarations from what napi's macros say of its exports: one JSON object a line, in the order of
// the source. `ts/addon.d.ts` is the text that is checked in; `npm run types` renews it from the last build.

const HEAD = `/** The addon's exports: written by \`npm run types\` from its Rust side, and not by hand. */

import type {
  Answer,
  Answered,
  Clock,
  Decided,
  Metrics,
  Reader,
  Reading,
  Statement,
  Subscription,
} from "./opaque.js";
`;

/** The text of `addon.d.ts`. */
export function declarations(exported) {
  const lines = exported.split("\n").filter((line) => line !== "");
  return [HEAD, ...lines.map((line) => declaration(JSON.parse(line)))].join("\n");
}

function declaration({ kind, name, js_doc, def }) {
  if (kind === "fn") return `${js_doc}export declare ${def};\n`;
  if (kind !== "interface") throw new Error(`\`${name}\` is a ${kind}: say how it is declared`);
  const fields = def.split("\n").map((line) => (isComment(line) ? `  ${line}` : `  ${line};`));
  return `${js_doc}export interface ${name} {\n${fields.join("\n")}\n}\n`;
}

/** Whether a line is one of a comment, which may have several. */
function isComment(line) {
  return /^\s*(\/\*\*|\*)/.test(line);
}
