// Measuring: rounds of several contestants in turn, the median of each.

const ROUNDS = 9;
const ROUND_MS = 50;

/** The nanoseconds of one call of each contestant, measured in turns. */
export async function nanoseconds(...contestants) {
  const counts = [];
  for (const work of contestants) counts.push(await calibrated(work));
  const times = contestants.map(() => []);
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [at, work] of contestants.entries()) times[at].push((await taken(work, counts[at])) / counts[at]);
  }
  return times.map((list) => list.sort((a, b) => a - b)[Math.floor(ROUNDS / 2)] * 1e6);
}

async function calibrated(work) {
  let count = 1;
  for (;;) {
    const ms = await taken(work, count);
    if (ms >= ROUND_MS / 4) return Math.max(1, Math.floor((count * ROUND_MS) / ms));
    count *= 4;
  }
}

async function taken(work, count) {
  // What a rival leaves behind must not be collected in another's round.
  globalThis.gc?.();
  const start = performance.now();
  if (work.constructor.name === "AsyncFunction") for (let call = 0; call < count; call += 1) await work();
  else for (let call = 0; call < count; call += 1) work();
  return performance.now() - start;
}
