/** Lays out Bursar's printed documents as tagged PDF for the archive. */

"use strict";

const { join } = require("node:path");

/** The package that carries the addon for this platform. */
function packageName() {
  const { platform, arch } = process;
  if (platform === "win32") return `bursar-pdf-win32-${arch}-msvc`;
  if (platform !== "linux") return `bursar-pdf-${platform}-${arch}`;
  return `bursar-pdf-linux-${arch}-${process.report.getReport().header.glibcVersionRuntime ? "gnu" : "musl"}`;
}

/** The addon beside this file, where it was built here; otherwise that of the platform's own package. */
function load() {
  try {
    return require(join(__dirname, "bursar_pdf.node"));
  } catch (fault) {
    if (fault.code !== "MODULE_NOT_FOUND") throw fault;
  }
  const name = packageName();
  try {
    return require(name);
  } catch (cause) {
    throw new Error(`bursar-pdf has no addon for this platform: install \`${name}\`, an optional dependency of it`, {
      cause,
    });
  }
}

const native = load();

/** Why a document couldn't be laid out, with a stable code and the way out. */
class PdfError extends Error {
  constructor({ message, code, help, file, line, column }) {
    super(message);
    this.name = "PdfError";
    this.code = code;
    this.help = help;
    this.file = file ?? null;
    this.line = line ?? null;
    this.column = column ?? null;
  }
}

/** The value, or its fault as an exception. */
function thrown(answer) {
  if (answer instanceof Uint8Array) return answer;
  throw new PdfError(answer);
}

function render(documentJson, template = {}) {
  return thrown(native.render(documentJson, template));
}

async function renderLater(documentJson, template = {}) {
  return thrown(await native.renderLater(documentJson, template));
}

// A value that is written out here would end what an import by name can find.
const STATEMENT = native.statement();

module.exports = { PdfError, STATEMENT, render, renderLater };
