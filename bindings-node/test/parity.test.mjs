// The page that names every operation in every language: its Node names exist, and none of ours is left out.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import * as names from "bursar";

import { errorOf } from "../dist/error.js";

const PAGE = readFileSync(new URL("../../docs/reference/parity.md", import.meta.url), "utf8");
const ROWS = PAGE.split("\n")
  .filter((line) => line.startsWith("| `"))
  .map((line) =>
    line
      .split("|")
      .slice(1)
      .map((cell) => cell.trim()),
  );
const NAMES = [...new Set(ROWS.map((row) => row[2]).filter((name) => name.startsWith("`")))].sort();

const bursar = { ...names };

const { purseOf } = await import("../fixtures/support.mjs");
const { purse } = purseOf();
const call = { scope: {}, model: "race-model", inputTokens: 1, maxOutputTokens: 1 };
const decision = purse.decide(call);
const refused = purse.decide({ ...call, maxOutputTokens: 2_000_000 });
const INSTANCES = {
  ClientStatement: bursar.ClientStatement.prototype,
  CreditNote: bursar.CreditNote.prototype,
  Reconciliation: bursar.Reconciliation.prototype,
  Decision: { ...refused, ...decision },
  Hold: decision.hold,
  Model: purse.model("race-model"),
  Purse: purse,
  Scope: purse.scope(),
  Statement: purse.report(),
};
// The declarations of the package, in which options are named.
const TYPES = ["purse", "books", "bill", "export", "open", "call", "hold", "statement"]
  .map((name) => {
    return readFileSync(new URL(`../dist/${name}.d.ts`, import.meta.url), "utf8");
  })
  .join("\n");

for (const name of NAMES) {
  test(`parity: ${name}`, () => {
    const [, path, option] = /^`([\w.]+)(?:\((\w+)\))?`$/.exec(name);
    const [owner, member] = path.split(".");
    if (member === undefined) assert.equal(typeof bursar[owner], "function");
    else assert.ok(member in INSTANCES[owner], `${owner} has no ${member}`);
    if (option !== undefined) assert.match(TYPES, new RegExp(`\\b${option}\\??:`));
  });
}

test("every operation of a purse is on the page or of Node alone", () => {
  // Ways to lay tags around code, to wrap what a program has, to wait, and to hook into frameworks.
  const ofNode = new Set(
    "aiSdk alertsLost budgeted constructor decide decideRequest fetch isSlow langchain ledger mastra numberOfModel off reserveLater spanProcessor withTags wrap".split(
      " ",
    ),
  );
  const own = [bursar.Purse.prototype, Object.getPrototypeOf(bursar.Purse.prototype)];
  // What has a form beside the event loop is on the page by its other form.
  const names = own
    .flatMap((prototype) => Object.getOwnPropertyNames(prototype))
    .filter(
      (name) =>
        !ofNode.has(name) &&
        !own.some((prototype) => `${name.slice(0, -5)}Later` === name && name.slice(0, -5) in prototype),
    );
  assert.deepEqual(
    names.filter((name) => !PAGE.includes(`\`Purse.${name}`)),
    [],
  );
});

test("every code of an error has its class in Node, the one of the same name as in Python", () => {
  const python = readFileSync(
    new URL("../../bindings-python/python/bursar/_error.py", import.meta.url),
    "utf8",
  );
  const theirs = Object.fromEntries(
    [...python.matchAll(/^ {4}"(\w+)": (\w+),$/gm)].map(([, code, name]) => [code, name]),
  );
  const page = readFileSync(new URL("../../docs/reference/errors.md", import.meta.url), "utf8");
  const codes = [...page.matchAll(/^## (\w+)$/gm)].map(([, code]) => code);
  assert.ok(codes.length > 30, String(codes.length));
  for (const code of codes) {
    const usual = code === "pdf_missing" ? "Error" : code.startsWith("ledger_") ? "LedgerError" : "Invalid";
    const their = theirs[code] ?? usual;
    // The base of all is `bursar.Error` there, and here no name may hide that of the language.
    const name = their === "Error" ? "BursarError" : their;
    const error = errorOf({ code, message: "", help: "", context: {}, isPassing: false });
    assert.equal(error.name, name, code);
    assert.ok(error instanceof bursar[name], code);
  }
});

test("every function of the package is on the page", () => {
  const isClass = (value) => /^class\b/.test(Function.prototype.toString.call(value));
  const functions = Object.entries(bursar).filter(
    ([, value]) => typeof value === "function" && !isClass(value),
  );
  // What joins threads, and what adds amounts up, have no counterpart.
  const names = functions.map(([name]) => name).filter((name) => !["join", "picoUsd"].includes(name));
  assert.deepEqual(
    names.filter((name) => !PAGE.includes(`\`${name}`)),
    [],
  );
});
