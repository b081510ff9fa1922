import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { layout, locationIn } from "../testing/arbitraries.ts";
import { isBelow, isLocatedAt, locatePackage, locationOf, overlaps, packagePath, relativeTo } from "./location.ts";

const CATALOG = { directory: "", deployment: false };
const IN_FOLDER = { directory: "packages", deployment: false };
const DEPLOYMENT = { directory: "packages", deployment: true };

describe("package locations", () => {
  it.each([
    [CATALOG, "dns", { package: "dns" }],
    [CATALOG, "net/core/dns", { realm: "net/core", package: "dns" }],
    [IN_FOLDER, "packages/net/dns", { realm: "net", package: "dns" }],
    [DEPLOYMENT, "packages/edge/dns", { target: "edge", package: "dns" }],
    [DEPLOYMENT, "packages/edge/net/dns", { target: "edge", realm: "net", package: "dns" }],
  ])("%j: %s is %j", (where, path, location) => {
    expect(locatePackage(where, path)).toEqual(location);
    expect(packagePath(where, location)).toBe(path);
  });

  it.each([
    [CATALOG, "", "NoPackagePath"],
    [CATALOG, "a//b", "NoPackagePath"],
    [IN_FOLDER, "dns", "OutsideDirectory"],
    [IN_FOLDER, "packages", "OutsideDirectory"],
    [IN_FOLDER, "packages2/dns", "OutsideDirectory"],
    [IN_FOLDER, "packages/", "NoPackagePath"],
    [DEPLOYMENT, "packages/edge", "NoTarget"],
  ])("%j: there is no package at %j: %s", (where, path, problem) => {
    expect(locatePackage(where, path)).toEqual({ problem });
  });

  it("names the folders below a path from that path", () => {
    expect([...relativeTo("net", ["net/dns", "net", "netx/dns", "net/core/a"])]).toEqual(["dns", "core/a"]);
  });

  it("locates every package at its path", () => {
    const located = layout.chain((where) => locationIn(where).map((location) => ({ where, location })));
    fc.assert(
      fc.property(located, ({ where, location }) => {
        expect(locatePackage(where, packagePath(where, location))).toEqual(location);
      }),
    );
  });

  it.each([
    [CATALOG, { target: "catalog", package: "dns" }, { package: "dns" }],
    [CATALOG, { realm: "net", package: "dns" }, { realm: "net", package: "dns" }],
    [DEPLOYMENT, { target: "edge", package: "dns" }, { target: "edge", package: "dns" }],
  ])("%j: the ID %j names %j", (where, id, location) => {
    expect(locationOf(id, where)).toEqual(location);
  });

  it.each([
    [CATALOG, "net/dns", { realm: "net", package: "dns" }, true],
    [CATALOG, "net/dns", { target: "catalog", realm: "net", package: "dns" }, true],
    [CATALOG, "net/dns", { target: "edge", realm: "net", package: "dns" }, false],
    [CATALOG, "net/dns", { realm: "core", package: "dns" }, false],
    [CATALOG, "net/dns", { package: "dns" }, false],
    [CATALOG, "net/dns", { realm: "net", package: "web" }, false],
    [CATALOG, "net//dns", { realm: "net", package: "dns" }, false],
    [DEPLOYMENT, "packages/edge/dns", { target: "edge", package: "dns" }, true],
    [DEPLOYMENT, "packages/edge/dns", { target: "core", package: "dns" }, false],
    [DEPLOYMENT, "packages/edge/dns", { package: "dns" }, false],
  ])("%j: the folder %j is the package that %j names: %s", (where, path, id, is) => {
    expect(isLocatedAt(where, path, id)).toBe(is);
  });

  it.each([
    ["a", "a", { overlap: true, below: false }],
    ["a/b", "a", { overlap: true, below: true }],
    ["a", "a/b", { overlap: true, below: false }],
    ["ab", "a", { overlap: false, below: false }],
    ["a", "", { overlap: true, below: true }],
    ["", "", { overlap: true, below: false }],
  ])("%j and %j: %j", (path, above, { overlap, below }) => {
    expect([overlaps(path, above), overlaps(above, path), isBelow(path, above)]).toEqual([overlap, overlap, below]);
  });
});
