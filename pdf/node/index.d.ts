/** A file that is put into the PDF. */
export interface Attachment {
  /** The file's name, as `statement.csv`; no folder. */
  name: string;
  /** Its media type, as `text/csv`. */
  mime: string;
  /** Its content. */
  content: Buffer;
}

/** How a document is laid out; the default is the built-in statement on A4. */
export interface Template {
  /** Typst source in place of the built-in statement. It reads `/document.json` and `/theme.json`. */
  source?: string;
  /** The sheet; A4 by default. */
  paper?: "a4" | "letter";
  /** The one colour of the page, as `#1f4e79`. */
  accent?: string;
  /** An SVG, PNG or JPEG image for the letterhead. */
  logo?: Buffer;
  /** Lines of the letterhead: the sender's name and address. */
  address?: string[];
  /** Words of the template by key, in place of the built-in ones. */
  texts?: Record<string, string>;
  /** The font family to prefer; it must be the built-in one or be among `fonts`. */
  font?: string;
  /** Font files beside the built-in ones, for scripts that those don't cover. */
  fonts?: Buffer[];
  /** Files that a source of one's own may read or import, by path. */
  files?: Record<string, Buffer>;
  /** Files that are put into the PDF, such as the statement as CSV and JSON. */
  attachments?: Attachment[];
  /** What the PDF promises: PDF/A-3a and PDF/UA-1 (the default), PDF/A-3b, or nothing. */
  conformance?: "accessible" | "archive" | "plain";
}

/** Why a document couldn't be laid out. */
export declare class PdfError extends Error {
  /** The stable code, as `template_invalid`. */
  readonly code: string;
  /** The way out, one imperative sentence. */
  readonly help: string;
  /** The file of the template in which the fault is. */
  readonly file: string | null;
  /** The line of that file, from 1. */
  readonly line: number | null;
  /** The character of that line, from 1. */
  readonly column: number | null;
}

/** The built-in template, to start one's own from. */
export declare const STATEMENT: string;

/**
 * Lays out a printed document as PDF. The same document and template give the same bytes.
 *
 * Throws a `PdfError`, with the line of the template where the fault is in one.
 */
export declare function render(documentJson: string, template?: Template): Buffer;

/** The same beside the event loop. */
export declare function renderLater(documentJson: string, template?: Template): Promise<Buffer>;
