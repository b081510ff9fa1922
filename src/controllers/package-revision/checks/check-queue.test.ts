import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { it as base, describe, expect, vi } from "vitest";
import type { PackageFile } from "../../../core/files/package-file.ts";
import { blobOid } from "../../../core/identity/hash.ts";
import { noTabsCheck } from "../../../core/testing/no-tabs-check.ts";
import { FILE_CHECKS } from "../../../core/validation/checks/registry.ts";
import type { CheckResult, FileCheck, FileCheckCall } from "../../../core/validation/file-check.ts";
import { createLog } from "../../../runtime/log.ts";
import { WorkerProcess } from "../../../runtime/worker-process.ts";
import { FileChecks, type FilesChecked } from "./file-checks.ts";

const LONG = { timeout: 60_000 };

const sourceUrl = (path: string) => JSON.stringify(new URL(`../../../${path}`, import.meta.url).href);

/** A worker that writes a file named after its process id, and answers nothing while a file named `hold` exists. */
const HELD_WORKER = `
import { existsSync, writeFileSync } from "node:fs";
import { FILE_CHECKS } from ${sourceUrl("core/validation/checks/registry.ts")};
import { runFileCheck } from ${sourceUrl("core/validation/file-check.ts")};
import { answerCalls } from ${sourceUrl("runtime/answer-calls.ts")};
answerCalls((call) => {
  const hold = existsSync(new URL("hold", import.meta.url));
  writeFileSync(new URL(String(process.pid), import.meta.url), "");
  if (hold) for (;;);
  return runFileCheck(FILE_CHECKS, call);
});`;

/** `workers/file-check.ts` with one more check in the registry. */
const EXTENDED_WORKER = `
import { FILE_CHECKS } from ${sourceUrl("core/validation/checks/registry.ts")};
import { runFileCheck } from ${sourceUrl("core/validation/file-check.ts")};
import { noTabsCheck } from ${sourceUrl("core/testing/no-tabs-check.ts")};
import { answerCalls } from ${sourceUrl("runtime/answer-calls.ts")};
answerCalls((call) => runFileCheck([...FILE_CHECKS, noTabsCheck], call));`;

/** A file too large to be checked inline. */
function largeFile(path: string, end: string): PackageFile {
  const bytes = new TextEncoder().encode(`${"# comment\n".repeat(2000)}${end}`);
  return { path, mode: "100644", oid: blobOid(bytes, "sha1"), bytes };
}

interface Started {
  readonly checks: FileChecks;
  /** The keys of the `filesChecked` events. */
  readonly reports: readonly string[];
  readonly check: (files: readonly PackageFile[]) => void;
}

const it = base
  /** A folder for the worker's module. */
  .extend("dir", async ({ task: _ }, { onCleanup }) => {
    const dir = await mkdtemp(join(tmpdir(), "pkgserver-checks-"));
    onCleanup(async () => await rm(dir, { recursive: true, force: true }));
    return dir;
  })
  /** Starts checks with a worker process that runs a module. */
  .extend("start", ({ task: _ }, { onCleanup }) => (url: URL, fileChecks: readonly FileCheck[]): Started => {
    const limits = { timeoutMs: 60_000, idleMs: 60_000, memoryMb: 64 };
    const worker = new WorkerProcess<FileCheckCall, CheckResult>({ url, ...limits });
    onCleanup(async () => await worker.close());
    const reports: string[] = [];
    const log = createLog({ level: "error" });
    const channel = { emit: ({ revision }: FilesChecked) => void reports.push(revision) };
    const checks = new FileChecks({ checks: fileChecks, worker, log, channel, pauseMs: 1 });
    const check = (files: readonly PackageFile[]) =>
      void checks.check("ns/one", "c1", files, async (oid) => files.find((one) => one.oid === oid)?.bytes);
    return { checks, reports, check };
  });

async function writeModule(dir: string, text: string): Promise<URL> {
  const path = join(dir, "worker.mjs");
  await writeFile(path, text);
  return pathToFileURL(path);
}

describe("FileChecks with a worker process that is killed", () => {
  const files = [largeFile("a.yaml", "a: 1\n"), largeFile("b.yaml", "a: [\n")];
  const listPids = async (dir: string) => (await readdir(dir)).filter((name) => /^\d+$/.test(name));
  /** The worker process that runs now, if it is none of `before`. */
  const waitForPid = async (dir: string, before: readonly string[]) =>
    await vi.waitUntil(async () => (await listPids(dir)).find((pid) => !before.includes(pid)), LONG);

  it.for(["SIGTERM", "SIGKILL"] as const)(
    "checks the file in a new process after %s",
    async (signal, { dir, start }) => {
      await writeFile(join(dir, "hold"), "");
      const { checks, reports, check } = start(await writeModule(dir, HELD_WORKER), FILE_CHECKS);
      check(files);
      const first = await waitForPid(dir, []);
      await rm(join(dir, "hold"));
      process.kill(Number(first), signal);
      await vi.waitUntil(() => reports.length > 0, LONG);
      expect(checks.report("ns/one", "c1")?.problems).toMatchObject([{ path: "b.yaml", line: 2002 }]);
    },
  );

  it("reports that a file was not checked after three killed processes", async ({ dir, start }) => {
    await writeFile(join(dir, "hold"), "");
    const { checks, reports, check } = start(await writeModule(dir, HELD_WORKER), FILE_CHECKS);
    check(files);
    const killed: string[] = [];
    while (reports.length === 0 && killed.length <= 6) {
      const pid = await vi.waitUntil(
        async () => reports.length > 0 || (await listPids(dir)).find((one) => !killed.includes(one)),
        LONG,
      );
      if (pid === true) break;
      killed.push(pid);
      process.kill(Number(pid), "SIGKILL");
    }
    expect(reports).not.toEqual([]);
    // Three for each of the two files.
    expect(killed.length).toBe(6);
    const message = "reading it failed: it was not checked";
    expect(checks.report("ns/one", "c1")?.problems).toMatchObject([
      { path: "a.yaml", message },
      { path: "b.yaml", message },
    ]);
  });
});

describe("FileChecks with the worker process of the operator", () => {
  it("checks large files", async ({ start }) => {
    const worker = new URL("../../../workers/file-check.ts", import.meta.url);
    const { checks, reports, check } = start(worker, FILE_CHECKS);
    check([largeFile("a.yaml", "a: [\n"), largeFile("b.txt", "\t\n")]);
    await vi.waitUntil(() => reports.length > 0, LONG);
    const report = checks.report("ns/one", "c1");
    expect(report).toMatchObject({ problems: [{ path: "a.yaml", line: 2002 }], count: 1, reason: "InvalidYAML" });
  });

  it("runs each registered check that applies to a file", async ({ dir, start }) => {
    const { checks, reports, check } = start(await writeModule(dir, EXTENDED_WORKER), [...FILE_CHECKS, noTabsCheck]);
    check([largeFile("b.yaml", "a: [\n"), largeFile("a.txt", "x\t\n"), largeFile("c.txt", "fine\n")]);
    await vi.waitUntil(() => reports.length > 0, LONG);
    const report = checks.report("ns/one", "c1");
    expect(report?.problems).toMatchObject([
      { path: "a.txt", line: 2001, column: 2, message: "a tab" },
      { path: "b.yaml", line: 2002 },
    ]);
    expect(report).toMatchObject({ count: 2, reason: "TabFound" });
  });
});
