import { describe, expect, it } from "vitest";
import type { MergeCall, MergeResult } from "../../../core/merge/merge-call.ts";
import { createLog } from "../../../runtime/log.ts";
import { LimitExceededError } from "../../../runtime/worker-process.ts";
import { StalledError } from "../../shared/stalled-error.ts";
import { PackageMerges } from "./package-merges.ts";

const CALL: MergeCall = {
  trees: { base: [], upstream: [], local: [] },
  strategy: "resource-merge",
  inputs: [],
  maxValue: 100,
};
const DONE: MergeResult = { files: [], conflicts: [], conflictCount: 0 };

/** Merges with a worker that answers or throws these, one after another. */
async function mergeWith(...answers: readonly (MergeResult | Error)[]) {
  const left = [...answers];
  const call = async () => {
    const next = left.shift();
    if (next === undefined || next instanceof Error) throw next ?? new Error("called too often");
    return next;
  };
  const merges = new PackageMerges({ worker: { call }, log: createLog({ level: "error" }), pauseMs: 0 });
  return await merges.merge("default/a", CALL).catch((error: unknown) => error);
}

describe("PackageMerges", () => {
  it("calls the worker again if it ended", async () => {
    expect(await mergeWith(new Error("killed"), DONE)).toBe(DONE);
  });

  it("merges once for all packages that have the same three sides, and ask together", async () => {
    let calls = 0;
    const call = async () => {
      calls += 1;
      return DONE;
    };
    const merges = new PackageMerges({ worker: { call }, log: createLog({ level: "error" }) });
    const ask = (name: string, more: Partial<MergeCall> = {}) => merges.merge(`default/${name}`, { ...CALL, ...more });
    expect(await Promise.all([ask("a"), ask("b"), ask("c")])).toEqual([DONE, DONE, DONE]);
    expect(calls).toBe(1);
    const file = { path: "f", mode: "100644", oid: "1".repeat(40), bytes: new Uint8Array() } as const;
    await Promise.all([ask("a"), ask("b", { trees: { ...CALL.trees, local: [file] } }), ask("c", { inputs: [{}] })]);
    expect(calls).toBe(4);
  });

  it.each([
    ["a worker that ends each time", [1, 2, 3].map(() => new Error("killed")), "ProcessingFailed", "backoff"],
    ["a merge that takes too much", [new LimitExceededError("memory")], "LimitExceeded", "never"],
    [
      "a merge that would lose changes",
      [{ ...DONE, failure: { reason: "LocalChanges", message: "no" } } as const],
      "LocalChanges",
      "never",
    ],
  ])("reports %s", async (_, answers, reason, retry) => {
    const error = await mergeWith(...answers);
    expect(error).toBeInstanceOf(StalledError);
    expect(error).toMatchObject({ reason, retry });
  });
});
