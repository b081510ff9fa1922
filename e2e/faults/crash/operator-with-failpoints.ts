import { readFileSync } from "node:fs";
import { runOperator } from "../../../src/app/build-operator.ts";
import { readConfig } from "../../../src/app/config.ts";
import { type BundledFile, callSite } from "./call-site.ts";
import { type FailpointFolder, OPERATOR, openFailpoints, sameFailpoint } from "./failpoints.ts";

/**
 * The operator, which kills itself (SIGKILL, in the middle of a turn of the event loop) at the failpoints that a test
 * arms, and records the failpoints it passes if the test asks for that. FAILPOINTS is the folder that they share.
 */
async function main(): Promise<void> {
  const folder = openFailpoints(process.env.FAILPOINTS ?? "");
  const files = JSON.parse(readFileSync(new URL("./files.json", import.meta.url), "utf8")) as readonly BundledFile[];
  await runOperator(readConfig(), {
    onFailpoint: (effect, moment, about) => meet({ folder, files, journey: journeyOf(about), effect, moment }),
  });
}

interface Meeting {
  readonly folder: FailpointFolder;
  readonly files: readonly BundledFile[];
  readonly journey: string;
  readonly effect: string;
  readonly moment: "before" | "after";
}

function meet({ folder, files, journey, effect, moment }: Meeting): void {
  const { step, kills, record } = folder.order(journey) ?? { step: "", kills: [], record: false };
  const here = kills.filter((kill) => kill.moment === moment && kill.site.startsWith(`${effect} @`));
  const hits = here.length === 0 ? [] : folder.hits().filter((hit) => hit.journey === journey);
  const wanted = here.filter((kill) => !hits.some((hit) => sameFailpoint(hit, kill)));
  // A stack is expensive: it is taken only if this effect is to be recorded or killed at.
  if (!record && wanted.length === 0) return;
  const { site, places } = callSite(effect, new Error().stack ?? "", files);
  if (record) folder.pass({ journey, step, site, moment, places });
  const kill = wanted.find((one) => one.site === site);
  if (kill === undefined) return;
  folder.hit(journey, kill);
  process.kill(process.pid, "SIGKILL");
}

/**
 * Repositories are named after their journey: `j7`, `j7-up`. Other effects are the operator's own, such as its Lease.
 */
function journeyOf(about: string): string {
  return /\bj[0-9]+\b/.exec(about)?.[0] ?? OPERATOR;
}

Error.stackTraceLimit = 60;
await main();
