import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { it as base, describe, expect } from "vitest";
import { CrashJournal } from "./crash-journal.ts";

/** `start` opens the journal as a new process does; what the one before left running was going on when it ended. */
const it = base.extend("start", async ({}, { onCleanup }) => {
  const dir = await mkdtemp(join(tmpdir(), "pkgserver-journal-"));
  onCleanup(async () => await rm(dir, { recursive: true, force: true }));
  const file = join(dir, "data", "journal.json");
  const errors: unknown[] = [];
  const start = (limit = 3) => new CrashJournal({ file, limit, onError: (error) => void errors.push(error) });
  return Object.assign(start, { file, errors });
});

describe("CrashJournal", () => {
  it("leaves work alone that went on when the process ended three times in a row", async ({ start }) => {
    for (const ends of [0, 1, 2]) {
      const journal = start();
      expect([journal.endsOf("a", "1"), journal.isQuarantined("a", "1")]).toEqual([ends, false]);
      (await journal.begin("b", "1")).end();
      await journal.begin("a", "1");
    }
    const journal = start();
    expect(journal.isQuarantined("a", "1")).toBe(true);
    expect(journal.endsOf("b", "1")).toBe(0);
    // Also after a restart in which nothing was tried.
    expect(start().isQuarantined("a", "1")).toBe(true);
  });

  it("tries work again that is for another version, and work that is forgotten", async ({ start }) => {
    for (let at = 0; at < 3; at++) await start().begin("a", "1");
    const journal = start();
    expect([journal.isQuarantined("a", "1"), journal.isQuarantined("a", "2")]).toEqual([true, false]);
    journal.forget("a");
    expect(journal.isQuarantined("a", "1")).toBe(false);
    expect(start().isQuarantined("a", "1")).toBe(false);
  });

  it("counts ends in a row: work that ends, well or not, is not to blame", async ({ start }) => {
    for (let at = 0; at < 2; at++) await start().begin("a", "1");
    (await start().begin("a", "1")).end();
    expect(start().endsOf("a", "1")).toBe(0);
  });

  it("blames nothing for an end on purpose", async ({ start }) => {
    await start().begin("a", "1");
    const journal = start();
    await journal.begin("a", "1");
    journal.close();
    expect(start().endsOf("a", "1")).toBe(1);
  });

  it("blames work that waited only if nothing else went on", async ({ start }) => {
    const first = start();
    (await first.begin("waiting", "1")).wait();
    await first.begin("active", "1");
    const second = start();
    expect([second.endsOf("waiting", "1"), second.endsOf("active", "1")]).toEqual([0, 1]);
    (await second.begin("waiting", "1")).wait();
    const third = start();
    expect(third.endsOf("waiting", "1")).toBe(1);
    const work = await third.begin("other", "1");
    work.wait();
    work.goOn();
    (await third.begin("waiting", "1")).wait();
    expect([start().endsOf("other", "1"), start().endsOf("waiting", "1")]).toEqual([1, 1]);
  });

  it("does suspected work one after the other, but does not wait for one that waits", async ({ start }) => {
    const first = start();
    for (const key of ["a", "b", "c"]) await first.begin(key, "1");
    const journal = start();
    const begun: string[] = [];
    const begin = async (key: string) => {
      const work = await journal.begin(key, "1");
      begun.push(key);
      return work;
    };
    const [a, b, c] = ["a", "b", "c"].map(begin);
    // Not suspected.
    await begin("d");
    const workOfA = await a;
    expect(begun.sort()).toEqual(["a", "d"]);
    workOfA?.wait();
    const workOfB = await b;
    expect(begun.sort()).toEqual(["a", "b", "d"]);
    workOfB?.end();
    await c;
    expect(begun.sort()).toEqual(["a", "b", "c", "d"]);
  });

  it("starts without a file that it can read, and works without one that it can write", async ({ start }) => {
    await start().begin("a", "1");
    await writeFile(start.file, "{");
    const journal = start();
    expect(journal.endsOf("a", "1")).toBe(0);
    expect(start.errors).toEqual([]);
    await rm(join(start.file, ".."), { recursive: true });
    await writeFile(join(start.file, ".."), "no folder");
    (await journal.begin("a", "1")).end();
    expect(start.errors).toHaveLength(1);
  });

  it("leaves nothing alone without a limit", async ({ start }) => {
    for (let at = 0; at < 5; at++) await start(0).begin("a", "1");
    expect(start(0).isQuarantined("a", "1")).toBe(false);
  });
});
