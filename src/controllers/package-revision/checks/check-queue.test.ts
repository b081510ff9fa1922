import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { PackageFile } from "../../../core/files/package-file.ts";
import { blobOid } from "../../../core/identity/hash.ts";
import type { CheckResult } from "../../../core/validation/check-yaml.ts";
import { createLog } from "../../../runtime/log.ts";
import { WorkerProcess } from "../../../runtime/worker-process.ts";
import { FileChecks } from "./file-checks.ts";

const LONG = { timeout: 60_000 };

/** More than is read at once. */
function bigFile(path: string, end: string): PackageFile {
  const bytes = new TextEncoder().encode(`${"# comment\n".repeat(2000)}${end}`);
  return { path, mode: "100644", oid: blobOid(bytes, "0".repeat(40)), bytes };
}

/** Says that it runs by a file that has its id for a name, and reads nothing for as long as there is one named `hold`. */
const HELD = `
import { existsSync, writeFileSync } from "node:fs";
import { checkYaml } from ${JSON.stringify(new URL("../../../core/validation/check-yaml.ts", import.meta.url).href)};
process.on("message", (bytes) => {
  const hold = existsSync(new URL("hold", import.meta.url));
  writeFileSync(new URL(String(process.pid), import.meta.url), "");
  if (hold) for (;;);
  process.send(checkYaml(bytes));
});
process.on("disconnect", () => process.exit(0));`;

describe("FileChecks with a child that somebody ends", () => {
  let dir: string;
  let child: WorkerProcess<Uint8Array, CheckResult>;
  const reports: string[] = [];
  let checks: FileChecks;
  const look = () => {
    const files = [bigFile("a.yaml", "a: 1\n"), bigFile("b.yaml", "a: [\n")];
    checks.check("ns/one", "c1", files, async (oid) => files.find((one) => one.oid === oid)?.bytes);
  };
  const pids = async () => (await readdir(dir)).filter((name) => /^\d+$/.test(name));
  /** The process that reads now, if it is not one of these. */
  const next = async (before: readonly string[]) =>
    await vi.waitUntil(async () => (await pids()).find((pid) => !before.includes(pid)), LONG);
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), "pkgserver-checks-"));
    await writeFile(join(dir, "held.mjs"), HELD);
    await writeFile(join(dir, "hold"), "");
    reports.length = 0;
    const url = pathToFileURL(join(dir, "held.mjs"));
    child = new WorkerProcess({ url, timeoutMs: 60_000, idleMs: 60_000, memoryMb: 64 });
    const log = createLog({ level: "error" });
    checks = new FileChecks({ child, log, onReport: (key) => reports.push(key), pauseMs: 1 });
  });
  afterEach(async () => {
    await child.close();
    await rm(dir, { recursive: true, force: true });
  });

  it.each(["SIGTERM", "SIGKILL"] as const)("reads the file in another one after %s", async (signal) => {
    look();
    const first = await next([]);
    await rm(join(dir, "hold"));
    process.kill(Number(first), signal);
    await vi.waitUntil(() => reports.length > 0, LONG);
    expect(checks.report("ns/one", "c1")?.problems).toMatchObject([{ path: "b.yaml", line: 2002 }]);
  });

  it("tells that it could not be read where each one is ended", async () => {
    look();
    const ended: string[] = [];
    while (reports.length === 0) {
      const pid = await vi.waitUntil(
        async () => reports.length > 0 || (await pids()).find((one) => !ended.includes(one)),
        LONG,
      );
      if (pid === true) break;
      ended.push(pid);
      process.kill(Number(pid), "SIGKILL");
    }
    // Three for each of the two files.
    expect(ended.length).toBe(6);
    const message = "reading it failed: it was not checked";
    expect(checks.report("ns/one", "c1")?.problems).toMatchObject([
      { path: "a.yaml", message },
      { path: "b.yaml", message },
    ]);
  });
});
