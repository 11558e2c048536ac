/** The addon, loaded. Private: users see the faces beside this file. */

import { join } from "node:path";

import type * as addon from "./addon.js";
import type { Answered, Decided as HoldOrRefusal } from "./opaque.js";

export type {
  Asked,
  BillRow,
  CallOptions as CallRow,
  ClientOptions as ClientRow,
  DecidedLater,
  Explained,
  ExportOptions as ExportRow,
  Fault,
  Happened as HappenedRow,
  Opening,
  PolicySource,
  PrintOptions as PrintRow,
  ReconcileOptions as ReconcileRow,
  Refusal as RefusalRow,
  ReportOptions as ReportRow,
  RequestOptions as RequestRowOptions,
  RequestTold as RequestRow,
  Served as ServedRow,
} from "./addon.js";
export type {
  Answer as NativeAnswer,
  Answered,
  Clock as NativeClock,
  Metrics as NativeMetrics,
  Reader as NativeReader,
  Reading as NativeReading,
  Statement as NativeStatement,
  Subscription as NativeSubscription,
} from "./opaque.js";

/** Names with values: name, value, name, value …. */
export type Flat = string[];

/** A hold's number (negative for a replay), the refusal, or what is wrong. */
export type Decided = Answered<HoldOrRefusal>;

/** What the addon exports. */
export type Native = typeof addon;

/** The package that carries the addon for this platform. */
function packageName(): string {
  const { platform, arch } = process;
  if (platform === "win32") return `bursar-win32-${arch}-msvc`;
  if (platform !== "linux") return `bursar-${platform}-${arch}`;
  const report = process.report?.getReport() as { header?: { glibcVersionRuntime?: string } } | undefined;
  return `bursar-linux-${arch}-${report?.header?.glibcVersionRuntime ? "gnu" : "musl"}`;
}

/** The addon beside the face, where it was built here; otherwise that of the platform's own package. */
function load(): Native {
  try {
    return require(join(__dirname, "bursar.node")) as Native;
  } catch (fault) {
    if ((fault as NodeJS.ErrnoException).code !== "MODULE_NOT_FOUND") throw fault;
  }
  const name = packageName();
  try {
    return require(name) as Native;
  } catch (cause) {
    throw new Error(
      `bursar has no addon for this platform: install \`${name}\`, an optional dependency of it`,
      { cause },
    );
  }
}

export const native = load();
