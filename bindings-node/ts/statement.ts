/** A chargeback: who spent what, in every format from one model. */

import { type NativeStatement, native } from "./native.js";

/** What a report is asked for: the chargeback of the current month by team, if nothing is said. */
export interface ReportOptions {
  /** As `2026-11`. */
  readonly month?: string;
  /** A month, quarter, year, week or day by its ISO name, or two days with `/` between them. */
  readonly period?: string;
  /** An IANA name; `UTC` if left out. */
  readonly timeZone?: string;
  /** Tags, `model` and `provider`. */
  readonly by?: readonly string[];
  /** A selector, such as `team = "marketing"`. */
  readonly filter?: string;
  readonly previousPeriods?: number;
  readonly drivers?: number;
}

/** The statement of a period. Amounts in its data are text with every digit. */
export class Statement {
  readonly #native: NativeStatement;
  #data: Readonly<Record<string, unknown>> | undefined;

  constructor(statement: NativeStatement) {
    this.#native = statement;
  }

  /** The whole statement as objects and lists: what `toJson` gives. */
  get data(): Readonly<Record<string, unknown>> {
    this.#data ??= JSON.parse(this.toJson()) as Record<string, unknown>;
    return this.#data;
  }

  /** What was spent in the period, in USD. */
  get total(): string {
    return String(this.data["total"]);
  }

  /** The statement as JSON. */
  toJson(): string {
    return native.statementJson(this.#native);
  }

  /** One line per team, project, client, agent, provider and model, as CSV. */
  toCsv(): string {
    return native.statementCsv(this.#native);
  }

  /** The statement as text for a terminal. */
  toTable(): string {
    return native.statementTable(this.#native);
  }

  /** The table. */
  toString(): string {
    return this.toTable();
  }

  /** What `JSON.stringify` takes. */
  toJSON(): unknown {
    return this.data;
  }
}
