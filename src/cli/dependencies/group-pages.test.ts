import { describe, expect, it } from "vitest";
import type { PackageRevisionResources } from "../../api/v1alpha1/package-revision-resources.ts";
import { groupPages } from "./group-pages.ts";

const page = (name: string, resources: Readonly<Record<string, string>>, pages?: number) =>
  ({
    metadata: { name },
    spec: { resources },
    ...(pages !== undefined && { status: { pages } }),
  }) as PackageRevisionResources;

describe("groupPages", () => {
  it("has the files of a package revision when its last page came, in any order", () => {
    const groups = groupPages();
    expect(groups.add(page("a.page-2", { b: "2" }))).toBeUndefined();
    expect(groups.add(page("a-b", { c: "3" }, 1))?.contents?.files.size).toBe(1);
    const whole = groups.add(page("a", { a: "1" }, 2));
    expect([whole?.name, [...(whole?.contents?.files.keys() ?? [])].sort()]).toEqual(["a", ["a", "b"]]);
    expect(groups.rest()).toEqual([]);
  });

  it("has at the end what is not known to be whole, without files that do not belong together", () => {
    const groups = groupPages();
    groups.add(page("new", { a: "1" }));
    groups.add(page("twice", { a: "1" }));
    groups.add(page("twice.page-2", { a: "2" }));
    expect(groups.rest().map(({ name, contents }) => [name, contents?.files.size])).toEqual([
      ["new", 1],
      ["twice", undefined],
    ]);
  });
});
