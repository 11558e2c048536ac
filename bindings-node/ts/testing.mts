// One instance for both kinds of modules: this is the other one by its names.
export * from "./testing.js";
