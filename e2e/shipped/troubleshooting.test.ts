import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { root } from "./markdown.ts";

/** The layers that decide on conditions. */
const LAYERS = ["src/core", "src/controllers", "src/storage"];
/** The expressions that set a reason. */
const REASON =
  /(?:reason(?:: |: voided \? )|(?:GitError|CredentialsError)\(\s*|HISTORY_REWRITTEN = )"([A-Z][A-Za-z]+)"/g;
/** Never shown: the operator stops, or the Repository is deleted. */
const INTERNAL = ["Closed"];

const page = (await readFile(join(root, "docs", "troubleshooting.md"), "utf8")).replaceAll(/\s+/g, " ");

async function sourcesOf(folder: string): Promise<readonly string[]> {
  const names = (await readdir(join(root, folder), { recursive: true })).filter(
    (name) => name.endsWith(".ts") && !name.endsWith(".test.ts") && !name.includes("testing"),
  );
  return await Promise.all(names.map((name) => readFile(join(root, folder, name), "utf8")));
}

describe("docs/troubleshooting.md", () => {
  it("has every reason that a condition may have", async () => {
    const sources = (await Promise.all(LAYERS.map(sourcesOf))).flat();
    const errors = await readFile(join(root, "src", "storage", "git", "errors.ts"), "utf8");
    const union = /export type GitErrorReason =(.*?);\n\n/s.exec(errors)?.[1] ?? "";
    const reasons = [
      ...sources.flatMap((text) => [...text.matchAll(REASON)].flatMap(([, reason]) => reason ?? [])),
      ...[...union.matchAll(/\| "([A-Za-z]+)"/g)].flatMap(([, reason]) => reason ?? []),
    ];
    expect(new Set(reasons).size).toBeGreaterThan(60);
    const missing = [...new Set(reasons)].filter(
      (reason) => !INTERNAL.includes(reason) && !page.includes(`\`${reason}\``),
    );
    expect(missing).toEqual([]);
  });

  it("quotes messages of the log as the code has them", async () => {
    const quoted = [...page.matchAll(/the log has `([^`]+)`/g)].map((match) => match[1] ?? "");
    expect(quoted.length).toBeGreaterThan(1);
    const sources = (await sourcesOf("src")).join("\n");
    expect(quoted.filter((message) => !sources.includes(`"${message}"`))).toEqual([]);
  });
});
