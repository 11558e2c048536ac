// What is published: installed into an empty folder without a registry or a compiler, it runs in every kind of module.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import * as esm from "bursar";
import { build } from "esbuild";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const run = promisify(execFile);
const npm = process.platform === "win32" ? "npm.cmd" : "npm";
const folder = mkdtempSync(join(tmpdir(), "bursar-"));
const app = join(folder, "app");
const PRICE = 'quote({ model: "gpt-5", usage: { inputTokens: 1000, outputTokens: 10 } }).total';

before(async () => {
  const { stdout } = await run(process.execPath, ["scripts/pack.mjs", folder], { cwd: root });
  mkdirSync(app);
  writeFileSync(join(app, "package.json"), '{ "name": "app", "private": true }');
  const options = ["--offline", "--no-audit", "--no-fund", "--ignore-scripts", "--omit=dev"];
  await run(npm, ["install", ...options, ...stdout.trim().split("\n")], { cwd: app });
});
after(() => rmSync(folder, { recursive: true }));

async function output(file, text) {
  writeFileSync(join(app, file), text);
  return (await run(process.execPath, [file], { cwd: app })).stdout.trim();
}

test("the package brings an addon for this platform, and nothing else", { timeout: 120_000 }, () => {
  const installed = readdirSync(join(app, "node_modules")).filter((name) => !name.startsWith("."));
  assert.equal(installed.length, 2);
  assert.deepEqual(readdirSync(join(app, "node_modules", "bursar")).sort(), [
    "README.md",
    "dist",
    "package.json",
  ]);
  const files = readdirSync(join(app, "node_modules", "bursar", "dist"), { recursive: true });
  assert.ok(files.every((file) => !file.endsWith(".node")));
});

test("it runs as an ECMAScript module, as CommonJS, and from a bundle", { timeout: 120_000 }, async () => {
  const main = `console.log(${PRICE});`;
  assert.equal(await output("main.mjs", `import { quote } from "bursar"; ${main}`), "0.00135");
  assert.equal(await output("main.cjs", `const { quote } = require("bursar"); ${main}`), "0.00135");
  await build({
    entryPoints: [join(app, "main.mjs")],
    outfile: join(app, "bundle.cjs"),
    bundle: true,
    platform: "node",
    logLevel: "error",
  });
  const { stdout } = await run(process.execPath, ["bundle.cjs"], { cwd: app });
  assert.equal(stdout.trim(), "0.00135");
});

test("the addon's declarations are those of its Rust side, and of all that it exports", () => {
  const declared = readFileSync(join(root, "ts", "addon.d.ts"), "utf8");
  const built = readFileSync(join(root, "dist", "addon.d.ts"), "utf8");
  assert.equal(declared, built, "`npm run types` renews ts/addon.d.ts from the last build");
  const names = [...declared.matchAll(/^export declare function (\w+)/gm)].map(([, name]) => name);
  const addon = createRequire(import.meta.url)("../dist/bursar.node");
  assert.deepEqual(names.sort(), Object.keys(addon).sort());
});

test("both kinds of modules are one instance, with the same names", () => {
  const cjs = createRequire(import.meta.url)("bursar");
  const names = Object.keys(esm).filter(
    (name) => !["default", "module.exports", "__esModule"].includes(name),
  );
  assert.deepEqual(names.sort(), Object.keys(cjs).sort());
  assert.equal(esm.BursarError, cjs.BursarError);
  assert.equal(esm.Purse, cjs.Purse);
});

test("without its addon the package says which one to install", { timeout: 120_000 }, async () => {
  const lonely = join(folder, "lonely");
  mkdirSync(join(lonely, "node_modules"), { recursive: true });
  await run("cp", ["-r", join(app, "node_modules", "bursar"), join(lonely, "node_modules", "bursar")]);
  writeFileSync(join(lonely, "main.cjs"), 'require("bursar");');
  await assert.rejects(run(process.execPath, ["main.cjs"], { cwd: lonely }), /install `bursar-[a-z0-9-]+`/);
});
