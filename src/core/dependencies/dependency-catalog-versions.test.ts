import { describe, expect, it } from "vitest";
import { CERTIFICATE, certManager } from "./testing/certificates.ts";
import { catalogOf, dependency, resolved, testRevision } from "./testing/revisions.ts";

describe("DependencyCatalog > named packages", () => {
  const library = (revision: string) => testRevision(`catalog/lib@${revision}`, {});
  const catalog = catalogOf(
    ...["v1", "v1.2.0", "v1.3.0", "v2"].map(library),
    testRevision("catalog/old@v1", { "needs.yaml": dependency("catalog/lib", "^1") }),
    testRevision("catalog/exact@v1", { "needs.yaml": dependency("catalog/lib", "v1.2.0") }),
    testRevision("catalog/new@v1", { "needs.yaml": dependency("catalog/lib", ">=2") }),
  );
  const root = (files: Readonly<Record<string, string>>) => testRevision("catalog/web/shop@v1", files);

  it("takes the newest revision that fits all ranges", () => {
    const both = root({ "a.yaml": dependency("catalog/old"), "b.yaml": dependency("catalog/lib") });
    expect(resolved(catalog, both)).toMatchObject({
      needs: {
        "catalog/web/shop@v1": ["catalog/lib@v1.3.0", "catalog/old@v1"],
        "catalog/old@v1": ["catalog/lib@v1.3.0"],
      },
      problems: [],
    });
    const exact = root({ "a.yaml": dependency("catalog/old"), "b.yaml": dependency("catalog/exact") });
    expect(resolved(catalog, exact)).toMatchObject({
      needs: { "catalog/old@v1": ["catalog/lib@v1.2.0"], "catalog/exact@v1": ["catalog/lib@v1.2.0"] },
      problems: [],
    });
  });

  it("names both packages of a conflict, with their files", () => {
    const both = root({ "a.yaml": dependency("catalog/new"), "b.yaml": dependency("catalog/old") });
    expect(resolved(catalog, both).problems).toEqual([
      "error of catalog/lib@v2: no revision of catalog/lib fits both: " +
        "catalog/new@v1 needs >=2 (needs.yaml), and catalog/old@v1 needs ^1 (needs.yaml)",
    ]);
  });

  it("tells a conflict between a range and an API", () => {
    const root = testRevision("catalog/web/shop@v1", {
      "a.yaml": CERTIFICATE,
      "b.yaml": dependency("catalog/infra/cert-manager", "^1"),
    });
    const certs = catalogOf(certManager("v1", "v1alpha1"), certManager("v2", "v1"));
    expect(resolved(certs, root).problems).toEqual([
      "error of catalog/infra/cert-manager@v2: no revision of catalog/infra/cert-manager fits both: " +
        "catalog/web/shop@v1 needs cert-manager.io/v1, Kind=Certificate (a.yaml), and " +
        "catalog/web/shop@v1 needs ^1 (b.yaml)",
    ]);
  });

  it.each([
    ["catalog/none", "^1", "cannot find the package catalog/none: it has no published revision"],
    ["catalog/lib", "^3", "no revision of catalog/lib is ^3 (a.yaml): the latest is v2"],
    ["catalog/lib", "newest", '"newest" is neither a revision nor a range'],
  ])("says why %s is not there as %s", (name, revision, message) => {
    expect(resolved(catalog, root({ "a.yaml": dependency(name, revision) })).problems).toEqual([
      `error of catalog/web/shop@v1: ${message}`,
    ]);
  });

  it("takes the revision on main for any", () => {
    expect(resolved(catalog, root({ "a.yaml": dependency("catalog/lib", "main") })).needs).toEqual({
      "catalog/web/shop@v1": ["catalog/lib@v2"],
    });
  });

  it("ends where each choice undoes the other one", () => {
    const flipping = catalogOf(
      testRevision("catalog/a@v2", { "needs.yaml": dependency("catalog/b", "v1") }),
      testRevision("catalog/a@v1", {}),
      testRevision("catalog/b@v2", { "needs.yaml": dependency("catalog/a", "v2") }),
      testRevision("catalog/b@v1", { "needs.yaml": dependency("catalog/a", "v1") }),
    );
    const both = root({ "a.yaml": dependency("catalog/a"), "b.yaml": dependency("catalog/b") });
    expect(resolved(flipping, both).problems).toEqual([
      expect.stringContaining("no revision of catalog/a fits both: "),
    ]);
  });
});

describe("DependencyCatalog > conflicts of many", () => {
  it("names those whose needs fit in pairs, but not all at once", () => {
    const lib = ["v1", "v2", "v3"].map((revision) => testRevision(`catalog/lib@${revision}`, {}));
    const needs = ["v1 || v2", "v2 || v3", "v1 || v3"];
    const by = needs.map((range, index) =>
      testRevision(`catalog/p${index}@v1`, { "needs.yaml": dependency("catalog/lib", range) }),
    );
    const files = needs.map((_, index) => [`${index}.yaml`, dependency(`catalog/p${index}`)]);
    const root = testRevision("catalog/root@v1", Object.fromEntries(files));
    expect(resolved(catalogOf(...lib, ...by), root).problems).toEqual([
      "error of catalog/lib@v2: no revision of catalog/lib fits all: catalog/p0@v1 needs v1 || v2 (needs.yaml), " +
        "and catalog/p1@v1 needs v2 || v3 (needs.yaml), and catalog/p2@v1 needs v1 || v3 (needs.yaml)",
    ]);
  });
});
