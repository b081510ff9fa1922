import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const root = join(import.meta.dirname, "..", "..");
/** Ways to give a reason, in the rooms that decide on conditions. */
const ROOMS = ["src/core", "src/controllers", "src/storage"];
const GIVEN =
  /(?:reason(?:: |: voided \? )|(?:GitError|CredentialsError)\(\s*|HISTORY_REWRITTEN = )"([A-Z][A-Za-z]+)"/g;
/** Never shown: the operator stops, or the Repository goes. */
const INTERNAL = ["Closed"];

async function reasonsOf(room: string): Promise<readonly string[]> {
  const names = (await readdir(join(root, room), { recursive: true })).filter(
    (name) => name.endsWith(".ts") && !name.endsWith(".test.ts") && !name.includes("testing"),
  );
  const texts = await Promise.all(names.map((name) => readFile(join(root, room, name), "utf8")));
  return texts.flatMap((text) => [...text.matchAll(GIVEN)].flatMap(([, reason]) => reason ?? []));
}

describe("docs/troubleshooting.md", () => {
  it("has every reason that a condition may have", async () => {
    const page = await readFile(join(root, "docs", "troubleshooting.md"), "utf8");
    const errors = await readFile(join(root, "src", "storage", "git", "errors.ts"), "utf8");
    const union = /export type GitErrorReason =(.*?);\n\n/s.exec(errors)?.[1] ?? "";
    const given = [
      ...(await Promise.all(ROOMS.map(reasonsOf))).flat(),
      ...[...union.matchAll(/\| "([A-Za-z]+)"/g)].flatMap(([, reason]) => reason ?? []),
    ];
    expect(new Set(given).size).toBeGreaterThan(60);
    const missing = [...new Set(given)].filter(
      (reason) => !INTERNAL.includes(reason) && !page.includes(`\`${reason}\``),
    );
    expect(missing).toEqual([]);
  });
});
