/** Policies, as a program gives them. */

import type { PolicySource } from "./native.js";

/** A policy: the path of a TOML file, its text, or an object with the same keys. Amounts in it are text. */
export type Policy = string | Readonly<Record<string, unknown>>;

/** A policy as the addon takes it. */
export function sourceOf(policy: Policy | undefined): PolicySource {
  if (policy === undefined) return {};
  if (typeof policy === "string") {
    // A policy in TOML has at least one line with a table or a key in it; a path has neither.
    const isText = policy.includes("\n") || policy.includes("=") || policy.trimStart().startsWith("[");
    return isText || policy.trim() === "" ? { toml: policy } : { path: policy };
  }
  if (typeof policy !== "object" || policy === null) {
    throw new TypeError(
      `a policy is a path, TOML text or an object, not ${policy === null ? "null" : typeof policy}`,
    );
  }
  return { json: JSON.stringify(policy, plain) };
}

function plain(key: string, value: unknown): unknown {
  if (["string", "number", "boolean", "undefined", "object"].includes(typeof value)) return value;
  throw new TypeError(`a policy holds text, numbers, lists and objects, and \`${key}\` is a ${typeof value}`);
}
