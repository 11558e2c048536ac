/** Printed documents as PDF, by the package `bursar-pdf` where it is installed. */

import { errorOf } from "./error.js";
import { native } from "./native.js";
import type { PrintOptions } from "./print.js";

/** How a PDF is laid out: the `Template` of `bursar-pdf`. */
export interface PdfTemplate {
  readonly source?: string;
  readonly paper?: "a4" | "letter";
  readonly accent?: string;
  readonly logo?: Buffer;
  readonly address?: string[];
  readonly texts?: Record<string, string>;
  readonly font?: string;
  readonly fonts?: Buffer[];
  readonly files?: Record<string, Buffer>;
  readonly attachments?: { readonly name: string; readonly mime: string; readonly content: Buffer }[];
  readonly conformance?: "accessible" | "archive" | "plain";
}

/** How something is printed as PDF. */
export interface PdfOptions extends PrintOptions {
  /** The built-in statement on A4, if left out. */
  readonly template?: PdfTemplate;
}

interface Package {
  render(document: string, template?: PdfTemplate): Buffer;
  renderLater(document: string, template?: PdfTemplate): Promise<Buffer>;
}

// Not spelled where it is required, so that bundlers leave it alone.
const NAME = "bursar-pdf";

function loaded(): Package {
  try {
    return require(NAME) as Package;
  } catch (fault) {
    if ((fault as NodeJS.ErrnoException).code !== "MODULE_NOT_FOUND") throw fault;
    throw errorOf(native.pdfMissing());
  }
}

/** Lays a printed document out. */
export function pdfOf(document: string, template: PdfTemplate | undefined): Buffer {
  const { render } = loaded();
  try {
    return render(document, template);
  } catch (error) {
    throw ours(error);
  }
}

/** The same beside the event loop. */
export async function pdfLater(document: string, template: PdfTemplate | undefined): Promise<Buffer> {
  const { renderLater } = loaded();
  try {
    return await renderLater(document, template);
  } catch (error) {
    throw ours(error);
  }
}

/** The package's error as ours, with the place in the template. */
function ours(error: unknown): unknown {
  if (!(error instanceof Error) || error.name !== "PdfError") return error;
  const { message, code, help, ...place } = error as Error & Record<"code" | "help", string>;
  const context: Record<string, string> = { pdf_code: code };
  for (const [name, value] of Object.entries(place)) {
    if (["file", "line", "column"].includes(name) && value !== null) context[name] = String(value);
  }
  return errorOf({ code: "report_invalid", message, help, context, isPassing: false });
}
