/** The addon, as its Rust side declares it. Private: users see the faces beside this file. */

import { createRequire } from "node:module";

/** What went wrong: the addon returns it, the face throws it. */
export interface Fault {
  readonly code: string;
  readonly message: string;
  readonly help: string;
}

interface Native {
  parseMoney(text: string): string | Fault;
}

export const native = createRequire(import.meta.url)("./bursar.node") as Native;
