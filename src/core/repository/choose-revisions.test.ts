import { describe, expect, it } from "vitest";
import { draftBranch, publishedRef } from "../testing/discovered.ts";
import { RevisionChoice } from "./choose-revisions.ts";
import { type Discovered, PackageIndex } from "./package-index.ts";

function choose(refs: readonly Discovered[], room: number, shown: readonly string[] = []) {
  const index = new PackageIndex("blue");
  for (const one of refs) index.load(one);
  const choice = new RevisionChoice();
  for (const one of index.revisions()) choice.add(one, shown.includes(one.ref));
  const { chosen, left } = choice.choose(room);
  const names = (all: readonly Discovered[]) => all.map(({ ref }) => ref.replace(/^refs\/(tags|heads)\//, ""));
  return { chosen: names(chosen), left: names(left) };
}

const ALL = [
  ...["v1", "v2", "v10", "v3"].map((revision) => publishedRef("dns", revision)),
  publishedRef("web", "v1"),
  publishedRef("web", "v2"),
  draftBranch("dns", "one"),
];

describe("RevisionChoice", () => {
  it("takes the newest of each package first, then drafts, then older ones", () => {
    expect(choose(ALL, 7)).toEqual({
      chosen: ["dns/v10", "web/v2", "dns/one", "dns/v3", "web/v1", "dns/v2", "dns/v1"],
      left: [],
    });
    expect(choose(ALL, 4)).toEqual({
      chosen: ["dns/v10", "web/v2", "dns/one", "dns/v3"],
      left: ["web/v1", "dns/v2", "dns/v1"],
    });
  });

  it("counts what has an object, and does not choose it", () => {
    expect(choose(ALL, 2, ["refs/tags/dns/v10", "refs/tags/dns/v2"])).toEqual({
      chosen: ["web/v2", "dns/one"],
      left: ["dns/v3", "web/v1", "dns/v1"],
    });
  });

  it("chooses nothing without room", () => {
    expect(choose(ALL, 0).chosen).toEqual([]);
  });
});
