import { runOperator } from "../../../src/compose.ts";
import { readConfig } from "../../../src/config.ts";
import { callSite } from "./call-site.ts";
import { type FailpointFolder, OPERATOR, openFailpoints, sameFailpoint } from "./failpoints.ts";

/**
 * The operator, which kills itself (SIGKILL, at once, in the midst of the turn) where a test says so, and writes down what it passes
 * where a test wants to know: FAILPOINTS is the folder that they share.
 */
async function main(): Promise<void> {
  const folder = openFailpoints(process.env.FAILPOINTS ?? "");
  await runOperator(readConfig(), {
    onEffect: (effect, moment, about) => meet(folder, journeyOf(about), effect, moment),
  });
}

function meet(folder: FailpointFolder, journey: string, effect: string, moment: "before" | "after"): void {
  const { step, kills, record } = folder.order(journey) ?? { step: "", kills: [], record: false };
  // Where nothing is wanted of this effect, its call site is not worth a stack.
  const wanted = kills.filter((kill) => kill.moment === moment && kill.site.startsWith(`${effect} @`));
  if (!record && wanted.length === 0) return;
  const { site, lines } = callSite(effect, new Error().stack ?? "");
  if (record) folder.pass({ journey, step, site, moment, lines });
  const hits = folder.hits().filter((hit) => hit.journey === journey);
  const kill = wanted.find((one) => one.site === site && !hits.some((hit) => sameFailpoint(hit, one)));
  if (kill === undefined) return;
  folder.hit(journey, kill);
  process.kill(process.pid, "SIGKILL");
}

/** Repositories are called after the journey that they belong to: `j7`, `j7-up`. What is nobody's is the operator's own: its Lease. */
function journeyOf(about: string): string {
  return /\bj[0-9]+\b/.exec(about)?.[0] ?? OPERATOR;
}

Error.stackTraceLimit = 60;
await main();
