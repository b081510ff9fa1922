import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { layout, locationIn, workspace } from "../testing/arbitraries.ts";
import { foldLabel, objectName, pageName, pageNumber, pageOwner } from "./names.ts";

const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

const named = layout.chain((one) => fc.record({ location: locationIn(one), workspace }));

describe("object names", () => {
  it.each([
    [{ package: "dns" }, "one", "catalog.blue.dns.one"],
    [{ package: "dns", realm: "net" }, "one", "catalog.blue.net.dns.one"],
    [{ package: "dns", realm: "net/core" }, "one", "catalog.blue.net.core.dns.one"],
    [{ target: "edge", package: "dns", realm: "net" }, "one", "edge.blue.net.dns.one"],
    [{ package: "dns" }, "v3", "catalog.blue.dns.v3"],
    [{ package: "dns" }, "v3.0.12", "catalog.blue.dns.v3.0.12"],
  ])("names %j %s", (location, draft, name) => {
    expect(objectName("blue", location, draft)).toBe(name);
  });

  it.each([
    ["dns", /^dns$/],
    ["a-b", /^a-b$/],
    ["x".repeat(63), /^x{63}$/],
    ["x".repeat(64), /^x{42}-[0-9a-f]{20}$/],
    ["12", /^12-[0-9a-f]{20}$/],
    ["My_Pkg", /^my-pkg-[0-9a-f]{20}$/],
    ["a.b", /^a-b-[0-9a-f]{20}$/],
    ["-a-", /^a-[0-9a-f]{20}$/],
    ["ü", /^x-[0-9a-f]{20}$/],
    ["", /^x-[0-9a-f]{20}$/],
  ])("folds %j", (part, folded) => {
    expect(foldLabel(part)).toMatch(folded);
  });

  it.each([
    ["1a", /^1a$/],
    ["a1", /^a1$/],
    ["a__..b", /^a-b-[0-9a-f]{20}$/],
    ["--a--", /^a-[0-9a-f]{20}$/],
    ["v1.2x", /^v1-2x-[0-9a-f]{20}$/],
  ])("folds %j without doubled or outer dashes", (part, folded) => {
    expect(foldLabel(part)).toMatch(folded);
  });

  it.each([
    ["v12", /^v12$/],
    ["v1.22.3", /^v1\.22\.3$/],
    ["v12.3.4", /^v12\.3\.4$/],
    [`v1.${"1".repeat(60)}`, /^v1\.1{60}$/],
    [`v1.${"1".repeat(61)}`, /^v1-1{39}-[0-9a-f]{20}$/],
    ["v1.2.x", /^v1-2-x-[0-9a-f]{20}$/],
    ["xv1.2", /^xv1-2-[0-9a-f]{20}$/],
    [`v${"1".repeat(62)}`, /^v1{62}$/],
    [`v${"1".repeat(63)}`, /^v1{41}-[0-9a-f]{20}$/],
    ["page-12", /^page-12-[0-9a-f]{20}$/],
    ["page-x", /^page-x$/],
    ["page-1x", /^page-1x$/],
    ["my-page-1", /^my-page-1$/],
  ])("has the workspace %j", (draft, label) => {
    expect(objectName("r", { package: "p" }, draft).slice("catalog.r.p.".length)).toMatch(label);
  });

  it("that are too long are cut at a label's end, and end in a hash of the whole", () => {
    const nameOf = (last: string, draft = "w") => {
      const realm = ["a", "b"].map((char) => char.repeat(63)).join("/");
      return objectName("r", { realm, package: `${"c".repeat(45)}${last}` }, `${draft}${"d".repeat(50)}`);
    };
    // 8 + 2 + 64 + 64 + 46 + 51 characters without the rest of the package's name.
    const [fits, tooLong] = [nameOf("c".repeat(8)), nameOf("c".repeat(9))];
    expect(fits).toHaveLength(243);
    expect(fits).toMatch(/\.wd{50}$/);
    expect(tooLong).toMatch(/\.wd{28}\.[0-9a-f]{20}$/);
    expect(tooLong).toHaveLength(243);
    expect(nameOf("c".repeat(9), "x").slice(-20)).not.toBe(tooLong.slice(-20));
    const realm = ["a", "b", "c"].map((char) => char.repeat(63)).join("/");
    const cut = objectName("r", { realm, package: `${"d".repeat(18)}----${"e".repeat(30)}` }, "w");
    expect(cut).toMatch(/\.d{18}\.[0-9a-f]{20}$/);
  });

  it.each([
    ["catalog.r.p.one", "catalog.r.p.one"],
    ["catalog.r.p.one.page-2", "catalog.r.p.one"],
    ["catalog.r.p.one.page-12", "catalog.r.p.one"],
    ["catalog.r.page-3.one.page-12", "catalog.r.page-3.one"],
    ["catalog.r.p.page-x", "catalog.r.p.page-x"],
  ])("of the page %j belongs to %j", (page, owner) => {
    expect(pageOwner(page)).toBe(owner);
    expect(pageName(owner, 1)).toBe(owner);
  });

  it("differ for parts that fold to the same characters", () => {
    const names = ["A", "a", "a.", "a_", "a-"].map((part) => foldLabel(part));
    expect(new Set(names).size).toBe(names.length);
  });

  it("are no identity: a package can be called as another one is folded", () => {
    const folded = foldLabel("a.b");
    expect(foldLabel(folded)).toBe(folded);
    expect(objectName("blue", { package: folded }, "one")).toBe(objectName("blue", { package: "a.b" }, "one"));
  });

  it("are DNS subdomains that leave room for a page suffix", () => {
    fc.assert(
      fc.property(named, ({ location, workspace }) => {
        const name = objectName("blue", location, workspace);
        expect(name).toMatch(SUBDOMAIN);
        expect(name.split(".").every((label) => label.length <= 63)).toBe(true);
        expect(pageName(name, 999).length).toBeLessThanOrEqual(253);
      }),
    );
  });

  it("differ for different revisions of one repository", () => {
    const sameLayout = layout.chain((one) =>
      fc.array(fc.record({ location: locationIn(one), workspace }), { minLength: 2, maxLength: 40 }),
    );
    fc.assert(
      fc.property(sameLayout, (all) => {
        const ids = new Set(
          all.map(({ location: { target, realm, package: name }, workspace }) =>
            JSON.stringify([target, realm, name, workspace]),
          ),
        );
        const names = new Set(all.map(({ location, workspace }) => objectName("blue", location, workspace)));
        expect(names.size).toBe(ids.size);
      }),
    );
  });

  it("differ for a page of one revision and a branch with the name of a page", () => {
    const page = pageName(objectName("blue", { package: "dns" }, "one"), 2);
    expect(objectName("blue", { realm: "dns", package: "one" }, "page-2")).not.toBe(page);
  });

  it.each([1, 2, 10, 999])("has the number of page %i", (number) => {
    expect(pageNumber("catalog.blue.dns.one", pageName("catalog.blue.dns.one", number))).toBe(number);
  });
});
