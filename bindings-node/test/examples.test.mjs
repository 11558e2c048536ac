// A scene prints in every language what its text beside the scenes says: its numbers, its refusals, its chargeback.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
const FOLDER = fileURLToPath(new URL("../../examples/", import.meta.url));
const scenes = readdirSync(`${FOLDER}node`).filter((file) => file.endsWith(".mjs"));
assert.ok(scenes.length > 0);

/** What is printed, hour by hour: alerts come from a thread, so that their place within an hour is no promise. */
function byHour(text) {
  return text
    .trim()
    .split(/^-- .*$/m)
    .map((hour) => hour.split("\n").sort());
}

for (const scene of scenes) {
  test(`the scene ${scene} prints what it prints in Rust`, { timeout: 60_000 }, async () => {
    const code = readFileSync(`${FOLDER}node/${scene}`, "utf8");
    // Run from here, where `bursar` is this very package.
    const options = { cwd: import.meta.dirname };
    const { stdout } = await run(process.execPath, ["--input-type=module", "-e", code], options);
    const expected = readFileSync(`${FOLDER}${scene.replace(".mjs", ".txt")}`, "utf8");
    assert.deepEqual(byHour(stdout), byHour(expected));
  });
}
