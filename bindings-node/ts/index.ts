/** In-process cost control for AI agents. */

export { BursarError } from "./error.js";
export { parseMoney } from "./money.js";
