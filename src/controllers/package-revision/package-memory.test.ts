import { it as base, describe, expect } from "vitest";
import { type MemoryHold, OutOfTurnError, PackageMemory } from "./package-memory.ts";

const MIB = 1024 * 1024;

/** Reconciles with a package of so many bytes; `admitted` are the keys of those that hold theirs. */
const it = base.extend("reconciles", () => {
  const memory = new PackageMemory();
  const holds = new Map<string, MemoryHold>();
  const admitted: string[] = [];
  const settle = async () => await new Promise<void>((resolve) => setImmediate(resolve));
  return {
    memory,
    admitted,
    begin: async (bytes: number, ...keys: readonly string[]) => {
      for (const key of keys) {
        void memory.begin(key).then(async (hold) => {
          holds.set(key, hold);
          await hold.admit(bytes);
          admitted.push(key);
        });
      }
      await settle();
      return admitted;
    },
    end: async (key: string) => {
      holds.get(key)?.end();
      await settle();
      return admitted;
    },
  };
});

const keys = (namespace: string, count: number) => Array.from({ length: count }, (_, at) => `${namespace}/p${at}`);

describe("PackageMemory", () => {
  it("lets any number of small packages be held", async ({ reconciles }) => {
    expect(await reconciles.begin(256 * 1024, ...keys("a", 200))).toHaveLength(200);
  });

  it("lets some packages of a medium size be held, and leaves seats to other namespaces", async ({ reconciles }) => {
    expect(await reconciles.begin(4 * MIB, ...keys("a", 50))).toHaveLength(6);
    expect(await reconciles.begin(4 * MIB, ...keys("b", 50))).toHaveLength(9);
    // The one that has fewer gets the next seat.
    expect((await reconciles.end("a/p0")).at(-1)).toBe("b/p3");
  });

  it("lets one large package of a namespace be held, and two in all", async ({ reconciles }) => {
    expect(await reconciles.begin(5 * MIB, ...keys("a", 3), ...keys("b", 2), ...keys("c", 1))).toEqual([
      "a/p0",
      "b/p0",
    ]);
    expect(await reconciles.begin(MIB, "d/medium")).toContain("d/medium");
    for (const key of ["a/p0", "b/p0", "a/p1"]) await reconciles.end(key);
    expect(reconciles.admitted.slice(3).sort()).toEqual(["a/p1", "b/p1", "c/p0"]);
  });

  it("waits for a larger package with none in memory: the next reconcile waits before it reads", async ({
    reconciles: { memory, begin, end, admitted },
  }) => {
    await begin(5 * MIB, "a/large");
    const first = await memory.begin("a/grows");
    await first.admit(MIB);
    await first.admit(MIB);
    await expect(first.admit(60 * MIB)).rejects.toThrow(OutOfTurnError);
    first.end();
    await begin(1, "a/grows");
    expect(admitted).toEqual(["a/large"]);
    expect(await end("a/large")).toEqual(["a/large", "a/grows"]);
  });

  it("holds a seat once, whatever else is read", async ({ reconciles: { memory, begin, admitted } }) => {
    const hold = await memory.begin("a/p");
    for (const bytes of [60 * MIB, MIB, 60 * MIB, 1]) await hold.admit(bytes);
    hold.end();
    hold.end();
    await begin(5 * MIB, ...keys("b", 1), ...keys("c", 1));
    expect(admitted).toHaveLength(2);
  });

  it("forgets how large a package was that is gone", async ({ reconciles: { memory, begin, admitted } }) => {
    const hold = await memory.begin("a/gone");
    await hold.admit(5 * MIB);
    hold.end();
    memory.forget("a/gone");
    await begin(5 * MIB, "a/large");
    await begin(1, "a/gone");
    expect(admitted).toEqual(["a/large", "a/gone"]);
  });
});
