/**
 * OpenClaw's stream function with each of its requests held: the most that it may cost before it is sent, and what its
 * answer told afterwards.
 *
 * The request is seen as it goes out, after every other change to it. What doesn't fit is not sent.
 */

import { Usage } from "bursar";

/** The APIs of OpenClaw whose requests are read, by our names, with the paths that they are sent to. */
const APIS = {
  "openai-completions": { api: "chat", path: "/v1/chat/completions" },
  "openai-responses": { api: "responses", path: "/v1/responses" },
  "anthropic-messages": { api: "messages", path: "/v1/messages" },
};

/** Wraps a stream function; `purse()` is the open ledger, `agent` the agent that calls. */
export function held(stream, purse, agent) {
  return async (model, context, options) => {
    const known = APIS[model.api];
    if (known === undefined) throw new Error(`bursar can't hold calls of the API \`${model.api}\``);
    const tags = { ...(agent && { agent }), ...(options?.sessionId && { run: options.sessionId }) };
    let hold;
    const onPayload = async (payload, asked) => {
      const changed = await options?.onPayload?.(payload, asked);
      // A second request of the same call is held by itself; how the first one ended nobody told.
      hold?.unresolved();
      hold = await reserve(purse(), changed ?? payload, { ...known, host: hostOf(model), scope: tags });
      return changed;
    };
    try {
      const answer = await stream(model, context, { ...options, onPayload });
      answer.result().then(
        (message) => settle(hold, message),
        (error) => hold?.fail(error),
      );
      return answer;
    } catch (error) {
      hold?.fail(error);
      throw error;
    }
  };
}

async function reserve(purse, payload, options) {
  const decision = await purse.decideRequestLater(payload, options);
  if (decision.isAdmitted) return decision.hold;
  throw decision.error;
}

function hostOf({ baseUrl }) {
  return URL.canParse(baseUrl) ? new URL(baseUrl).host : "";
}

/** Books what a message says that it used; one that broke off doesn't say it. */
function settle(hold, { stopReason, usage }) {
  if (hold === undefined) return;
  const { input, output, cacheRead, cacheWrite, cacheWrite1h = 0 } = usage;
  const isTold = input + output + cacheRead + cacheWrite > 0;
  if (stopReason === "error" || stopReason === "aborted" || !isTold) return hold.unresolved();
  try {
    hold.settle(
      // OpenClaw's counts are apart from one another, as ours are.
      new Usage({
        inputUncached: input,
        cacheRead,
        cacheWrite5m: cacheWrite - cacheWrite1h,
        cacheWrite1h,
        output,
      }),
    );
  } catch {
    // Counts that can't be priced leave the hold, which becomes spend when it expires.
    hold.unresolved();
  }
}
