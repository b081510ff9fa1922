import { describe, expect, it } from "vitest";
import { aFolder } from "../../../core/testing/folders.ts";
import type { FileReport } from "../../../core/validation/file-report.ts";
import { createLog } from "../../../runtime/log.ts";
import { TargetChecks, type TargetDraft } from "./target-checks.ts";

const FINE = { problems: [], count: 0 } as const;

/** A target whose files each have one resource: their id. */
class Harness {
  readonly events: string[] = [];
  published: Readonly<Record<string, string>> | Error = {};
  /** Each reading of the target, and each file that was read. */
  readonly reads: string[] = [];
  readonly checks: TargetChecks;

  constructor() {
    this.checks = new TargetChecks({
      files: {
        findResources: async (_, { path, oid }) => {
          this.reads.push(path);
          return [{ id: oid, line: 1, column: 1 }];
        },
      },
      channel: { emit: ({ revision }) => void this.events.push(revision) },
      log: createLog({ level: "error" }),
    });
  }

  draft(key: string, id: string, more: Partial<TargetDraft["target"]> = {}): TargetDraft {
    const report: FileReport = { ...FINE, resources: [{ path: "a.yaml", id, line: 1, column: 1 }] };
    const store = {
      latest: () => undefined,
      readTarget: async () => {
        if (this.published instanceof Error) throw this.published;
        this.reads.push("target");
        return aFolder(this.published);
      },
      readBlob: async () => undefined,
    };
    const target = { repository: "ns/deployments", path: "edge1", store, ...more };
    return { key, target, path: key, nested: [], report };
  }

  async publish(files: Harness["published"], repository = "ns/deployments"): Promise<readonly string[]> {
    this.published = files;
    this.checks.repositoryChanged(repository);
    return await this.takeEvents();
  }

  async takeEvents(): Promise<readonly string[]> {
    // Everything is in memory: all promises are settled by then.
    await new Promise((resolve) => setImmediate(resolve));
    return this.events.splice(0).sort();
  }

  isDuplicate(draft: TargetDraft): boolean | undefined {
    const report = this.checks.complete(draft);
    return report && report.count > 0;
  }
}

describe("TargetChecks", () => {
  it("knows nothing of a draft until its target was read, once for all drafts that wait", async () => {
    const target = new Harness();
    target.published = { "db/a.yaml": "one" };
    const [a, b] = [target.draft("a", "one"), target.draft("b", "two")];
    expect([target.isDuplicate(a), target.isDuplicate(b)]).toEqual([undefined, undefined]);
    expect(await target.takeEvents()).toEqual(["a", "b"]);
    expect([target.isDuplicate(a), target.isDuplicate(b)]).toEqual([true, false]);
    expect(target.reads).toEqual(["target", "db/a.yaml"]);
    expect(await target.takeEvents()).toEqual([]);
  });

  it("reports again on the drafts with a resource that came or went, and reads only what has changed", async () => {
    const target = new Harness();
    target.published = { "db/a.yaml": "one" };
    const [a, b] = [target.draft("a", "two"), target.draft("b", "three")];
    for (const one of [a, b]) target.checks.complete(one);
    await target.takeEvents();
    target.reads.length = 0;
    expect(await target.publish({ "db/a.yaml": "one", "db/b.yaml": "two" })).toEqual(["a"]);
    expect(target.reads).toEqual(["target", "db/b.yaml"]);
    expect([target.isDuplicate(a), target.isDuplicate(b)]).toEqual([true, false]);
    expect(await target.publish({ "db/a.yaml": "three" })).toEqual(["a", "b"]);
    expect([target.isDuplicate(a), target.isDuplicate(b)]).toEqual([false, true]);
  });

  it("compares what a draft has now, after an edit, not what it had", async () => {
    const target = new Harness();
    target.published = { "db/a.yaml": "one" };
    target.checks.complete(target.draft("a", "one"));
    await target.takeEvents();
    expect(target.isDuplicate(target.draft("a", "two"))).toBe(false);
    expect(await target.publish({})).toEqual([]);
    expect(await target.publish({ "db/a.yaml": "two" })).toEqual(["a"]);
  });

  it("reads again what has changed while it was reading", async () => {
    const target = new Harness();
    const a = target.draft("a", "one");
    target.checks.complete(a);
    expect(await target.publish({ "db/a.yaml": "one" })).toEqual(["a"]);
    expect(target.isDuplicate(a)).toBe(true);
  });

  it("forgets a target without drafts, and does not follow it", async () => {
    const target = new Harness();
    target.checks.complete(target.draft("a", "one"));
    await target.takeEvents();
    target.checks.forget("a");
    target.reads.length = 0;
    expect(await target.publish({ "db/a.yaml": "one" })).toEqual([]);
    expect(target.reads).toEqual([]);
    expect(target.isDuplicate(target.draft("a", "one"))).toBeUndefined();
  });

  it("does not mix targets and repositories", async () => {
    const target = new Harness();
    target.published = { "db/a.yaml": "one" };
    const drafts = [
      target.draft("a", "one"),
      target.draft("b", "one", { path: "edge2" }),
      target.draft("c", "one", { repository: "ns/other" }),
    ];
    for (const one of drafts) target.checks.complete(one);
    await target.takeEvents();
    expect(await target.publish({}, "ns/other")).toEqual(["c"]);
    expect(drafts.map((one) => target.isDuplicate(one))).toEqual([true, true, false]);
  });

  it("holds no draft back if its target cannot be read, and tries again after the next change", async () => {
    const target = new Harness();
    target.published = new Error("too large");
    const a = target.draft("a", "one");
    target.checks.complete(a);
    expect(await target.takeEvents()).toEqual(["a"]);
    expect(target.isDuplicate(a)).toBe(false);
    expect(await target.publish({ "db/a.yaml": "one" })).toEqual(["a"]);
    expect(target.isDuplicate(a)).toBe(true);
  });
});
