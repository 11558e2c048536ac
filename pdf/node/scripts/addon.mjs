// Builds the addon and puts it beside the face. Takes cargo's arguments, such as --release.

import { spawnSync } from "node:child_process";
import { copyFileSync, renameSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const options = ["build", "--package", "bursar-pdf-node", "--message-format", "json-render-diagnostics"];
const build = spawnSync("cargo", [...options, ...process.argv.slice(2)], {
  cwd: root,
  encoding: "utf8",
  stdio: ["ignore", "pipe", "inherit"],
  maxBuffer: 64 * 1024 * 1024,
});
if (build.status !== 0) process.exit(build.status ?? 1);

const library = build.stdout
  .split("\n")
  .filter((line) => line.startsWith("{"))
  .map((line) => JSON.parse(line))
  .filter((message) => message.reason === "compiler-artifact" && message.target.name === "bursar_pdf_node")
  .flatMap((message) => message.filenames)
  .find((file) => /\.(so|dylib|dll)$/.test(file));
if (!library) throw new Error("cargo reported no library for bursar-pdf-node");

// By a rename, so that a process that has the old addon loaded keeps it whole.
const addon = join(root, "bursar_pdf.node");
copyFileSync(library, `${addon}.new`);
renameSync(`${addon}.new`, addon);
