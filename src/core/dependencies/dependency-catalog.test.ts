import { describe, expect, it } from "vitest";
import { CERTIFICATE, certManager, role } from "./testing/certificates.ts";
import { catalogOf, definition, dependency, resolved, resource, testRevision } from "./testing/revisions.ts";

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
