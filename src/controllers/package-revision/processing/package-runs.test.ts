import { describe, expect, it } from "vitest";
import { waitUntil } from "../../../../e2e/harness/wait.ts";
import { failedResult, type ProcessCall, type ProcessResult } from "../../../core/processing/process-package.ts";
import type { RenderFailure } from "../../../core/render/failure.ts";
import { createLog } from "../../../runtime/log.ts";
import { PackageRuns } from "./package-runs.ts";

const DONE: ProcessResult = { render: { kind: "none" }, results: [], resultsCount: 0 };
const FAILURE: RenderFailure = { reason: "FunctionNotAvailable", message: "no function" };

/** Runs whose worker gives these results, one after the other; `start` begins one whenever the queue reports. */
function runsWith(results: readonly ProcessResult[]) {
  const left = [...results];
  let events = 0;
  const runs: PackageRuns = new PackageRuns({
    worker: { call: async () => left.shift() ?? DONE },
    log: createLog({ level: "error" }),
    channel: {
      emit: () => {
        events += 1;
        start();
      },
    },
    pauseMs: 1,
    retryMs: 10,
  });
  const start = () => runs.start("ns/a", "1", { load: async () => ({ call: {} as ProcessCall }) });
  return { runs, start, events: () => events };
}

describe("a package", () => {
  it("is rendered again after a failure that may pass", async () => {
    const { runs, start } = runsWith([failedResult({ ...FAILURE, isTransient: true }), DONE]);
    start();
    await waitUntil("it is done", async () => runs.result("ns/a", "1")?.render.kind === "none");
  });

  it("is not rendered again after another failure", async () => {
    const { runs, start, events } = runsWith([failedResult(FAILURE), DONE]);
    const other = runsWith([failedResult({ ...FAILURE, isTransient: true }), DONE]);
    start();
    await waitUntil("it has failed", async () => runs.result("ns/a", "1")?.render.kind === "failed");
    // The other one, begun later, has been tried again by now.
    other.start();
    await waitUntil("the other is done", async () => other.runs.result("ns/a", "1")?.render.kind === "none");
    expect([runs.result("ns/a", "1")?.render.kind, events()]).toEqual(["failed", 1]);
  });
});
