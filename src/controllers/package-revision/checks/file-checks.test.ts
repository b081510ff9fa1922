import { describe, expect, it, vi } from "vitest";
import type { PackageFile } from "../../../core/files/package-file.ts";
import { blobOid } from "../../../core/identity/hash.ts";
import { type CheckResult, checkYaml } from "../../../core/validation/check-yaml.ts";
import { createLog } from "../../../runtime/log.ts";
import { LimitExceededError } from "../../../runtime/worker-process.ts";
import { FileChecks } from "./file-checks.ts";

const LIKE = "0".repeat(40);
const BAD = "a: [\n";
const LONG = { timeout: 60_000 };
const big = (text: string) => `${"# comment\n".repeat(2000)}${text}`;

function file(path: string, text: string): PackageFile {
  const bytes = new TextEncoder().encode(text);
  return { path, mode: "100644", oid: blobOid(bytes, LIKE), bytes };
}

/** Checks whose child answers when it is told to, with what it was asked. */
function begin(answer: (bytes: Uint8Array) => CheckResult = checkYaml, againMs = 60_000) {
  const asked: { bytes: Uint8Array; go: () => void }[] = [];
  const reports: string[] = [];
  /** What is known of the first commit as each report comes. */
  const seen: ReturnType<FileChecks["report"]>[] = [];
  const child = {
    call: (bytes: Uint8Array) =>
      new Promise<CheckResult>((resolve, reject) => {
        const go = () => {
          try {
            resolve(answer(bytes));
          } catch (error) {
            reject(error);
          }
        };
        asked.push({ bytes, go });
      }),
  };
  const log = createLog({ level: "error" });
  const onReport = (key: string) => {
    reports.push(key);
    seen.push(checks.report(key, "c1"));
  };
  const checks = new FileChecks({ child, log, onReport, pauseMs: 1, againMs });
  const check = (commit: string, files: readonly PackageFile[]) =>
    checks.check("ns/one", commit, files, async (oid) => files.find((one) => one.oid === oid)?.bytes);
  const settle = async () => {
    await turn();
    for (let next = asked.shift(); next !== undefined; next = asked.shift()) {
      next.go();
      await turn();
    }
  };
  /** Lets the child answer until there are so many reports. */
  const told = async (count: number) => {
    const isTold = async () => {
      await settle();
      return reports.length >= count;
    };
    await vi.waitUntil(isTold, LONG);
  };
  return { checks, check, settle, told, asked, reports, seen };
}

const turn = async () => await new Promise((resolve) => setImmediate(resolve));
const paths = (report: ReturnType<FileChecks["report"]>) => report?.problems.map((one) => one.path);

describe("FileChecks", () => {
  it("reads small files at once, and only those that claim to be YAML", () => {
    const { check, asked } = begin();
    const files = [file("a.yaml", BAD), file("b.json", BAD), file("c.yaml", "a: 1\n"), { ...file("d.yaml", BAD) }];
    const { bytes: _, ...hidden } = file("e.yaml", BAD);
    expect(paths(check("c1", [...files, hidden]))).toEqual(["a.yaml", "d.yaml"]);
    expect(asked).toEqual([]);
  });

  it("reads big files elsewhere, and tells when that is done", async () => {
    const { check, checks, settle, reports } = begin();
    const files = [file("a.yaml", BAD), file("b.yaml", big(BAD)), file("c.yaml", big(BAD))];
    expect(check("c1", files)).toBeUndefined();
    expect(checks.knows("ns/one", "c1")).toBe(true);
    expect(reports).toEqual([]);
    await settle();
    expect(reports).toEqual(["ns/one"]);
    expect(paths(checks.report("ns/one", "c1"))).toEqual(["a.yaml", "b.yaml", "c.yaml"]);
  });

  it("takes no more than a few kilobytes in one turn of the event loop, however many files there are", async () => {
    const { check, asked, settle, reports } = begin();
    const files = Array.from({ length: 100 }, (_, at) => file(`${at}.yaml`, `a: ${at} ${"x".repeat(1000)}\n`));
    expect(check("c1", files)).toBeUndefined();
    await turn();
    expect(asked.length).toBe(1);
    await settle();
    expect(reports).toEqual(["ns/one"]);
    // All of them are known by now.
    expect(check("c2", files)).toEqual({ problems: [], count: 0 });
  });

  it("reads one file where one was edited, and tells only the newest commit", async () => {
    const { check, checks, settle, asked, reports } = begin();
    const others = [file("a.yaml", big("a: 1\n")), file("b.yaml", big("b: 1\n"))];
    check("c1", [...others, file("c.yaml", big(BAD))]);
    const edited = [...others, file("c.yaml", big("c: 1\n"))];
    check("c2", edited);
    await turn();
    const before = asked.length;
    await settle();
    expect(before).toBe(1);
    expect(reports).toEqual(["ns/one"]);
    expect(checks.report("ns/one", "c1")).toBeUndefined();
    expect(checks.report("ns/one", "c2")).toEqual({ problems: [], count: 0 });
  });

  it.each(["time", "memory"] as const)("tells what takes too much %s, and does not try it again", async (limit) => {
    const { check, checks, settle, asked } = begin(() => {
      throw new LimitExceededError(limit);
    });
    const files = [file("a.yaml", big("a: 1\n"))];
    check("c1", files);
    await settle();
    const message = `reading it takes too much ${limit}: it was not checked`;
    expect(checks.report("ns/one", "c1")?.problems).toEqual([{ path: "a.yaml", line: 1, column: 1, message }]);
    expect(check("c2", files)?.count).toBe(1);
    expect(asked).toEqual([]);
  });

  it("tries again what failed for a reason that says nothing of the file, and reads others meanwhile", async () => {
    const read: string[] = [];
    const { check, checks, told } = begin((bytes) => {
      const last = new TextDecoder().decode(bytes).trimEnd().at(-1) ?? "";
      read.push(last);
      if (last === "1" && read.filter((one) => one === "1").length < 3) throw new Error("ended with SIGTERM");
      return checkYaml(bytes);
    });
    check("c1", [file("a.yaml", big("a: 1\n")), file("b.yaml", big(BAD)), file("c.yaml", big("c: 3\n"))]);
    await told(1);
    expect(read.slice(0, 3)).toEqual(["1", "[", "3"]);
    expect(read.slice(3)).toEqual(["1", "1"]);
    expect(paths(checks.report("ns/one", "c1"))).toEqual(["b.yaml"]);
  });

  it("tells what could not be read, has the package looked at again, and reads it then", async () => {
    let fails = 3;
    const { check, checks, told, seen } = begin((bytes) => {
      if (fails-- > 0) throw new Error("ended with SIGKILL");
      return checkYaml(bytes);
    }, 1);
    const files = [file("a.yaml", big(BAD))];
    check("c1", files);
    await told(2);
    const message = "reading it failed: it was not checked";
    expect(seen).toMatchObject([{ problems: [{ path: "a.yaml", line: 1, column: 1, message }] }, undefined]);
    expect(checks.knows("ns/one", "c1")).toBe(false);
    check("c1", files);
    await told(3);
    expect(checks.report("ns/one", "c1")?.problems).toMatchObject([{ line: 2002 }]);
  });

  it("reads at the next commit what could not be read at the one before", async () => {
    let fails = 3;
    const { check, checks, told } = begin((bytes) => {
      if (fails-- > 0) throw new Error("ended with SIGKILL");
      return checkYaml(bytes);
    });
    const files = [file("a.yaml", big("a: 1\n"))];
    check("c1", files);
    await told(1);
    expect(checks.report("ns/one", "c1")?.count).toBe(1);
    expect(check("c2", files)).toBeUndefined();
    await told(2);
    expect(checks.report("ns/one", "c2")?.count).toBe(0);
  });

  it("tells what is not in the mirror any more, too", async () => {
    const { checks, told } = begin();
    checks.check("ns/one", "c1", [file("a.yaml", big("a: 1\n"))], async () => undefined);
    await told(1);
    expect(checks.report("ns/one", "c1")?.count).toBe(1);
  });

  it("tells nothing of what was forgotten", async () => {
    const { check, checks, settle, reports } = begin();
    check("c1", [file("a.yaml", big(BAD))]);
    checks.forget("ns/one");
    await settle();
    expect(reports).toEqual([]);
    expect(checks.knows("ns/one", "c1")).toBe(false);
  });
});
