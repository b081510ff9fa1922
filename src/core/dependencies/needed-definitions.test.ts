import { describe, expect, it } from "vitest";
import { digestOfDefinitions, neededDefinitions } from "./needed-definitions.ts";
import { catalogOf, definition, resource, testRevision } from "./testing/revisions.ts";

const CERTS = "cert-manager.io";
const certificates = { "crds/all.yaml": definition(CERTS, "Certificate", "v1") };
const draft = (name = "edge1/web/shop@draft") =>
  testRevision(name, {
    "a.yaml": resource(`${CERTS}/v1`, "Certificate"),
    "b.yaml": resource("apps/v1", "Deployment"),
    "c.yaml": resource("dns.io/v1", "Zone"),
    "d.yaml": resource("nowhere.io/v1", "Nothing"),
  });
const ofCatalog = {
  revision: "catalog/infra/certs@v1",
  package: "catalog/infra/certs@v1",
  path: "crds/all.yaml",
  kinds: [`${CERTS}/Certificate`],
  isAmbiguous: false,
};

describe("neededDefinitions", () => {
  it("are those of the catalogs, and not those that the target has itself", () => {
    const catalog = catalogOf(
      testRevision("catalog/infra/certs@v1", certificates),
      testRevision("edge1/infra/dns@v3", { "crd.yaml": definition("dns.io", "Zone", "v1") }),
    );
    expect(neededDefinitions(catalog.resolve(draft()))).toEqual([ofCatalog]);
  });

  it("are found for a blueprint as well", () => {
    const catalog = catalogOf(testRevision("catalog/infra/certs@v1", certificates));
    expect(neededDefinitions(catalog.resolve(draft("catalog/web/shop@draft")))).toEqual([ofCatalog]);
  });

  it("are those of the target where it has the package in another repository", () => {
    const installed = testRevision("edge1/infra/certs@v2", certificates);
    const other = { ...installed, package: { ...installed.package, repository: "others" } };
    expect(neededDefinitions(catalogOf(other).resolve(draft()))).toMatchObject([{ revision: "edge1/infra/certs@v2" }]);
  });

  it("say that another package has the kind, too", () => {
    const catalog = catalogOf(
      testRevision("catalog/infra/certs@v1", certificates),
      testRevision("catalog/infra/more/certs@v1", certificates),
    );
    expect(neededDefinitions(catalog.resolve(draft()))).toEqual([{ ...ofCatalog, isAmbiguous: true }]);
  });

  it("have a digest that differs with the revision, and none without any", () => {
    const digest = (revision: string) => {
      const catalog = catalogOf(testRevision(`catalog/infra/certs@${revision}`, certificates));
      return digestOfDefinitions(neededDefinitions(catalog.resolve(draft())));
    };
    expect(digest("v1")).toBe(digest("v1"));
    expect(digest("v1")).not.toBe(digest("v2"));
    expect(digestOfDefinitions(neededDefinitions(catalogOf().resolve(draft())))).toBe("");
  });
});
