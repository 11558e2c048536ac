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
    let status;
    const onResponse = (response, asked) => {
      status = response.status;
      return options?.onResponse?.(response, asked);
    };
    const onPayload = async (payload, asked) => {
      const changed = await options?.onPayload?.(payload, asked);
      // A second request of the same call is held by itself; how the first one ended nobody told.
      hold?.unresolved();
      hold = await reserve(purse(), changed ?? payload, { ...known, host: hostOf(model), scope: tags });
      return changed;
    };
    try {
      const answer = await stream(model, context, { ...options, onPayload, onResponse });
      answer.result().then(
        (message) => hold && end(hold, message, status),
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

/** Ends a hold by the message that its call gave, and the status of the answer where OpenClaw told it. */
function end(hold, { stopReason, errorMessage, usage }, status) {
  if (stopReason === "aborted") return hold.unresolved();
  // The status of a request that was turned away may stand in front of its error alone.
  if (stopReason === "error") return hold.fail({ status: status ?? Number.parseInt(errorMessage, 10) });
  settle(hold, usage);
}

/** Books what an answer used; one that doesn't say it leaves its hold, which becomes spend when it expires. */
function settle(hold, { input, output, cacheRead, cacheWrite, cacheWrite1h = 0 }) {
  if (input + output + cacheRead + cacheWrite === 0) return hold.unresolved();
  const cacheWrite5m = cacheWrite - cacheWrite1h;
  try {
    // OpenClaw's counts are apart from one another, as ours are.
    hold.settle(new Usage({ inputUncached: input, cacheRead, cacheWrite5m, cacheWrite1h, output }));
  } catch {
    hold.unresolved();
  }
}
