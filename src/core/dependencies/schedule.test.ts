import { describe, expect, it } from "vitest";
import type { PackageRevision, PackageRevisionSpec } from "../../api/v1alpha1/package-revision.ts";
import type { PackageRevisionStatus } from "../../api/v1alpha1/package-revision-status.ts";
import { ANNOTATION_SCHEDULED_FOR } from "../../api/v1alpha1/well-known.ts";
import { aRevision } from "../testing/observed.ts";
import type { PackageRevisionApis } from "./revision-apis.ts";
import { type NotMade, planSchedule, type Schedule } from "./schedule.ts";
import { scheduledDraft } from "./scheduled-draft.ts";
import { catalogOf, definition, dependency, resource, testRevision } from "./testing/revisions.ts";

const CERTIFICATES = "cert-manager.io";
const certManager = testRevision("catalog/infra/cert-manager@v1", {
  "crd.yaml": definition(CERTIFICATES, "Certificate", "v1"),
});
const capi = testRevision("catalog/infra/capi@v1", {
  "crd.yaml": definition("cluster.x-k8s.io", "Cluster", "v1"),
  "certificate.yaml": resource(`${CERTIFICATES}/v1`, "Certificate"),
});
const draft = testRevision("edge1/web/shop@draft", { "c.yaml": resource("cluster.x-k8s.io/v1", "Cluster") });
const CERT_DRAFT = "edge1.deployments.infra.cert-manager.pkginstall";

interface Situation {
  readonly published?: readonly PackageRevisionApis[];
  readonly revisions?: readonly PackageRevision[];
  readonly made?: readonly string[];
  readonly notMade?: NotMade;
  readonly root?: PackageRevisionApis;
}

function planned({ published = [certManager, capi], revisions = [], made = [], notMade, root = draft }: Situation) {
  return told(planSchedule({ graph: catalogOf(...published).resolve(root), revisions, made, notMade }));
}

function told({ verdict: { reason, message }, toMake }: Schedule) {
  return { reason, message, toMake: toMake.map(({ revision }) => revision.name) };
}

/** A revision at infra/cert-manager of edge1, or elsewhere. */
function object(
  name: string,
  id: Partial<PackageRevisionSpec["packageRevID"]> = {},
  more: Partial<PackageRevisionSpec> = {},
  status: Partial<PackageRevisionStatus> = {},
): PackageRevision {
  const packageRevID = {
    target: "edge1",
    repository: "deployments",
    realm: "infra",
    package: "cert-manager",
    workspace: "one",
    ...id,
  };
  const one = aRevision({ spec: { packageRevID, ...more }, status });
  return { ...one, metadata: { ...one.metadata, name } };
}

describe("planSchedule", () => {
  it("makes the drafts first that need nothing else, and says what is waited for", () => {
    expect(planned({})).toEqual({
      reason: "DependenciesUnpublished",
      message:
        "the target does not have what it needs yet: catalog/infra/cert-manager@v1 (no draft yet), " +
        "catalog/infra/capi@v1 (no draft yet)",
      toMake: ["catalog/infra/cert-manager@v1"],
    });
  });

  it("goes on once those are published, and is done when all are", () => {
    const inTarget = (one: PackageRevisionApis): PackageRevisionApis => {
      const name = one.name.replace("catalog", "edge1");
      const madeFrom = { package: one.package, revision: one.revision };
      return { ...one, name, madeFrom, package: { ...one.package, repository: "deployments", target: "edge1" } };
    };
    const first = [certManager, capi, inTarget(certManager)];
    expect(planned({ published: first, made: [CERT_DRAFT] })).toMatchObject({ toMake: [capi.name] });
    const all = [...first, inTarget(capi)];
    expect(planned({ published: all, made: [CERT_DRAFT] })).toMatchObject({
      reason: "DependenciesPublished",
      toMake: [],
    });
  });

  it.each<[string, PackageRevision]>([
    ["made for it", object(CERT_DRAFT, { workspace: "pkginstall" })],
    ["at its place", object("edge1.deployments.infra.cert-manager.one")],
    [
      "made from it elsewhere",
      object(
        "other",
        { package: "certs" },
        { upstream: { repository: "catalog", realm: "infra", package: "cert-manager" } },
      ),
    ],
  ])("waits for a draft %s", (_, one) => {
    expect(planned({ revisions: [one] })).toEqual({
      reason: "DependenciesUnpublished",
      message: expect.stringContaining(`catalog/infra/cert-manager@v1 (${one.metadata.name} is to be proposed)`),
      toMake: [],
    });
    const proposed = { ...one, status: { observedGeneration: 1, lifecycle: "proposed" as const } };
    expect(planned({ revisions: [proposed] }).message).toContain("is to be approved");
  });

  it("knows a draft again that was made for it before the operator ended", () => {
    const one = object(CERT_DRAFT, { workspace: "pkginstall" });
    const annotated = (name: string) => {
      return { ...one, metadata: { ...one.metadata, annotations: { [ANNOTATION_SCHEDULED_FOR]: name } } };
    };
    const graph = catalogOf(certManager, capi).resolve(draft);
    const unrecorded = (revision: PackageRevision, made: readonly string[] = []) =>
      planSchedule({ graph, revisions: [revision], made, notMade: undefined }).unrecorded;
    expect(unrecorded(annotated(draft.name))).toEqual([CERT_DRAFT]);
    expect(unrecorded(annotated(draft.name), [CERT_DRAFT])).toEqual([]);
    expect(unrecorded(annotated("another"))).toEqual([]);
    expect(unrecorded(one)).toEqual([]);
  });

  it("does not make a deleted draft again", () => {
    expect(planned({ made: [CERT_DRAFT] })).toEqual({
      reason: "DraftDeleted",
      message: expect.stringContaining(CERT_DRAFT),
      toMake: [],
    });
  });

  it("makes nothing where another package has the place", () => {
    const taken = object("taken", {}, {}, { lifecycle: "published", revision: "v1" });
    expect(planned({ revisions: [taken] })).toMatchObject({ reason: "DependencyTaken", toMake: [] });
  });

  it("makes nothing where several packages have it, unless somebody has begun with one", () => {
    const other = testRevision("catalog/infra/certs@v1", { "crd.yaml": definition(CERTIFICATES, "Certificate", "v1") });
    const published = [certManager, capi, other];
    expect(planned({ published })).toEqual({
      reason: "AmbiguousDependency",
      message: expect.stringContaining("catalog/infra/cert-manager@v1 or catalog/infra/certs: name the one"),
      toMake: [],
    });
    const named = {
      "c.yaml": resource(`${CERTIFICATES}/v1`, "Certificate"),
      "n.yaml": dependency("catalog/infra/certs"),
    };
    const root = testRevision("edge1/web/shop@draft", named);
    expect(planned({ published, root })).toMatchObject({ toMake: [other.name] });
    const begun = object("begun");
    expect(planned({ published, revisions: [begun] })).toMatchObject({ reason: "DependenciesUnpublished", toMake: [] });
  });

  it("makes nothing where something is not found, or in a circle", () => {
    const broken = testRevision("edge1/web/shop@draft", {
      "c.yaml": resource("cluster.x-k8s.io/v1", "Cluster"),
      "w.yaml": resource("acme.io/v1", "Widget"),
    });
    expect(planned({ root: broken })).toEqual({
      reason: "DependenciesUnresolved",
      message: "cannot find api reference: group: acme.io, kind: Widget",
      toMake: [],
    });
    const circle = [
      testRevision("catalog/a@v1", { "b.yaml": dependency("catalog/b") }),
      testRevision("catalog/b@v1", { "a.yaml": dependency("catalog/a") }),
    ];
    const root = testRevision("edge1/web/shop@draft", { "a.yaml": dependency("catalog/a") });
    expect(planned({ published: circle, root })).toMatchObject({
      reason: "DependenciesUnresolved",
      message: "a circle: catalog/a@v1 → catalog/b@v1 → catalog/a@v1",
      toMake: [],
    });
  });

  it.each<[NotMade, string]>([
    ["notAsked", "spec.readinessGates of the Repository does not ask"],
    ["notProposed", "once this one is to be proposed"],
    ["unattributed", "not everybody who changed this one is known"],
  ])("says why nothing is made: %s", (notMade, text) => {
    expect(planned({ notMade })).toMatchObject({ message: expect.stringContaining(text), toMake: [] });
  });

  it("bounds how many are made for one draft", () => {
    const made = Array.from({ length: 64 }, (_, index) => `other-${index}`);
    expect(planned({ made })).toMatchObject({ reason: "DependenciesUnpublished", toMake: [] });
  });

  it("lets blueprints pass", () => {
    const root = testRevision("catalog/web/shop@draft", { "c.yaml": resource("cluster.x-k8s.io/v1", "Cluster") });
    expect(planned({ root })).toMatchObject({ reason: "DependenciesPublished", toMake: [] });
  });
});

describe("scheduledDraft", () => {
  it("is a clone of the selected revision in the Repository and target of the draft", () => {
    expect(scheduledDraft(draft, certManager)).toEqual({
      packageRevID: {
        repository: "deployments",
        target: "edge1",
        realm: "infra",
        package: "cert-manager",
        workspace: "pkginstall",
      },
      tasks: [{ type: "clone" }],
      upstream: { repository: "catalog", realm: "infra", package: "cert-manager", revision: "v1" },
    });
  });
});
