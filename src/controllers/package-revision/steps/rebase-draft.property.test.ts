import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { seeded } from "../../../core/testing/seeded.ts";
import { StepEnv } from "../testing/step-env.ts";

type Files = Readonly<Record<string, string>>;

/** Each run makes and publishes drafts. */
const RUNS = 15;
const texts = fc.constantFrom("a: 1\n", "a:   1 # odd\n", "b: [1,2]\n", "no: yaml: 1\n", "", "\u00e9\r\n");
const files: fc.Arbitrary<Files> = fc.dictionary(fc.constantFrom("a.yaml", "b.yaml", "d/c.yaml", "e.txt"), texts, {
  minKeys: 1,
});

/** Makes the draft's files exactly these. */
async function become(env: StepEnv, name: string, wanted: Files): Promise<void> {
  const present = env.page(name).spec.resources ?? {};
  const gone = Object.keys(present).flatMap((path) => (path in wanted ? [] : [[path, null] as const]));
  env.edit(name, { ...Object.fromEntries(gone), ...wanted });
  await env.settle(name);
}

/** The files of a draft from v1 that was rebased onto v2, and of the same after it was asked for once more. */
async function rebased(first: Files, mine: Files, theirs: Files) {
  const env = await StepEnv.open();
  const one = await env.draft("dns", first, "one");
  await env.publish(one);
  const [two, name] = [await env.draft("dns", {}, "two"), await env.draft("dns", {}, "three")];
  await become(env, name, mine);
  await become(env, two, theirs);
  await env.publish(two);
  const seen: Files[] = [];
  for (let round = 0; round < 2; round++) {
    env.user.rebase(name);
    await env.settle(name);
    seen.push(env.page(name).spec.resources ?? {});
  }
  const { base, lastRebase } = env.revision(name).status ?? {};
  return { files: seen[0], again: seen[1], base: base?.revision, result: lastRebase?.result };
}

describe("rebaseDraft, whatever the files are", () => {
  it("keeps the draft byte for byte without a newer change, and takes the newer files without one of its own", async () => {
    await fc.assert(
      fc.asyncProperty(files, files, async (first, other) => {
        const done = { base: "v2", result: "UpToDate" };
        expect(await rebased(first, other, first)).toEqual({ files: other, again: other, ...done });
        expect(await rebased(first, first, other)).toEqual({ files: other, again: other, ...done });
      }),
      seeded(RUNS),
    );
  });

  it("changes nothing the second time, also where conflicts are left", async () => {
    await fc.assert(
      fc.asyncProperty(files, files, files, async (first, mine, theirs) => {
        const { files: once, again, base, result } = await rebased(first, mine, theirs);
        expect(again).toEqual(once);
        expect([base, result]).toEqual(["v2", "UpToDate"]);
      }),
      seeded(RUNS),
    );
  });
});
