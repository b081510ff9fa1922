import { describe, expect, it } from "vitest";
import { waitUntil } from "../../../../e2e/harness/wait.ts";
import { failedResult, type ProcessCall, type ProcessResult } from "../../../core/processing/process-package.ts";
import type { RenderFailure } from "../../../core/render/failure.ts";
import { createLog } from "../../../runtime/log.ts";
import type { DataSource } from "./data-rounds.ts";
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

describe("a reconcile that waits", () => {
  const callFor = async () => ({ call: {} as ProcessCall });
  /** Runs whose worker answers when `answer` is called. */
  function pending(maxWaitMs?: number) {
    const answers: (() => void)[] = [];
    const events: string[] = [];
    const call = () => new Promise<ProcessResult>((resolve) => answers.push(() => resolve(DONE)));
    const runs = new PackageRuns({
      worker: { call },
      log: createLog({ level: "error" }),
      channel: { emit: ({ revision }) => void events.push(revision) },
      ...(maxWaitMs !== undefined && { maxWaitMs }),
    });
    return { runs, answers, events };
  }

  it("gets the result, which is not reported", async () => {
    const { runs, answers, events } = pending();
    runs.start("ns/a", "1", { load: callFor });
    const waiting = runs.wait("ns/a", "1");
    await waitUntil("the worker is called", async () => answers.length === 1);
    answers[0]?.();
    expect([await waiting, events]).toEqual([DONE, []]);
    expect(await runs.wait("ns/a", "1")).toEqual(DONE);
  });

  it("gets nothing of a run that takes too long, whose result is reported, or of another one", async () => {
    const { runs, answers, events } = pending(10);
    runs.start("ns/a", "1", { load: callFor });
    expect(await runs.wait("ns/a", "1")).toBeUndefined();
    expect(await runs.wait("ns/a", "2")).toBeUndefined();
    await waitUntil("the worker is called", async () => answers.length === 1);
    answers[0]?.();
    await waitUntil("it is reported", async () => events.length === 1);
  });

  it("ends with a run that nobody wants any more", async () => {
    const { runs, answers } = pending(60_000);
    runs.start("ns/b", "1", { load: callFor });
    await waitUntil("the worker is called", async () => answers.length === 1);
    runs.start("ns/a", "1", { load: callFor });
    const waiting = runs.wait("ns/a", "1");
    runs.forget("ns/a");
    answers[0]?.();
    expect(await waiting).toBeUndefined();
  });

  it("shares a run with other packages of the same files, and of the same kind", async () => {
    const { runs, answers } = pending();
    for (const key of ["ns/a", "ns/b"]) runs.start(key, "1", { load: callFor, sharedKey: "package" });
    runs.start("ns/c", "1", { load: callFor });
    const all = ["ns/a", "ns/b", "ns/c"].map(async (key) => await runs.wait(key, "1"));
    await waitUntil("the worker is called", async () => answers.length === 1);
    answers[0]?.();
    await waitUntil("it is called again", async () => answers.length === 2);
    answers[1]?.();
    expect([await Promise.all(all), answers.length]).toEqual([[DONE, DONE, DONE], 2]);
  });
});

describe("a package of a fleet", () => {
  const apis = { offers: [], kinds: [], rules: [], packages: [], omitted: 0, unreadable: [] };
  const validation = { errors: 0, warnings: 0, problems: [], unknownGroups: ["example.org/v1"] };
  const source = (digest: string): DataSource => ({
    findPublished: async () => ({ published: [], advice: "" }),
    findDefinitions: async () => ({ files: [], isTooMuch: false }),
    needed: async () => ({ digest, read: async () => ({ files: [], unread: [], isTooMuch: false }) }),
    readCluster: async () => ({ cluster: [], advice: "" }),
    forget: () => {},
  });

  /** The number of calls for packages that need these definitions, by key. */
  async function callsFor(digests: Readonly<Record<string, string>>): Promise<number> {
    let calls = 0;
    const call = async ({ outside }: ProcessCall): Promise<ProcessResult> => {
      calls += 1;
      return outside === undefined ? { ...DONE, apis, validation } : { ...DONE, apis };
    };
    const runs = new PackageRuns({ worker: { call }, log: createLog({ level: "error" }), channel: { emit: () => {} } });
    const load = async () => ({ call: { settings: { isKept: false } } as ProcessCall });
    for (const [key, digest] of Object.entries(digests))
      runs.start(key, "1", { load, sharedKey: "package", source: source(digest) });
    for (const [key, neededDigest] of Object.entries(digests)) {
      await waitUntil("it is done", async () => runs.result(key, "1") !== undefined);
      expect(runs.result(key, "1")).toMatchObject({ neededDigest });
    }
    return calls;
  }

  it("is compared with definitions once for all that need the same ones of their namespace", async () => {
    expect(await callsFor({ "ns/a": "one", "ns/b": "one", "ns/c": "one" })).toBe(2);
    expect(await callsFor({ "ns/a": "one", "ns/b": "two", "other/c": "one" })).toBe(4);
  });
});

describe("a package", () => {
  it("is rendered no further when a newer edit has come, and the newest result counts", async () => {
    const ended: string[] = [];
    const call = async ({ files }: ProcessCall, signal?: AbortSignal): Promise<ProcessResult> => {
      const [path = ""] = files.keys();
      if (path === "old.yaml") {
        await new Promise<void>((_, reject) => {
          signal?.addEventListener("abort", () => {
            ended.push(path);
            reject(signal.reason);
          });
        });
      }
      return DONE;
    };
    const events: string[] = [];
    const emit = ({ revision }: { readonly revision: string }) => void events.push(revision);
    const runs = new PackageRuns({ worker: { call }, log: createLog({ level: "error" }), channel: { emit } });
    const load = (path: string) => async () => {
      return { call: { files: new Map([[path, new Uint8Array()]]) } as unknown as ProcessCall };
    };
    runs.start("ns/a", "1", { load: load("old.yaml") });
    runs.start("ns/a", "2", { load: load("new.yaml") });
    await waitUntil("the newer one is done", async () => runs.result("ns/a", "2") !== undefined);
    expect([ended, events, runs.result("ns/a", "1")]).toEqual([["old.yaml"], ["ns/a"], undefined]);
  });

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
