import { describe, expect, it } from "vitest";
import { aFolder } from "../../testing/folders.ts";
import { changedManifests, type Folder, hasKustomization } from "./folder.ts";

const changes = (before: Folder | undefined, after: Folder | undefined) =>
  [...changedManifests(before, after)]
    .map(({ path, before: was, after: is }) => `${path} ${was ?? "-"} ${is ?? "-"}`)
    .sort();

describe("changedManifests", () => {
  const before = aFolder({ "web/a.yaml": "1", "web/b.yml": "1", "web/README.md": "1", "db/c.yaml": "1" });

  it("names the manifests that came, went and changed", () => {
    const after = aFolder({ "web/a.yaml": "2", "web/README.md": "2", "db/c.yaml": "1", "new/d/e.yaml": "1" });
    expect(changes(before, after)).toEqual(["new/d/e.yaml - 1", "web/a.yaml 1 2", "web/b.yml 1 -"]);
    expect(changes(before, before)).toEqual([]);
    expect(changes(undefined, before)).toEqual(["db/c.yaml - 1", "web/a.yaml - 1", "web/b.yml - 1"]);
    expect(changes(before, undefined)).toEqual(["db/c.yaml 1 -", "web/a.yaml 1 -", "web/b.yml 1 -"]);
  });

  it("does not look into folders that have not changed", () => {
    const same = aFolder({ "a.yaml": "1" });
    const poisoned: Folder = {
      ...same,
      get files(): never {
        throw new Error("was looked into");
      },
    };
    const withFolder = (oid: string) => ({ ...aFolder({}), oid, folders: new Map([["x", poisoned]]) });
    expect(changes(withFolder("1"), withFolder("2"))).toEqual([]);
  });

  it.each(["kustomization.yaml", "kustomization.yml", "Kustomization"])("leaves out what %s governs", (name) => {
    const governed = aFolder({ [`web/${name}`]: "k", "web/a.yaml": "1", "web/sub/b.yaml": "1", "db/c.yaml": "1" });
    expect(changes(undefined, governed)).toEqual(["db/c.yaml - 1"]);
    // What was built of the folder is not, from then on.
    expect(changes(before, governed)).toEqual(["web/a.yaml 1 -", "web/b.yml 1 -"]);
    expect(changes(governed, before)).toEqual(["web/a.yaml - 1", "web/b.yml - 1"]);
    expect(["web", "web/sub", "web/new", "db", ""].map((path) => hasKustomization(governed, path))).toEqual([
      true,
      true,
      true,
      false,
      false,
    ]);
    expect(hasKustomization(aFolder({ [name]: "k" }), "any/where")).toBe(true);
  });
});
