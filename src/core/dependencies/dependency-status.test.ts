import { describe, expect, it } from "vitest";
import { dependencyStatus } from "./dependency-status.ts";
import { catalogOf, definition, dependency, resource, testRevision } from "./testing/revisions.ts";

const CERTIFICATES = "cert-manager.io";
const CLUSTERS = "cluster.x-k8s.io";
const catalog = () =>
  catalogOf(
    testRevision("catalog/infra/cert-manager@v1", { "crd.yaml": definition(CERTIFICATES, "Certificate", "v1") }),
    testRevision("catalog/infra/capi@v1", {
      "crd.yaml": definition(CLUSTERS, "Cluster", "v1"),
      "certificate.yaml": resource(`${CERTIFICATES}/v1`, "Certificate"),
    }),
    testRevision("edge1/infra/dns@v3", { "crd.yaml": definition("dns.io", "Zone", "v1") }),
  );

describe("dependencyStatus", () => {
  it("names what is to be added, in order, before what the target and Kubernetes have", () => {
    const draft = testRevision("edge1/web/shop@draft", {
      "a.yaml": resource("v1", "ConfigMap"),
      "b.yaml": resource("dns.io/v1", "Zone"),
      "c.yaml": resource(`${CLUSTERS}/v1`, "Cluster"),
    });
    expect(dependencyStatus(catalog().resolve(draft))).toEqual({
      missing: ["catalog/infra/cert-manager@v1", "catalog/infra/capi@v1"],
      missingCount: 2,
      dependencies: [
        {
          type: "package",
          ref: { apiVersion: `${CLUSTERS}/v1`, kind: "Cluster" },
          packageDependencies: [{ repository: "catalog", realm: "infra", package: "capi", revision: "v1" }],
          files: ["c.yaml"],
        },
        {
          type: "package",
          ref: { apiVersion: "dns.io/v1", kind: "Zone" },
          packageDependencies: [
            { target: "edge1", repository: "deployments", realm: "infra", package: "dns", revision: "v3" },
          ],
          files: ["b.yaml"],
        },
        { type: "core", ref: { apiVersion: "v1", kind: "ConfigMap" }, files: ["a.yaml"] },
      ],
      dependencyCount: 3,
    });
  });

  it("is absent for a package that needs nothing", () => {
    const files = { "crd.yaml": "# empty\n" };
    expect(dependencyStatus(catalog().resolve(testRevision("edge1/web/shop@draft", files)))).toBeUndefined();
  });

  it("has the errors of packages that are to be added after those of the package itself", () => {
    const broken = testRevision("catalog/infra/broken@v1", {
      "crd.yaml": definition("broken.io", "Broken", "v1"),
      "x.yaml": resource("nowhere.io/v1", "Nothing"),
    });
    const draft = testRevision("edge1/web/shop@draft", {
      "b.yaml": resource("broken.io/v1", "Broken"),
      "w.yaml": resource("acme.io/v1", "Widget"),
    });
    const unknown = "cannot find api reference: group: acme.io, kind: Widget";
    expect(dependencyStatus(catalogOf(broken).resolve(draft))).toMatchObject({
      error: `${unknown}, and 1 more`,
      errors: [
        { ref: { apiVersion: "acme.io/v1", kind: "Widget" }, reason: unknown, files: ["w.yaml"] },
        {
          reason: "catalog/infra/broken@v1: cannot find api reference: group: nowhere.io, kind: Nothing",
          files: ["x.yaml"],
        },
      ],
      errorCount: 2,
    });
  });

  it("names circles", () => {
    const a = testRevision("catalog/a@v1", { "b.yaml": dependency("catalog/b") });
    const b = testRevision("catalog/b@v1", { "a.yaml": dependency("catalog/a") });
    const draft = testRevision("edge1/shop@draft", { "a.yaml": dependency("catalog/a") });
    expect(dependencyStatus(catalogOf(a, b).resolve(draft))).toMatchObject({
      error: "a circle: catalog/a@v1 → catalog/b@v1 → catalog/a@v1",
      missing: ["catalog/b@v1", "catalog/a@v1"],
    });
  });

  it("stays small for thousands of needs with long names, and counts them all", () => {
    const long = "a".repeat(200);
    const kinds = Array.from({ length: 1500 }, (_, index) => resource(`${long}.io/v1`, `Kind${index}`));
    const more = Array.from({ length: 500 }, (_, index) => resource("dns.io/v1", `Zone${index}`));
    const draft = testRevision("edge1/web/shop@draft", { [`${long}.yaml`]: [...kinds, ...more].join("---\n") });
    const status = dependencyStatus(catalog().resolve(draft));
    expect(status?.errorCount).toBe(2000);
    expect(status?.errors?.length).toBeGreaterThan(1);
    expect(JSON.stringify(status).length).toBeLessThan(6 * 1024);
  });
});
