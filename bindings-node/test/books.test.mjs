// The books of a ledger as the face has them: what converts, what throws, and what stands in the guide.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";

import {
  ClientStatement,
  CreditNote,
  Invalid,
  LedgerError,
  lintFocus,
  Margin,
  open,
  Preview,
  Reconciliation,
  Statement,
} from "bursar";
import { ManualClock } from "bursar/testing";

import { PRICES } from "../fixtures/support.mjs";

const folder = mkdtempSync(join(tmpdir(), "bursar-books-"));
after(() => rmSync(folder, { recursive: true }));

const POLICY = {
  prices: PRICES,
  statement: { issuer: { name: "Platform" }, accent: "#1f4e79" },
  journal: { expense: "6125", clearing: "2150" },
  clients: [{ client: "acme", terms: [{ markup: "20 %" }] }],
};
const OCTOBER = { month: "2026-10" };
let ledgers = 0;

/** October is over: acme has spent a dollar, and half a dollar is nobody's. */
function scene(policy = POLICY) {
  const clock = new ManualClock(new Date("2026-10-02T12:00:00Z"));
  ledgers += 1;
  const purse = open(join(folder, `${ledgers}.db`), { policy, clock, resourceAttributes: "" });
  const call = {
    scope: { team: "data", client: "acme" },
    model: "race-model",
    usage: { outputTokens: 1_000_000 },
  };
  const entry = purse.record(call);
  purse.record({ ...call, scope: { team: "search" }, usage: { outputTokens: 500_000 } });
  clock.set(new Date("2026-11-03T09:00:00Z"));
  return { purse, clock, entry };
}

test("a statement is had in every format", () => {
  const { purse } = scene();
  const statement = purse.report(OCTOBER);
  const html = statement.toHtml({ texts: { Team: "Abteilung" }, language: "de", maxRows: 5 });
  assert.ok(html.startsWith("<!doctype html>") && html.includes("Abteilung") && html.includes("#1f4e79"));
  const fx = { currency: "EUR", rate: "0.5", source: "ECB", date: "2026-10-31" };
  assert.match(statement.toHtml({ fx }), /0\.75/);
  const xlsx = statement.toXlsx();
  assert.ok(Buffer.isBuffer(xlsx) && xlsx.subarray(0, 2).toString() === "PK");
  assert.deepEqual(statement.toXlsx(), xlsx);
  assert.match(statement.toInvoiceDetail(), /InvoiceDetailId/);
  assert.match(statement.toBillingPeriod(), /BillingPeriodStart/);
  assert.deepEqual(Statement.fromJson(statement.toJson()).data, statement.data);
  assert.equal(statement.isAsSealed, undefined);
  assert.throws(() => Statement.fromJson("{}"), { code: "report_invalid", name: "Invalid" });
  assert.throws(() => statement.toHtml({ fx: { ...fx, rate: "0" } }), { code: "report_invalid" });
  assert.throws(() => statement.toXlsx({ maxRows: -1 }), RangeError);
  assert.throws(() => statement.toHtml({ fx: { ...fx, rate: 0.5 } }), TypeError);
});

test("a journal is files by their names, on the accounts of the policy", () => {
  const { purse } = scene();
  const files = purse.report(OCTOBER).toJournal("generic");
  assert.deepEqual(Object.keys(files).length, 1);
  assert.match(Object.values(files)[0], /6125.*1\.00|1\.00.*6125/);
  const back = purse.report(OCTOBER).toJournal("generic", { reversedAt: new Date("2026-11-01T00:00:00Z") });
  assert.match(Object.values(back)[0], /-R\b/);
  assert.throws(
    () => purse.report(OCTOBER).toJournal("sap"),
    (error) => {
      assert.ok(error instanceof Invalid);
      assert.equal(
        error.message,
        "`sap` is no format of a journal: `netsuite`, `quickbooks_online`, `xero`, `generic` are",
      );
      return true;
    },
  );
  const other = { journal: { expense: "7000", clearing: "2150" } };
  const read = Statement.fromJson(purse.report(OCTOBER).toJson());
  assert.match(Object.values(read.toJournal("generic", { policy: other }))[0], /7000/);
  const { journal: _, ...bare } = POLICY;
  assert.throws(() => scene(bare).purse.report(OCTOBER).toJournal("xero"), {
    code: "report_invalid",
    help: "add `[journal]` with `expense` and `clearing` to the policy",
  });
});

test("a report is explained where that is asked for", async () => {
  const { purse } = scene();
  const plain = purse.report(OCTOBER);
  assert.deepEqual([plain.data.opportunities, plain.data.evidence], [null, null]);
  for (const told of [
    purse.report({ ...OCTOBER, opportunities: true, evidence: true }),
    await purse.reportLater({ ...OCTOBER, opportunities: true, evidence: true }),
  ]) {
    assert.equal(typeof told.data.opportunities, "object");
    assert.equal(told.isAsSealed, true);
    const forged = told.toJson().replace('"total": "1.5"', '"total": "1.4"');
    assert.notEqual(forged, told.toJson());
    assert.equal(Statement.fromJson(forged).isAsSealed, false);
  }
  assert.throws(() => purse.report({ prices: Buffer.from("no book") }), { code: "price_book_invalid" });
});

test("a closed period stays as it was issued", async () => {
  const { purse, clock, entry } = scene();
  assert.throws(() => purse.statement("CB-1"), { code: "document_unknown", name: "LedgerError" });
  const [october, ...others] = purse.closePeriod(OCTOBER);
  assert.deepEqual([october.number, october.total, others], ["CB-2026-10-001", "1.5", []]);
  assert.deepEqual((await purse.closePeriodLater(OCTOBER))[0].data, october.data);
  assert.equal(purse.statement("CB-2026-10-001").toJson(), october.toJson());
  const [document] = purse.documents();
  assert.deepEqual(
    { ...document, content: JSON.parse(document.content) },
    {
      number: "CB-2026-10-001",
      kind: "chargeback",
      scope: "",
      window: { start: new Date("2026-10-01T00:00:00Z"), end: new Date("2026-11-01T00:00:00Z") },
      issuedAt: new Date("2026-11-03T09:00:00Z"),
      sha256: document.sha256,
      isIntact: true,
      content: october.data,
    },
  );
  assert.match(document.sha256, /^[0-9a-f]{64}$/);
  assert.equal(purse.report(OCTOBER).number, undefined);
  await assert.rejects(purse.closePeriodLater({ month: "2026-11" }), (error) => {
    assert.ok(error instanceof LedgerError);
    assert.equal(error.code, "period_not_closable");
    return true;
  });

  assert.throws(() => purse.issueInvoice("globex", OCTOBER), { code: "report_invalid" });
  const invoice = await purse.issueInvoiceLater("acme", OCTOBER);
  assert.deepEqual(
    [invoice.number, invoice.total, invoice instanceof ClientStatement],
    ["INV-2026-10-001", "1.2", true],
  );
  assert.deepEqual(purse.issueInvoice("acme", OCTOBER).data, invoice.data);
  assert.equal(purse.issueCreditNote("INV-2026-10-001"), undefined);
  assert.throws(() => purse.invoice("INV-9"), { code: "document_unknown" });
  clock.advance(1000);
  purse.adjust(entry.number, { by: "-0.5", note: "billed twice" });
  const note = await purse.issueCreditNoteLater("INV-2026-10-001");
  assert.ok(note instanceof CreditNote);
  assert.equal(note.number, "CN-2026-10-001");
  assert.match(note.toHtml(), /CN-2026-10-001/);
  assert.equal(JSON.parse(note.toJson()).header.reference, "INV-2026-10-001");
  assert.equal(purse.issueCreditNote("INV-2026-10-001"), undefined);
  assert.deepEqual(purse.verify(), []);
});

test("a margin, a client's statement and a preview have their formats", async () => {
  const { purse } = scene();
  const told = await purse.clientStatementLater("acme", { period: "2026-10", previousMonths: 0 });
  assert.deepEqual(
    [told.total, told.number, JSON.parse(JSON.stringify(told)).client],
    ["1.2", undefined, "acme"],
  );
  assert.match(told.toHtml(), /acme/);
  assert.equal(told.payable, "1.2");
  assert.equal(told.toXlsx().subarray(0, 2).toString(), "PK");
  assert.match(told.toCsv(), /^period_start,.*\n.*1\.2,USD/);
  const margin = await purse.marginLater(OCTOBER);
  assert.ok(margin instanceof Margin);
  assert.match(`${margin}`, /acme/);
  assert.match(margin.toHtml(), /acme/);
  const rules = { virtual_tags: [{ match: { client: "acme" }, set: { team: "ops" }, replace: true }] };
  for (const preview of [purse.previewRules(rules, OCTOBER), await purse.previewRulesLater(rules, OCTOBER)]) {
    assert.ok(preview instanceof Preview);
    assert.match(String(preview), /ops/);
    assert.match(preview.toHtml(), /ops/);
  }
  assert.throws(() => purse.previewRules({ virtual_tag: [] }), { code: "policy_invalid" });
  assert.throws(() => purse.clientStatement("globex"), { code: "report_invalid" });
  assert.throws(() => purse.clientStatement("acme", { previousMonths: 1.5 }), TypeError);
});

test("an export is a file that is whole, or none", async () => {
  const { purse } = scene();
  const path = join(folder, "focus.csv");
  const account = { id: "a-1", name: "Platform" };
  const options = { ...OCTOBER, level: "1.2", invoice: "INV-1", account };
  const exported = { rows: 2, billed: "1.5" };
  assert.deepEqual(purse.exportFocus(path, options), exported);
  assert.deepEqual(await purse.exportFocusLater(path, options), exported);
  assert.match(readFileSync(path, "utf8"), /INV-1/);
  assert.deepEqual(purse.exportFocus(path, { ...options, filter: 'team = "data"' }), {
    rows: 1,
    billed: "1",
  });
  assert.deepEqual(lintFocus(path, { payable: { "INV-1": "1" } }), []);
  const [finding] = lintFocus(path, { payable: { "INV-1": "2" } });
  assert.deepEqual([finding.rule, typeof finding.row], ["invoice_sum_differs", "number"]);
  const parquet = join(folder, "entries.parquet");
  assert.deepEqual(purse.exportParquet(parquet, OCTOBER), exported);
  assert.deepEqual(await purse.exportParquetLater(parquet, OCTOBER), exported);
  assert.deepEqual(purse.exportParquet(parquet), exported);
  assert.equal(readFileSync(parquet).subarray(0, 4).toString(), "PAR1");
  assert.throws(() => purse.exportFocus(path, {}), TypeError);
  assert.throws(() => purse.exportFocus(path, { ...OCTOBER, level: "9" }), { code: "report_invalid" });
  assert.throws(() => purse.exportFocus(path, { period: "nonsense" }), { code: "time_invalid" });
  const nowhere = join(folder, "nowhere", "focus.csv");
  await assert.rejects(purse.exportFocusLater(nowhere, OCTOBER), {
    code: "report_invalid",
    message: `\`${nowhere}\` can't be written`,
  });
  assert.throws(() => lintFocus(nowhere), { message: `\`${nowhere}\` can't be read` });
  assert.deepEqual(
    readdirSync(folder).filter((name) => name.endsWith(".part")),
    [],
  );
});

/** A web search for a quarter of a dollar, of which the ledger has nothing. */
const COSTS = JSON.stringify({
  data: [
    {
      starting_at: "2026-10-02T00:00:00Z",
      ending_at: "2026-10-03T00:00:00Z",
      results: [{ amount: "25", currency: "USD", cost_type: "web_search" }],
    },
  ],
  has_more: false,
});

test("a bill is reconciled, and its true-ups are posted once", async () => {
  const { purse } = scene();
  const path = join(folder, "costs.json");
  writeFileSync(path, COSTS);
  const options = { provider: "anthropic", ...OCTOBER };
  const found = purse.reconcile([{ format: "anthropic_cost", pages: path }], options);
  assert.ok(found instanceof Reconciliation);
  assert.deepEqual([found.data.ours, found.data.theirs, found.difference], ["0", "0.25", "0.25"]);
  assert.equal(found.isClosed, true);
  assert.match(found.toCsv(), /^line,day,provider/);
  assert.match(`${found}`, /anthropic/);
  const pages = [Buffer.from(COSTS)];
  const fetchedAt = new Date("2026-11-02T00:00:00Z");
  const tolerance = "1 USD";
  const rates = [{ currency: "EUR", usd: "1.1", source: "ECB" }];
  const again = await purse.reconcileLater([{ format: "anthropic_cost", pages, fetchedAt }], {
    ...options,
    tolerance,
    toleranceBasisPoints: 5000,
    rates,
    withhold: ["duplicate"],
  });
  assert.deepEqual(
    [again.data.policy, again.data.withheld],
    [{ absolute: "1", relative_basis_points: 5000 }, ["duplicate"]],
  );
  const posted = purse.postTrueUps(found);
  assert.ok(posted.length > 0 && posted.every(Number.isInteger));
  assert.equal(purse.report(OCTOBER).total, "1.75");
  assert.deepEqual(await purse.postTrueUpsLater(again), []);
  assert.deepEqual(purse.verify(), []);
});

test("a period waits until its bill is kept reconciled", async () => {
  const statement = { closing: [{ provider: "anthropic", sign_off: true }] };
  const { purse } = scene({ ...POLICY, statement });
  const files = [{ format: "anthropic_cost", pages: Buffer.from(COSTS) }];
  const found = purse.reconcile(files, { provider: "anthropic", ...OCTOBER });
  assert.throws(() => purse.closePeriod(OCTOBER), {
    code: "period_not_closable",
    help: "reconcile `anthropic` for 2026-10-01/2026-11-01, and keep the reconciliation",
  });
  assert.equal(purse.keepReconciliation(found), "REC-2026-10-001");
  assert.throws(() => purse.closePeriod(OCTOBER), { message: /is signed off by nobody/ });
  const at = new Date("2026-11-02T00:00:00Z");
  const signed = purse.reconciliation("REC-2026-10-001").signOff({ by: "Ann", note: "known", at });
  assert.deepEqual(
    [found.data.sign_off, signed.data.sign_off],
    [null, { by: "Ann", at: "2026-11-02T00:00:00Z", note: "known" }],
  );
  assert.throws(() => found.accept(1, { by: "Ann", note: "" }), { code: "report_invalid" });
  assert.equal(await purse.keepReconciliationLater(signed), "REC-2026-10-002");
  const [closed] = purse.closePeriod({ ...OCTOBER, evidence: true });
  const [told] = closed.data.evidence.reconciliations;
  assert.deepEqual([told.number, told.signed_off_by], ["REC-2026-10-002", "Ann"]);
  assert.deepEqual(
    purse.documents().map(({ kind }) => kind),
    ["reconciliation", "reconciliation", "chargeback"],
  );
  assert.throws(() => purse.reconciliation("REC-0"), { code: "document_unknown" });
});

test("an allocated export has a row for each part", () => {
  const allocation = [
    { id: "shared", match: { team: "data" }, to: { team: ["search", "sales"] }, split: "even" },
  ];
  const { purse } = scene({ ...POLICY, allocation });
  const path = join(folder, "allocated.csv");
  assert.deepEqual(purse.exportFocus(path, { ...OCTOBER, allocated: "team" }), { rows: 3, billed: "1.5" });
  assert.deepEqual(lintFocus(path), []);
  assert.match(readFileSync(path, "utf8"), /team\/sales/);
  assert.throws(() => purse.exportFocus(path, { ...OCTOBER, allocated: "client" }), {
    code: "report_invalid",
  });
});

test("an invoice and its note are booked", () => {
  const journal = { ...POLICY.journal, receivable: "1200", revenue: "4000" };
  const { purse } = scene({ ...POLICY, journal });
  purse.closePeriod(OCTOBER);
  const invoice = purse.issueInvoice("acme", OCTOBER);
  const text = Object.values(invoice.toJournal("generic"))[0];
  assert.match(text, /INV-2026-10-001,1,2026-10-31,2026-10,4000,.*,,1\.20,USD/);
  const reversedAt = new Date("2026-11-03T00:00:00Z");
  assert.match(Object.values(invoice.toJournal("generic", { reversedAt }))[0], /INV-2026-10-001-R/);
  assert.throws(() => purse.clientStatement("acme", OCTOBER).toJournal("xero"), { code: "report_invalid" });
});

test("a bill that can't be read says why", async () => {
  const { purse } = scene();
  const ask = (bill, options) => () =>
    purse.reconcile([{ format: "anthropic_cost", pages: Buffer.from(COSTS), ...bill }], {
      provider: "anthropic",
      ...OCTOBER,
      ...options,
    });
  assert.throws(ask({ format: "sap" }), { code: "report_invalid", message: "`sap` is no format of a bill" });
  assert.throws(ask({ format: "csv" }), { message: "a table has no mapping" });
  assert.throws(ask({ format: "csv", mapping: "nonsense = 1" }), { code: "report_invalid" });
  assert.throws(ask({ pages: Buffer.from("{}") }), { code: "report_invalid" });
  assert.throws(ask({}, { toleranceBasisPoints: 0.5 }), TypeError);
  assert.throws(ask({}, { withhold: ["bad luck"] }), { message: "`bad luck` is no cause of a difference" });
  assert.throws(ask({}, { month: undefined }), TypeError);
  assert.throws(ask({}, { tolerance: 1 }), TypeError);
  assert.throws(() => purse.postTrueUps(purse.margin(OCTOBER)), TypeError);
  const gone = [{ format: "anthropic_cost", pages: join(folder, "gone.json") }];
  await assert.rejects(purse.reconcileLater(gone, { provider: "anthropic", ...OCTOBER }), {
    code: "report_invalid",
  });
  purse.close();
  assert.throws(ask({}), { code: "ledger_closed" });
});

test("without its package a PDF says which one to install", async () => {
  const statement = scene().purse.report(OCTOBER);
  const missing = { code: "pdf_missing", name: "BursarError", help: "run `npm install bursar-pdf`" };
  assert.throws(() => statement.toPdf(), missing);
  await assert.rejects(statement.toPdfLater(), missing);
});

const PDF = join(import.meta.dirname, "../../pdf/node");
const unbuilt = existsSync(join(PDF, "bursar_pdf.node")) ? false : "bursar-pdf isn't built here";

test("with its package a PDF is laid out, and a template's fault has its place", { skip: unbuilt }, () => {
  const modules = join(folder, "modules");
  mkdirSync(modules);
  symlinkSync(PDF, join(modules, "bursar-pdf"));
  const text = `
    const { open } = require("bursar");
    const { writeFileSync } = require("node:fs");
    const statement = open(":memory:", { resourceAttributes: "" }).report({ month: "2026-10" });
    const told = (error) => JSON.stringify([error.name, error.code, error.context.pdf_code, error.context.line]);
    statement.toPdfLater().then((pdf) => {
      console.log(pdf.subarray(0, 5).toString(), pdf.equals(statement.toPdf()));
      try { statement.toPdf({ template: { source: "= Title\\n#nothing" } }); } catch (error) { console.log(told(error)); }
    });`;
  const output = execFileSync(process.execPath, ["-e", text], {
    cwd: join(import.meta.dirname, ".."),
    encoding: "utf8",
    env: { ...process.env, NODE_PATH: modules },
  });
  assert.deepEqual(output.trim().split("\n"), [
    "%PDF- true",
    '["Invalid","report_invalid","template_invalid","2"]',
  ]);
});

test("the guide's examples give what they say", () => {
  const page = readFileSync(new URL("../../docs/node/books.md", import.meta.url), "utf8");
  const blocks = [...page.matchAll(/```js\n([\s\S]*?)```/g)].map(([, block]) => block);
  assert.ok(blocks.length >= 6);
  const { purse } = scene();
  const results = [];
  // A line that ends in a comment is an expression with its value.
  const code = blocks.join("\n").replace(/^(.+); \/\/ (.+)$/gm, "results.push([$1, $2]);");
  writeFileSync(join(folder, "cost_report.json"), COSTS);
  // Its files are those of a folder of the test's own.
  const placed = code.replaceAll(/(pages: |Sync\(|Focus\(|Parquet\()("[\w.]+"|name)/g, "$1join(folder, $2)");
  const names = { purse, results, folder, join, lintFocus, Statement, writeFileSync };
  new Function(...Object.keys(names), placed)(...Object.values(names));
  assert.ok(results.length > 15);
  for (const [found, expected] of results) assert.deepEqual(found, expected);
});
