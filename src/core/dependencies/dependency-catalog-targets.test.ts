import { describe, expect, it } from "vitest";
import { CERTIFICATE, certManager, role } from "./testing/certificates.ts";
import { catalogOf, definition, dependency, resolved, testRevision } from "./testing/revisions.ts";

describe("DependencyCatalog > targets", () => {
  const blueprints = [certManager("v1", "v1alpha1"), certManager("v2", "v1alpha1", "v1")];
  const installed = (revision: string) =>
    testRevision(
      "edge1/infra/cm@v7",
      { "crd.yaml": definition("cert-manager.io", "Certificate", ...(revision === "v1" ? ["v1alpha1"] : ["v1"])) },
      { from: `catalog/infra/cert-manager@${revision}` },
    );
  const shop = testRevision("edge1/web/shop@v1", { "a.yaml": CERTIFICATE });

  it("takes what is published in the target before the catalogs", () => {
    expect(resolved(catalogOf(...blueprints, installed("v2")), shop)).toEqual({
      needs: { "edge1/web/shop@v1": ["edge1/infra/cm@v7"] },
      problems: [],
      cycles: [],
    });
    expect(resolved(catalogOf(...blueprints), shop).needs).toEqual({
      "edge1/web/shop@v1": ["catalog/infra/cert-manager@v2"],
    });
  });

  it("says if the target has another version of the API, or another revision of the package", () => {
    const named = testRevision("edge1/web/shop@v1", {
      "a.yaml": CERTIFICATE,
      "b.yaml": dependency("catalog/infra/cert-manager", "^2"),
    });
    expect(resolved(catalogOf(...blueprints, installed("v1")), named)).toEqual({
      needs: { "edge1/web/shop@v1": ["edge1/infra/cm@v7"] },
      problems: [
        "error of edge1/web/shop@v1: cannot resolve version for gvk: cert-manager.io/v1, Kind=Certificate: " +
          "edge1/infra/cm@v7 serves v1alpha1",
        "error of edge1/web/shop@v1: edge1/infra/cm@v7, made from catalog/infra/cert-manager@v1, " +
          "is not what is needed: ^2 (b.yaml)",
      ],
      cycles: [],
    });
  });

  it("says if the package of the target was made from a revision without the API", () => {
    const empty = testRevision("edge1/infra/cm@v1", {}, { from: "catalog/infra/cert-manager@v0" });
    expect(resolved(catalogOf(...blueprints, empty), shop)).toMatchObject({
      needs: { "edge1/web/shop@v1": ["edge1/infra/cm@v1"] },
      problems: [
        "error of edge1/web/shop@v1: edge1/infra/cm@v1, made from catalog/infra/cert-manager@v0, has no " +
          "cert-manager.io/v1, Kind=Certificate (a.yaml): another revision has",
      ],
    });
  });

  it("has one answer for a target: what its other packages lack counts, in other targets it does not", () => {
    const other = (target: string) =>
      testRevision(`${target}/web/other@v1`, { "old.yaml": dependency("catalog/infra/cert-manager", "v1") });
    expect(resolved(catalogOf(...blueprints, other("edge2")), shop).problems).toEqual([]);
    expect(resolved(catalogOf(...blueprints, other("edge1")), shop).problems).toEqual([
      "error of catalog/infra/cert-manager@v1: no revision of catalog/infra/cert-manager fits both: " +
        "edge1/web/other@v1 needs v1 (old.yaml), and " +
        "edge1/web/shop@v1 needs cert-manager.io/v1, Kind=Certificate (a.yaml)",
    ]);
  });

  it("selects for each target of PackageVariants by itself", () => {
    const variant = (target: string, revision: string) =>
      `apiVersion: config.pkg.pkgserver.dev/v1alpha1\nkind: PackageVariant\nmetadata: {name: ${target}}\n` +
      `spec: {upstream: {repository: catalog, realm: infra, package: cert-manager, revision: ${revision}}, ` +
      `downstream: {target: ${target}, repository: deployments, package: cm}}\n`;
    const fleet = testRevision("mgmt/fleet@v1", { "a.yaml": variant("edge2", "v1"), "b.yaml": variant("edge3", "^2") });
    expect(resolved(catalogOf(...blueprints), fleet)).toEqual({
      needs: { "mgmt/fleet@v1": ["catalog/infra/cert-manager@v1", "catalog/infra/cert-manager@v2"] },
      problems: [],
      cycles: [],
    });
  });

  it("takes a draft for the published revision of its package", () => {
    const catalog = catalogOf(...blueprints, installed("v2"), shop);
    const draft = testRevision("edge1/infra/cm@upgrade", {}, { from: "catalog/infra/cert-manager@v2" });
    expect(resolved(catalog, draft).problems).toEqual([]);
    const next = testRevision("edge1/web/shop@next", { "a.yaml": CERTIFICATE });
    expect(resolved(catalog, next).needs).toEqual({ "edge1/web/shop@next": ["edge1/infra/cm@v7"] });
  });
});

describe("DependencyCatalog > followed drafts", () => {
  const catalog = () => catalogOf(certManager("v1", "v1"), certManager("v2", "v1"));
  const draft = testRevision("edge1/web/shop@draft", { "a.yaml": CERTIFICATE });
  const claim = (target: string) =>
    testRevision(`${target}/b@v1`, { "n.yaml": dependency("catalog/infra/cert-manager", "^1") });

  it("are named if another package of the target makes another revision the one that fits", () => {
    const changing = catalog();
    changing.follow(draft);
    expect(changing.set(claim("edge2"))).toEqual(new Set());
    expect(changing.set(claim("edge1"))).toEqual(new Set([draft.name]));
    expect(resolved(changing, draft).needs).toEqual({ "edge1/web/shop@draft": ["catalog/infra/cert-manager@v1"] });
  });

  it("are not named after they were let go, or published", () => {
    const changing = catalog();
    changing.follow(draft);
    changing.unfollow(draft.name);
    expect(changing.set(certManager("v3", "v1"))).toEqual(new Set());
    changing.follow(draft);
    expect(changing.set({ ...draft, revision: "v1" })).toEqual(new Set());
    const latest = certManager("v4", "v1");
    expect(changing.set(latest)).toEqual(new Set());
    expect(changing.dependentsOf(latest).map(({ revision }) => revision.name)).toEqual([draft.name]);
  });
});

describe("DependencyCatalog > packages of a target", () => {
  it("serves what its roles name, and what is named by itself", () => {
    const certs = testRevision("edge1/certs@v3", { "crd.yaml": definition("cert-manager.io", "Certificate", "v1") });
    const shop = testRevision("edge1/shop@v1", {
      "role.yaml": role("cert-manager.io", "certificates"),
      "needs.yaml": dependency("edge1/certs", "^3"),
    });
    const expected = { needs: { "edge1/shop@v1": ["edge1/certs@v3"] }, problems: [], cycles: [] };
    expect(resolved(catalogOf(certs, shop), shop)).toEqual(expected);
    const old = testRevision("edge1/shop@v2", { "needs.yaml": dependency("edge1/certs", "^2") });
    expect(resolved(catalogOf(certs), old).problems).toEqual([
      "error of edge1/shop@v2: edge1/certs@v3 is not what is needed: ^2 (needs.yaml)",
    ]);
    const draft = { ...certs, name: "draft", revision: "draft" };
    const all = catalogOf(certs, testRevision("edge1/shop@v1", { "needs.yaml": dependency("edge1/certs", "^9") }));
    expect(resolved(all, draft).problems).toEqual([]);
  });

  it("is warned if only another revision has what a role names", () => {
    const blueprint = certManager("v2", "v1");
    const empty = testRevision("edge1/certs@v1", {}, { from: "catalog/infra/cert-manager@v1" });
    const shop = testRevision("edge1/shop@v1", { "role.yaml": role("cert-manager.io", "certificates") });
    expect(resolved(catalogOf(blueprint, empty), shop).problems).toEqual([
      "warning of edge1/shop@v1: edge1/certs@v1, made from catalog/infra/cert-manager@v1, has no " +
        "certificates.cert-manager.io (role.yaml): another revision has",
    ]);
  });

  it("takes of two packages the one that serves the version", () => {
    const crd = (version: string) => ({ "crd.yaml": definition("cert-manager.io", "Certificate", version) });
    const all = catalogOf(testRevision("edge1/a@v1", crd("v1alpha1")), testRevision("edge1/b@v1", crd("v1")));
    const shop = testRevision("edge1/shop@v1", { "a.yaml": CERTIFICATE });
    expect(resolved(all, shop)).toMatchObject({ needs: { "edge1/shop@v1": ["edge1/b@v1"] }, problems: [] });
  });
});
