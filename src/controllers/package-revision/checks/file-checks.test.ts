import { it as base, describe, expect, vi } from "vitest";
import type { PackageFile } from "../../../core/files/package-file.ts";
import { blobOid } from "../../../core/identity/hash.ts";
import { noTabsCheck } from "../../../core/testing/no-tabs-check.ts";
import { FILE_CHECKS } from "../../../core/validation/checks/registry.ts";
import {
  type CheckResult,
  type FileCheck,
  type FileCheckCall,
  runFileCheck,
} from "../../../core/validation/file-check.ts";
import type { FileReport } from "../../../core/validation/file-report.ts";
import { createLog } from "../../../runtime/log.ts";
import { LimitExceededError } from "../../../runtime/worker-process.ts";
import { FileChecks, type FilesChecked } from "./file-checks.ts";

const KEY = "ns/one";
const BAD = "a: [\n";
const LONG = { timeout: 60_000 };
const CHECKS = [...FILE_CHECKS, noTabsCheck];
const large = (text: string) => `${"# comment\n".repeat(2000)}${text}`;

function file(path: string, text: string): PackageFile {
  const bytes = new TextEncoder().encode(text);
  return { path, mode: "100644", oid: blobOid(bytes, "sha1"), bytes };
}

/** Checks with a fake worker process that answers only in `runWorker`. */
class Harness {
  readonly checks: FileChecks;
  /** Calls to the worker that have no answer yet. */
  readonly calls: { readonly call: FileCheckCall; readonly answer: () => void }[] = [];
  /** The keys of the `filesChecked` events. */
  readonly reports: string[] = [];
  /** The report of commit `c1` at each `filesChecked` event. */
  readonly reportsOfC1: (FileReport | undefined)[] = [];
  /** The worker's side of a call; may throw. */
  answer: (call: FileCheckCall) => CheckResult = (call) => runFileCheck(CHECKS, call);

  constructor(retryMs = 60_000, checks: readonly FileCheck[] = CHECKS) {
    const worker = {
      call: async (call: FileCheckCall) => {
        const { promise, resolve } = Promise.withResolvers<void>();
        this.calls.push({ call, answer: resolve });
        await promise;
        return this.answer(call);
      },
    };
    const emit = ({ revision }: FilesChecked) => {
      this.reports.push(revision);
      this.reportsOfC1.push(this.checks.report(revision, "c1"));
    };
    const log = createLog({ level: "error" });
    this.checks = new FileChecks({ checks, worker, log, channel: { emit }, pauseMs: 1, retryMs });
  }

  check(commit: string, files: readonly PackageFile[]): FileReport | undefined {
    return this.checks.check(KEY, commit, files, async (oid) => files.find((one) => one.oid === oid)?.bytes);
  }

  /** Answers all calls, and those that follow. */
  async runWorker(): Promise<void> {
    await turn();
    for (let next = this.calls.shift(); next !== undefined; next = this.calls.shift()) {
      next.answer();
      await turn();
    }
  }

  async waitForReports(count: number): Promise<void> {
    const hasReports = async () => {
      await this.runWorker();
      return this.reports.length >= count;
    };
    await vi.waitUntil(hasReports, LONG);
  }

  /** The first calls fail as if the worker process had been killed. */
  failFirst(count: number): void {
    let left = count;
    const { answer } = this;
    this.answer = (call) => {
      if (left-- > 0) throw new Error("ended with SIGKILL");
      return answer(call);
    };
  }
}

const turn = async () => await new Promise((resolve) => setImmediate(resolve));
const pathsIn = (report: FileReport | undefined) => report?.problems.map((one) => one.path);

const it = base.extend("harness", () => new Harness());

describe("FileChecks", () => {
  it("checks small files inline, each with the checks that apply to its path", ({ harness }) => {
    const files = [file("a.yaml", BAD), file("b.json", BAD), file("c.yaml", "a: 1\n"), file("d.yaml", BAD)];
    const { bytes: _, ...notShown } = file("e.yaml", BAD);
    const report = harness.check("c1", [...files, notShown, file("f.txt", "\t")]);
    expect(pathsIn(report)).toEqual(["a.yaml", "d.yaml", "f.txt"]);
    expect(report?.problems[2]).toEqual({ path: "f.txt", line: 1, column: 1, message: "a tab" });
    expect(harness.calls).toEqual([]);
  });

  it("reports nothing of the files that the package's ignore files exclude, small or large", async ({ harness }) => {
    const files = [file("templates/a.yaml", BAD), file("templates/b.yaml", large(BAD)), file("c.yaml", BAD)];
    harness.check("c1", files);
    await harness.runWorker();
    expect(pathsIn(harness.checks.report(KEY, "c1"))).toEqual(["c.yaml", "templates/a.yaml", "templates/b.yaml"]);
    expect(pathsIn(harness.check("c2", [...files, file(".krmignore", "templates/\n")]))).toEqual(["c.yaml"]);
    expect(pathsIn(harness.check("c3", [...files, file("templates/.krmignore", "a*\n")]))).toEqual([
      "c.yaml",
      "templates/b.yaml",
    ]);
  });

  it("finds the resources of one blob for each who asks, also for one owner at the same time", async ({ harness }) => {
    const one = file("a.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n");
    const find = (path: string) =>
      harness.checks.findResources(
        "ns/repository",
        { ...one, path },
        async () => one.bytes,
        () => true,
      );
    const found = Promise.all([find("a.yaml"), find("b.yaml"), find("README.md")]);
    await harness.runWorker();
    const resources = [{ id: "ConfigMap a", line: 1, column: 1 }];
    expect(await found).toEqual([resources, resources, []]);
    // Cached by now.
    expect(await find("c.yaml")).toEqual(resources);
    expect(harness.calls).toEqual([]);
  });

  it("does not take a file that could not be read for one without resources", async ({ harness }) => {
    harness.failFirst(3);
    const one = file("a.yaml", "a: 1\n");
    const found = harness.checks.findResources(
      "ns/repository",
      one,
      async () => one.bytes,
      () => true,
    );
    const refused = expect(found).rejects.toThrow("a.yaml could not be read");
    let isSettled = false;
    void found
      .catch(() => {})
      .then(() => {
        isSettled = true;
      });
    await vi.waitUntil(async () => {
      await harness.runWorker();
      return isSettled;
    }, LONG);
    await refused;
  });

  it("checks large files in the worker, and emits an event when all are checked", async ({ harness }) => {
    const files = [file("a.yaml", BAD), file("b.yaml", large(BAD)), file("c.yaml", large(BAD))];
    expect(harness.check("c1", files)).toBeUndefined();
    expect(harness.checks.hasRun(KEY, "c1")).toBe(true);
    expect(harness.reports).toEqual([]);
    await harness.runWorker();
    expect(harness.reports).toEqual([KEY]);
    expect(pathsIn(harness.checks.report(KEY, "c1"))).toEqual(["a.yaml", "b.yaml", "c.yaml"]);
  });

  it("caches a result for its check only", async () => {
    const all = { ...noTabsCheck, applies: () => true };
    const harness = new Harness(60_000, [...FILE_CHECKS, all]);
    const names: string[] = [];
    harness.answer = (call) => {
      names.push(call.check);
      return runFileCheck(CHECKS, call);
    };
    const [yaml, text] = [file("a.yaml", large("a: '\t'\n")), file("a.txt", large("a: '\t'\n"))];
    harness.check("c1", [yaml]);
    await harness.runWorker();
    expect(names.toSorted()).toEqual(["no-tabs", "yaml"]);
    expect(harness.checks.report(KEY, "c1")?.problems).toMatchObject([{ path: "a.yaml", message: "a tab" }]);
    // The same blob at a path that only one check applies to.
    expect(harness.check("c2", [text])?.count).toBe(1);
    expect(names.length).toBe(2);
  });

  it("checks at most a few kilobytes inline in one turn of the event loop, for any number of files", async ({
    harness,
  }) => {
    const files = Array.from({ length: 100 }, (_, at) => file(`${at}.yaml`, `a: ${at} ${"x".repeat(1000)}\n`));
    expect(harness.check("c1", files)).toBeUndefined();
    await turn();
    expect(harness.calls.length).toBe(1);
    await harness.runWorker();
    expect(harness.reports).toEqual([KEY]);
    // All results are cached by now.
    expect(harness.check("c2", files)).toMatchObject({ problems: [], count: 0 });
  });

  it("has results of primed files at once", async ({ harness }) => {
    const files = Array.from({ length: 20 }, (_, at) => file(`${at}.yaml`, `a: ${at} ${"x".repeat(1000)}\n`));
    for (const one of files) {
      harness.checks.prime([one]);
      await turn();
    }
    expect(harness.check("c1", files)).toMatchObject({ problems: [], count: 0 });
    expect(harness.calls).toEqual([]);
  });

  it("checks only the edited file after an edit, and reports only the newest commit", async ({ harness }) => {
    const others = [file("a.yaml", large("a: 1\n")), file("b.yaml", large("b: 1\n"))];
    harness.check("c1", [...others, file("c.yaml", large(BAD))]);
    const edited = [...others, file("c.yaml", large("c: 1\n"))];
    harness.check("c2", edited);
    await turn();
    const before = harness.calls.length;
    await harness.runWorker();
    expect(before).toBe(1);
    expect(harness.reports).toEqual([KEY]);
    expect(harness.checks.report(KEY, "c1")).toBeUndefined();
    expect(harness.checks.report(KEY, "c2")).toMatchObject({ problems: [], count: 0 });
  });

  it.for(["time", "memory"] as const)(
    "reports a file that takes too much %s, and does not retry",
    async (limit, { harness }) => {
      harness.answer = () => {
        throw new LimitExceededError(limit);
      };
      const files = [file("a.yaml", large("a: 1\n"))];
      harness.check("c1", files);
      await harness.runWorker();
      const message = `reading it takes too much ${limit}: it was not checked`;
      expect(harness.checks.report(KEY, "c1")?.problems).toEqual([{ path: "a.yaml", line: 1, column: 1, message }]);
      expect(harness.check("c2", files)?.count).toBe(1);
      expect(harness.calls).toEqual([]);
    },
  );

  it("retries after a failure that says nothing of the file, and checks other files meanwhile", async ({ harness }) => {
    const lastChars: string[] = [];
    harness.answer = (call) => {
      const last = new TextDecoder().decode(call.bytes).trimEnd().at(-1) ?? "";
      lastChars.push(last);
      if (last === "1" && lastChars.filter((one) => one === "1").length < 3) throw new Error("ended with SIGTERM");
      return runFileCheck(CHECKS, call);
    };
    harness.check("c1", [file("a.yaml", large("a: 1\n")), file("b.yaml", large(BAD)), file("c.yaml", large("c: 3\n"))]);
    await harness.waitForReports(1);
    expect(lastChars.slice(0, 3)).toEqual(["1", "[", "3"]);
    expect(lastChars.slice(3)).toEqual(["1", "1"]);
    expect(pathsIn(harness.checks.report(KEY, "c1"))).toEqual(["b.yaml"]);
  });

  it("reports a file that could not be checked, and requests a reconcile that checks it again", async () => {
    const harness = new Harness(1);
    harness.failFirst(3);
    const files = [file("a.yaml", large(BAD))];
    harness.check("c1", files);
    await harness.waitForReports(2);
    const message = "reading it failed: it was not checked";
    expect(harness.reportsOfC1).toMatchObject([
      { problems: [{ path: "a.yaml", line: 1, column: 1, message }] },
      undefined,
    ]);
    expect(harness.checks.hasRun(KEY, "c1")).toBe(false);
    harness.check("c1", files);
    await harness.waitForReports(3);
    expect(harness.checks.report(KEY, "c1")?.problems).toMatchObject([{ line: 2002 }]);
  });

  it("checks a file again at the next commit if it could not be checked before", async ({ harness }) => {
    harness.failFirst(3);
    const files = [file("a.yaml", large("a: 1\n"))];
    harness.check("c1", files);
    await harness.waitForReports(1);
    expect(harness.checks.report(KEY, "c1")?.count).toBe(1);
    expect(harness.check("c2", files)).toBeUndefined();
    await harness.waitForReports(2);
    expect(harness.checks.report(KEY, "c2")?.count).toBe(0);
  });

  it("reports a file whose blob the mirror no longer has", async ({ harness }) => {
    harness.checks.check(KEY, "c1", [file("a.yaml", large("a: 1\n"))], async () => undefined);
    await harness.waitForReports(1);
    expect(harness.checks.report(KEY, "c1")?.count).toBe(1);
  });

  it("does not report on a package revision that was forgotten", async ({ harness }) => {
    harness.check("c1", [file("a.yaml", large(BAD))]);
    harness.checks.forget(KEY);
    await harness.runWorker();
    expect(harness.reports).toEqual([]);
    expect(harness.checks.hasRun(KEY, "c1")).toBe(false);
  });
});
