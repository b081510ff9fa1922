import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { aRepository } from "../testing/observed.ts";
import { ageOf, RepositoriesByAge } from "./repositories-by-age.ts";

describe("RepositoriesByAge", () => {
  const some = fc.uniqueArray(
    fc.record({
      name: fc.constantFrom("a", "b", "c", "d", "e"),
      day: fc.integer({ min: 1, max: 3 }),
      keep: fc.boolean(),
    }),
    { selector: ({ name }) => name },
  );

  it("has the oldest of a namespace in order, by name within a second", () => {
    fc.assert(
      fc.property(some, fc.nat(6), (all, count) => {
        const repositories = new RepositoriesByAge();
        const others = aRepository({}, { name: "a", namespace: "other", created: "2020-01-01T00:00:00Z" });
        repositories.set(others);
        const made = all.map(({ name, day, keep }) => {
          const one = aRepository({}, { name, created: `2025-01-0${day}T00:00:00Z` });
          repositories.set(one);
          repositories.set(one);
          return { one, keep };
        });
        for (const { one, keep } of made) if (!keep) repositories.delete(one);
        const kept = made.flatMap(({ one, keep }) => (keep ? [ageOf(one)] : [])).sort();
        expect(repositories.oldest("default", count).map(ageOf)).toEqual(kept.slice(0, count));
        expect(repositories.oldest("other", 9)).toEqual([others]);
        expect(repositories.oldest("none", 9)).toEqual([]);
      }),
    );
  });

  it("replaces a Repository by its new version", () => {
    const repositories = new RepositoriesByAge();
    const made = { created: "2025-01-01T00:00:00Z" };
    repositories.set(aRepository({ git: { url: "https://a" } }, made));
    const next = aRepository({ git: { url: "https://b" } }, made);
    repositories.set(next);
    expect(repositories.oldest("default", 9)).toEqual([next]);
  });
});
