/** Which wrapper a client gets: by what it has, so that no SDK is loaded for it. */

import type { HoldOptions } from "./attempt.js";
import { isBedrock, wrapBedrock } from "./integrations/bedrock.js";
import { isGoogle, wrapGoogle } from "./integrations/google_genai.js";
import { isFetching, wrapFetching } from "./integrations/openai_anthropic.js";
import type { Purse } from "./purse.js";

/** How a client is wrapped. */
export interface WrapOptions extends HoldOptions {}

/** Returns a client of the same type that asks the purse before every attempt. */
export function wrapClient<Client extends object>(
  purse: Purse,
  client: Client,
  options: WrapOptions,
): Client {
  return wrapped(purse, client, options) as Client;
}

function wrapped(purse: Purse, client: object, options: WrapOptions): object {
  if (typeof client === "object" && client !== null) {
    if (isFetching(client)) return wrapFetching(purse, client, options);
    if (isGoogle(client)) return wrapGoogle(purse, client, options);
    if (isBedrock(client)) return wrapBedrock(purse, client, options);
  }
  const name = (client as object | null)?.constructor?.name ?? typeof client;
  throw new TypeError(
    `a client of openai, @anthropic-ai/sdk, @google/genai or Bedrock can be wrapped, not ${name}: give \`purse.fetch()\` as its \`fetch\` option, or use \`reserve\` and \`settle\` around its calls`,
  );
}
