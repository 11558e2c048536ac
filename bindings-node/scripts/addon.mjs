// Builds the addon and puts it beside the compiled face, with its declarations. Takes cargo's arguments, such as --release.

import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

import { declarations } from "./declarations.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const options = ["build", "--package", "bursar-node", "--message-format", "json-render-diagnostics"];
// While it compiles, napi's macros write into this folder what they export.
const exported = resolve(process.env.CARGO_TARGET_DIR ?? join(root, "..", "target"), "napi-types");
mkdirSync(exported, { recursive: true });
const build = spawnSync("cargo", [...options, ...process.argv.slice(2)], {
  cwd: root,
  encoding: "utf8",
  stdio: ["ignore", "pipe", "inherit"],
  env: { ...process.env, NAPI_TYPE_DEF_TMP_FOLDER: exported },
});
if (build.status !== 0) process.exit(build.status ?? 1);

// Cargo says itself where the library is: that depends on the system, the profile and the target folder.
const library = build.stdout
  .split("\n")
  .filter((line) => line.startsWith("{"))
  .map((line) => JSON.parse(line))
  .filter((message) => message.reason === "compiler-artifact" && message.target.name === "bursar_node")
  .flatMap((message) => message.filenames)
  .find((file) => /\.(so|dylib|dll)$/.test(file));
if (!library) throw new Error("cargo reported no library for bursar-node");

const dist = join(root, "dist");
mkdirSync(dist, { recursive: true });
// By a rename, so that a process that has the old addon loaded keeps it whole.
const addon = join(dist, "bursar.node");
copyFileSync(library, `${addon}.new`);
renameSync(`${addon}.new`, addon);
writeFileSync(join(dist, "addon.d.ts"), declarations(readFileSync(join(exported, "bursar-node"), "utf8")));
