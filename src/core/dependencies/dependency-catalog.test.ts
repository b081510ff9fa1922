import { describe, expect, it } from "vitest";
import { catalogOf, definition, dependency, resolved, resource, testRevision } from "./testing/revisions.ts";

const CERTIFICATE = resource("cert-manager.io/v1", "Certificate");
const certManager = (revision: string, ...versions: readonly string[]) =>
  testRevision(`catalog/infra/cert-manager@${revision}`, {
    "crd.yaml": definition("cert-manager.io", "Certificate", ...versions),
  });
const role = (group: string, ...resources: readonly string[]) =>
  `apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: one}\n` +
  `rules: [{apiGroups: ["${group}"], resources: [${resources.join(", ")}], verbs: [get]}]\n`;

describe("DependencyCatalog > APIs", () => {
  it("finds the newest revision that serves a kind, and what that needs in turn", () => {
    const catalog = catalogOf(
      certManager("v1", "v1alpha1"),
      certManager("v2", "v1"),
      certManager("v3", "v1"),
      testRevision("catalog/infra/capi@v1", { "a.yaml": CERTIFICATE, "crd.yaml": definition("x.io", "Cluster", "v1") }),
    );
    const root = testRevision("catalog/web/shop@v1", {
      "b.yaml": resource("x.io/v1", "Cluster"),
      "c.yaml": resource("v1", "ConfigMap"),
    });
    expect(resolved(catalog, root)).toEqual({
      needs: {
        "catalog/web/shop@v1": ["catalog/infra/capi@v1"],
        "catalog/infra/capi@v1": ["catalog/infra/cert-manager@v3"],
      },
      problems: [],
      cycles: [],
    });
  });

  it("takes an older revision if only that serves the version", () => {
    const catalog = catalogOf(certManager("v1", "v1"), certManager("v2", "v2", "!v1"));
    const root = testRevision("catalog/web/shop@v1", { "a.yaml": CERTIFICATE });
    expect(resolved(catalog, root).needs).toEqual({ "catalog/web/shop@v1": ["catalog/infra/cert-manager@v1"] });
  });

  it("says which API is unknown, and which versions are served, also of its own", () => {
    const catalog = catalogOf(certManager("v1", "v1alpha1", "v1beta1"));
    const root = testRevision("catalog/web/shop@v1", {
      "a.yaml": CERTIFICATE,
      "b.yaml": resource("acme.io/v1", "Widget"),
      "c.yaml": resource("own.io/v2", "Gadget"),
      "crd.yaml": definition("own.io", "Gadget", "v1"),
      "d.yaml": resource("policy/v1beta1", "PodSecurityPolicy"),
    });
    const of = "error of catalog/web/shop@v1:";
    expect(resolved(catalog, root).problems).toEqual([
      `${of} cannot find api reference: group: acme.io, kind: Widget`,
      `${of} cannot resolve version for gvk: cert-manager.io/v1, Kind=Certificate: ` +
        "catalog/infra/cert-manager@v1 serves v1alpha1, v1beta1",
      `${of} cannot resolve version for gvk: own.io/v2, Kind=Gadget: catalog/web/shop@v1 serves v1`,
      `${of} Kubernetes 1.25 has removed PodSecurityPolicy from policy/v1beta1: there is no replacement`,
    ]);
  });

  it("takes any kind of the group and version of an APIService", () => {
    const metrics = testRevision("catalog/infra/metrics@v1", {
      "a.yaml":
        "apiVersion: apiregistration.k8s.io/v1\nkind: APIService\nmetadata: {name: v1.metrics.k8s.io}\n" +
        "spec: {group: metrics.k8s.io, version: v1, service: {name: a, namespace: b}}\n",
    });
    const root = testRevision("catalog/web/shop@v1", {
      "a.yaml": resource("metrics.k8s.io/v1", "PodMetrics"),
      "b.yaml": resource("metrics.k8s.io/v2", "PodMetrics"),
      "role.yaml": role("metrics.k8s.io", "pods"),
    });
    expect(resolved(catalogOf(metrics), root)).toEqual({
      needs: { "catalog/web/shop@v1": ["catalog/infra/metrics@v1"] },
      problems: ["error of catalog/web/shop@v1: cannot find api reference: group: metrics.k8s.io, kind: PodMetrics"],
      cycles: [],
    });
  });

  it("warns of roles for resources that no package has", () => {
    const root = testRevision("catalog/web/shop@v1", {
      "a.yaml": role("cert-manager.io", "certificates"),
      "b.yaml": role("acme.io", "widgets"),
      "c.yaml": role("", "pods", "users", "unknowns"),
    });
    const of = "warning of catalog/web/shop@v1: policy rule resource";
    expect(resolved(catalogOf(certManager("v1", "v1")), root)).toEqual({
      needs: { "catalog/web/shop@v1": ["catalog/infra/cert-manager@v1"] },
      problems: [
        `${of} unknowns not found for group: "", in a ClusterRole`,
        `${of} widgets not found for group: acme.io, in a ClusterRole`,
      ],
      cycles: [],
    });
  });
});

describe("DependencyCatalog > several packages with one API", () => {
  const definitions = { "crd.yaml": definition("cert-manager.io", "Certificate", "v1") };
  const others = [
    testRevision("catalog/a/other@v1", definitions),
    testRevision("catalog/web/certs@v1", definitions),
    testRevision("catalog/web/all@v1", { ...definitions, "more.yaml": definition("acme.io", "Widget", "v1") }),
  ];
  const provider = (files: Readonly<Record<string, string>>) =>
    resolved(catalogOf(...others), testRevision("catalog/web/shop@v1", { "a.yaml": CERTIFICATE, ...files })).needs;

  it("takes the nearest and smallest one", () => {
    expect(provider({})).toEqual({ "catalog/web/shop@v1": ["catalog/web/certs@v1"] });
  });

  it("takes one that is named", () => {
    expect(provider({ "needs.yaml": dependency("catalog/a/other") })).toEqual({
      "catalog/web/shop@v1": ["catalog/a/other@v1"],
    });
  });

  it("takes one that is needed anyhow", () => {
    expect(provider({ "b.yaml": resource("acme.io/v1", "Widget") })).toEqual({
      "catalog/web/shop@v1": ["catalog/web/all@v1"],
    });
  });
});

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

describe("DependencyCatalog > cycles", () => {
  const catalog = catalogOf(
    testRevision("catalog/a@v1", { "needs.yaml": dependency("catalog/b"), "r.yaml": role("b.io", "bs") }),
    testRevision("catalog/b@v1", { "crd.yaml": definition("b.io", "B", "v1"), "c.yaml": resource("c.io/v1", "C") }),
    testRevision("catalog/c@v1", { "crd.yaml": definition("c.io", "C", "v1"), "needs.yaml": dependency("catalog/a") }),
    testRevision("catalog/d@v1", { "crd.yaml": definition("d.io", "D", "v1"), "r.yaml": role("e.io", "es") }),
    testRevision("catalog/e@v1", { "crd.yaml": definition("e.io", "E", "v1"), "a.yaml": resource("d.io/v1", "D") }),
  );

  it("names the packages of a circle", () => {
    const [root] = catalog.latest();
    expect(root?.name).toBe("catalog/a@v1");
    expect(root === undefined ? [] : resolved(catalog, root).cycles).toEqual([
      ["catalog/a@v1", "catalog/b@v1", "catalog/c@v1", "catalog/a@v1"],
    ]);
  });

  it("takes no circle for one that is closed by a role", () => {
    const root = testRevision("catalog/x@v1", { "a.yaml": dependency("catalog/e") });
    expect(resolved(catalog, root)).toMatchObject({
      needs: { "catalog/d@v1": ["catalog/e@v1"], "catalog/e@v1": ["catalog/d@v1"] },
      cycles: [],
    });
  });
});

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

describe("DependencyCatalog > the root itself", () => {
  const needing = (revision: string) =>
    testRevision("catalog/lib@v1", { "needs.yaml": dependency("catalog/root", revision) });
  const root = testRevision("catalog/root@v1", { "needs.yaml": dependency("catalog/lib") });

  it("stands for its package, also as an earlier revision", () => {
    const later = testRevision("catalog/root@v2", {});
    expect(resolved(catalogOf(root, later, needing("^1")), root).problems).toEqual([]);
    expect(resolved(catalogOf(root, later, needing("^2")), root).problems).toEqual([
      "error of catalog/lib@v1: catalog/root@v1 is not what is needed: ^2 (needs.yaml)",
    ]);
  });

  it("has no revision as a draft, but APIs", () => {
    const api = testRevision("catalog/lib@v1", {
      "needs.yaml": dependency("catalog/root", "^2"),
      "b.yaml": CERTIFICATE,
    });
    const published = testRevision("catalog/root@v1", {
      "crd.yaml": definition("cert-manager.io", "Certificate", "v1"),
    });
    const draft = { ...root, name: "draft", revision: "draft" };
    expect(resolved(catalogOf(published, api), draft).problems).toEqual([
      "error of catalog/lib@v1: catalog/root@draft is not what is needed: cert-manager.io/v1, Kind=Certificate (b.yaml)",
    ]);
  });

  it("needs nothing of itself", () => {
    const own = testRevision("catalog/own@v1", {
      "crd.yaml": definition("own.io", "Own", "v1"),
      "own.yaml": resource("own.io/v1", "Own"),
      "needs.yaml": dependency("catalog/own", "^9"),
      "role.yaml": role("own.io", "owns"),
    });
    expect(resolved(catalogOf(own), own)).toEqual({ needs: {}, problems: [], cycles: [] });
    const target = { ...own, name: "edge1", package: { ...own.package, target: "edge1", repository: "deployments" } };
    expect(resolved(catalogOf(own, target), { ...target, madeFrom: { package: own.package, revision: "v1" } })).toEqual(
      {
        needs: {},
        problems: [],
        cycles: [],
      },
    );
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
