/** Names that were resolved once: a scope, a model. */

import { taken } from "./error.js";
import { native } from "./native.js";
import type { Purse } from "./purse.js";
import type { Tags } from "./tags.js";

/** Tags resolved to the budgets that they touch, once. */
export class Scope {
  /** The purse that resolved it. */
  readonly purse: Purse;
  /** What the addon knows it by. */
  readonly number: number;
  /** The tags as they are booked, by their OpenTelemetry names. */
  readonly tags: Tags;
  /** What the taxonomy changed. */
  readonly notes: readonly string[];

  constructor(purse: Purse, number: number, tags: Tags, notes: readonly string[]) {
    this.purse = purse;
    this.number = number;
    this.tags = tags;
    this.notes = notes;
  }
}

/** A model's name resolved to its prices, once. */
export class Model {
  /** The purse that resolved it. */
  readonly purse: Purse;
  /** What the addon knows it by. */
  readonly number: number;

  constructor(purse: Purse, number: number) {
    this.purse = purse;
    this.number = number;
  }

  /** The canonical name, `provider/model`. */
  get name(): string {
    return taken(native.modelName(this.purse.ledger, this.number));
  }
}
