// What loading a package costs: milliseconds in a fresh process.

import { execFileSync } from "node:child_process";

const ROUNDS = 7;

/** The milliseconds of importing a package, the median of several processes. */
export function loads(name) {
  const code = `const start = performance.now(); await import(${JSON.stringify(name)}); console.log(performance.now() - start);`;
  const times = Array.from({ length: ROUNDS }, () => {
    return Number(execFileSync(process.execPath, ["--input-type=module", "-e", code], { encoding: "utf8" }));
  });
  return times.sort((a, b) => a - b)[Math.floor(ROUNDS / 2)];
}
