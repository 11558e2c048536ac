import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

import { PdfError, render, renderLater, STATEMENT } from "../index.js";

const fixtures = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "fixtures");
const minimal = readFileSync(join(fixtures, "minimal.json"), "utf8");
const rich = readFileSync(join(fixtures, "rich.json"), "utf8");

test("a document is the same bytes on the event loop and beside it", async () => {
  const pdf = render(rich);
  assert.ok(pdf instanceof Buffer);
  assert.equal(pdf.subarray(0, 8).toString(), "%PDF-1.7");
  assert.ok(pdf.equals(await renderLater(rich)));
  assert.ok(pdf.equals(render(rich, { source: STATEMENT })));
});

test("every field of a template arrives", () => {
  const plain = render(minimal, { conformance: "plain" });
  const changes = {
    source: `${STATEMENT}\nMore`,
    paper: "letter",
    accent: "#7a1f3d",
    logo: Buffer.from("<svg xmlns='http://www.w3.org/2000/svg' width='1' height='1'/>"),
    address: ["Acme"],
    texts: { page: "{page}" },
    attachments: [{ name: "statement.csv", mime: "text/csv", content: Buffer.from("a,b\n") }],
    conformance: "accessible",
  };
  for (const [field, value] of Object.entries(changes)) {
    assert.ok(!plain.equals(render(minimal, { conformance: "plain", [field]: value })), field);
  }
  const source = '#set document(title: "T")\n#read("/own.txt")';
  assert.ok(render(minimal, { source, files: { "/own.txt": Buffer.from("own") }, font: "Source Sans 3" }));
});

test("an error tells its place, on the event loop and beside it", async () => {
  const fault = {
    name: "PdfError",
    code: "template_invalid",
    message: "unknown variable: nothing, at line 2, column 2 of `statement.typ`",
    help: "correct the template",
    file: "statement.typ",
    line: 2,
    column: 2,
  };
  const template = { source: "= Title\n#nothing" };
  assert.throws(() => render(minimal, template), fault);
  await assert.rejects(renderLater(minimal, template), fault);
  const wrong = (error) => error instanceof PdfError && error.code === "font_invalid" && error.line === null;
  assert.throws(() => render(minimal, { fonts: [Buffer.from("no font")] }), wrong);
  assert.throws(() => render(minimal, { paper: "a0" }), { code: "template_invalid" });
  assert.throws(() => render("{}"), { code: "document_invalid" });
});
