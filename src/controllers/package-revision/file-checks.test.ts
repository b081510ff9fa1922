import { describe, expect, it } from "vitest";
import { blobOid } from "../../core/identity/hash.ts";
import type { PackageFile } from "../../core/resources/package-file.ts";
import { checkYaml, type Verdict } from "../../core/validation/check-yaml.ts";
import { GaveUpError } from "../../runtime/child-calls.ts";
import { createLog } from "../../runtime/log.ts";
import { FileChecks } from "./file-checks.ts";

const LIKE = "0".repeat(40);
const BAD = "a: [\n";
const big = (text: string) => `${"# comment\n".repeat(2000)}${text}`;

function file(path: string, text: string): PackageFile {
  const bytes = new TextEncoder().encode(text);
  return { path, mode: "100644", oid: blobOid(bytes, LIKE), bytes };
}

/** Checks whose child answers when it is told to, with what it was asked. */
function begin(answer: (bytes: Uint8Array) => Verdict = checkYaml) {
  const asked: { bytes: Uint8Array; go: () => void }[] = [];
  const reports: string[] = [];
  const child = {
    call: (bytes: Uint8Array) =>
      new Promise<Verdict>((resolve, reject) => {
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
  const checks = new FileChecks({ child, log, onReport: (key) => reports.push(key) });
  const check = (commit: string, files: readonly PackageFile[]) =>
    checks.check("ns/one", commit, files, async (oid) => files.find((one) => one.oid === oid)?.bytes);
  const settle = async () => {
    await turn();
    for (let next = asked.shift(); next !== undefined; next = asked.shift()) {
      next.go();
      await turn();
    }
  };
  return { checks, check, settle, asked, reports };
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
      throw new GaveUpError(limit);
    });
    const files = [file("a.yaml", big("a: 1\n"))];
    check("c1", files);
    await settle();
    const message = `reading it takes too much ${limit}: it was not checked`;
    expect(checks.report("ns/one", "c1")?.problems).toEqual([{ path: "a.yaml", line: 1, column: 1, message }]);
    expect(check("c2", files)?.count).toBe(1);
    expect(asked).toEqual([]);
  });

  it("begins anew after a failure that says nothing of the file", async () => {
    let fails = true;
    const { check, checks, settle } = begin((bytes) => {
      if (fails) throw new Error("no child");
      return checkYaml(bytes);
    });
    const files = [file("a.yaml", big(BAD))];
    check("c1", files);
    await settle();
    expect(checks.knows("ns/one", "c1")).toBe(false);
    fails = false;
    check("c1", files);
    await settle();
    expect(paths(checks.report("ns/one", "c1"))).toEqual(["a.yaml"]);
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
