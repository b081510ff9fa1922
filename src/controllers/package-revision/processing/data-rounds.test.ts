import { describe, expect, it } from "vitest";
import type { ProcessResult } from "../../../core/processing/process-package.ts";
import type { DataRequest } from "../../../core/render/kform/given.ts";
import { DataRounds } from "./data-rounds.ts";

const request = (name: string): DataRequest => ({ block: name, apiVersion: "v1", kind: "ConfigMap", name });
const RESULT = { results: [], resultsCount: 0 } as const;
const missing = (...names: readonly string[]): ProcessResult => ({
  ...RESULT,
  render: { kind: "failed", failure: { reason: "DataMissing", message: "missing" } },
  missing: names.map(request),
});
const done = (...data: readonly string[]): ProcessResult => ({
  ...RESULT,
  render: { kind: "unchanged", functions: ["kform@1"], data },
});

/** Rounds, and what they have asked for. */
function rounds(known?: readonly string[], digests: string[] = []) {
  const asked: string[] = [];
  const names = (requests: readonly DataRequest[]) => requests.map(({ name }) => name).join(" ");
  const source = {
    findPublished: async (requests: readonly DataRequest[]) => {
      asked.push(`published ${names(requests)}`);
      return { published: [], advice: "publish it" };
    },
    findDefinitions: async (groups: readonly string[]) => {
      asked.push(`definitions ${groups.join(" ")}`);
      const files = [{ path: "crd.yaml", source: "a/crd.yaml", bytes: new Uint8Array() }];
      return { files: groups.includes("found.org") ? files : [], isTooMuch: groups.includes("large.org") };
    },
    readCluster: async (requests: readonly DataRequest[]) => {
      asked.push(`cluster ${names(requests)}`);
      return { cluster: [], advice: ", or apply it" };
    },
    needed: async () => {
      const digest = digests.length > 1 ? digests.shift() : digests[0];
      const read = async () => {
        asked.push(`needed ${digest}`);
        return { files: [], unread: [], isTooMuch: false };
      };
      return { digest: digest ?? "", read };
    },
    forget: () => void asked.push("forget"),
  };
  return { asked, rounds: new DataRounds(source, known && { data: known }) };
}

describe("DataRounds", () => {
  it("end at once for a package that needs nothing from outside", async () => {
    const { rounds: all, asked } = rounds(["from inputs"]);
    expect(await all.next(done("from inputs"))).toBeUndefined();
    expect(asked).toEqual(["forget"]);
  });

  it("look in published packages first, and in the cluster for what these do not have", async () => {
    const { rounds: all, asked } = rounds();
    expect(await all.next(missing("a", "b"))).toMatchObject({ outside: { advice: "publish it" }, isRenewed: false });
    expect(await all.next(missing("b"))).toMatchObject({ outside: { advice: "publish it, or apply it" } });
    // Found, and its value names another one.
    expect(await all.next(missing("c"))).toMatchObject({ isRenewed: false });
    expect(await all.next(missing("c"))).toMatchObject({ isRenewed: false });
    expect(await all.next(missing("c"))).toBeUndefined();
    expect(asked).toEqual(["published a b", "cluster b", "published a b c", "cluster b c"]);
  });

  it("look once for the definitions of kinds that the package has, and leave them where there are none", async () => {
    const validation = (...unknownGroups: readonly string[]) => {
      return { errors: 0, warnings: 0, problems: [], unknownGroups };
    };
    const { rounds: all, asked } = rounds();
    const first = await all.next({ ...done(), validation: validation("found.org/v1", "found.org/v2", "other.org/v1") });
    expect(first).toMatchObject({ outside: { definitions: { files: [{ path: "crd.yaml" }] } }, isRenewed: false });
    expect(await all.next({ ...done(), validation: validation("other.org/v1") })).toBeUndefined();
    expect(asked).toEqual(["definitions found.org other.org"]);
    const { rounds: none, asked: others } = rounds();
    expect(await none.next({ ...done(), validation: validation("other.org/v1") })).toBeUndefined();
    expect(others).toEqual(["definitions other.org"]);
    // So that the result says so.
    const large = await rounds().rounds.next({ ...done(), validation: validation("large.org/v1") });
    expect(large).toMatchObject({ outside: { definitions: { files: [], isTooMuch: true } } });
  });

  it("compare with the definitions of other packages, again where what is needed shows to be others", async () => {
    const apis = { offers: [], kinds: [], rules: [], packages: [], omitted: 0, unreadable: [] };
    const result = (...unknownGroups: readonly string[]) => {
      return { ...done(), apis, validation: { errors: 0, warnings: 0, problems: [], unknownGroups } };
    };
    const { rounds: all, asked } = rounds([], ["one", "one", "two", "two"]);
    expect(await all.next(result("other.org/v1"))).toMatchObject({
      outside: { needed: { files: [] } },
      sharedDigest: "one",
    });
    expect(await all.next(result())).toBeUndefined();
    expect(all.neededDigest).toBe("one");
    expect(await all.next(result())).toMatchObject({ outside: { needed: { files: [] } } });
    expect(await all.next(result())).toBeUndefined();
    expect(all.neededDigest).toBe("two");
    expect(asked).toEqual(["definitions other.org", "needed one", "needed two"]);
    // Blocks that are not rendered are not compared.
    const { rounds: blueprint, asked: none } = rounds([], ["one"]);
    expect(await blueprint.next(result())).toBeUndefined();
    expect([blueprint.neededDigest, none]).toEqual(["one", ["forget"]]);
  });

  it("end, however many objects a package needs one after the other", async () => {
    const { rounds: all } = rounds();
    let count = 0;
    while ((await all.next(missing(`${count}`))) !== undefined) count += 1;
    expect(count).toBe(15);
  });

  it("render files again that were rendered with other objects, once", async () => {
    const { rounds: all } = rounds(["a sha256:1"]);
    expect(await all.next(missing("a"))).toMatchObject({ isRenewed: false });
    expect(await all.next(done("a sha256:2"))).toMatchObject({ isRenewed: true });
    expect(await all.next(done("a sha256:2"))).toBeUndefined();
  });

  it("do so where an object is gone, and not where all are the same", async () => {
    const gone = rounds(["a sha256:1"]).rounds;
    await gone.next(missing("a"));
    await gone.next(missing("a"));
    expect(await gone.next(missing("a"))).toMatchObject({ isRenewed: true });
    expect(await gone.next(missing("a"))).toBeUndefined();
    const same = rounds(["a sha256:1"]).rounds;
    await same.next(missing("a"));
    expect(await same.next(done("a sha256:1"))).toBeUndefined();
  });
});
