import fc from "fast-check";
import { LIFECYCLES } from "../../api/v1alpha1/lifecycle.ts";
import type { PackageRevision } from "../../api/v1alpha1/package-revision.ts";
import type { ApprovalRule } from "../../api/v1alpha1/repository-approval.ts";
import { ENFORCED, type PolicyState } from "../admission/policy-state.ts";
import type { Observation, RevisionView, UpstreamView } from "../revision/observation.ts";
import { usersPart } from "../revision/recorded-metadata.ts";
import { draftBranch, oid, publishedRef, trailersOf } from "./discovered.ts";
import { aRepository, aRevision, aView, condition } from "./observed.ts";

const maybe = <T>(one: fc.Arbitrary<T>) => fc.option(one, { nil: undefined });
const lifecycle = fc.constantFrom(...LIFECYCLES);
/** Few values, so that they are often equal. */
const commit = fc.constantFrom(oid(1), oid(2));
const digest = fc.constantFrom("d1", "d2");
const user = fc.constantFrom("ann", "eve");
const groups = fc.subarray(["net", "sec"]);
const requiredCount = fc.constantFrom(1, 1, 2);
const rules = fc.array(
  fc.record(
    {
      name: fc.constant("rule"),
      match: fc.constantFrom<NonNullable<ApprovalRule["match"]>>(
        { packages: ["d*"] },
        { packages: ["web"] },
        { paths: ["*.yaml"] },
      ),
      groups: fc.constantFrom<string[]>(["net"], ["net", "sec"]),
      required: requiredCount,
    },
    { requiredKeys: ["name", "groups"] },
  ),
  { maxLength: 1 },
);
const folderState = fc.constantFrom("t1", "t2", "absent");
const contents = fc.constantFrom("c1", "c1", "c2");
const verdicts = fc.array(
  fc.record({
    conditionType: fc.constant("gate"),
    digest: contents,
    status: fc.constantFrom("True" as const, "True" as const, "False" as const),
  }),
  { minLength: 1, maxLength: 1 },
);
const gates = fc.constantFrom<{ conditionType: string }[]>([], [], [{ conditionType: "gate" }]);

const published = fc
  .tuple(fc.constantFrom("v1", "v2"), commit)
  .map(([revision, commit]) => publishedRef("dns", revision, { commit }));
const draft = fc.tuple(maybe(lifecycle), commit).map(([recorded, commit]) =>
  draftBranch("dns", "one", {
    commit,
    ...(recorded && { trailers: trailersOf("dns", "one", { lifecycle: recorded }) }),
  }),
);

const object: fc.Arbitrary<PackageRevision> = fc
  .record({
    spec: fc.record(
      {
        lifecycle,
        approval: fc.record({ digest, by: user, groups }, { requiredKeys: ["digest", "by"] }),
        approvals: fc.dictionary(user, fc.record({ digest, groups }, { requiredKeys: ["digest"] }), { maxKeys: 2 }),
        tasks: fc.constantFrom<"init" | "clone">("init", "clone").map((type) => [{ type }]),
        upstream: fc.constant({ repository: "red", package: "dns" }),
        readinessGates: gates,
      },
      { requiredKeys: [] },
    ),
    status: maybe(
      fc.record(
        {
          lifecycle,
          commit,
          gates: verdicts,
          contentDigest: contents,
          revision: fc.constant("v1"),
          base: fc.record({ revision: fc.constantFrom("v1", "v2") }),
          proposal: fc.record({ digest, commit, by: user, at: fc.constant("2025-01-02T03:04:05Z") }),
        },
        { requiredKeys: [] },
      ),
    ),
    confirmed: maybe(fc.constantFrom("v1", "v2", "t1")),
    deleted: fc.boolean(),
  })
  .map(({ spec, status, confirmed, deleted }) =>
    aRevision({
      spec,
      deleted,
      ...(status !== undefined && { status }),
      ...(confirmed !== undefined && { annotations: { "pkg.pkgserver.dev/confirm-base": confirmed } }),
    }),
  );

const view: fc.Arbitrary<RevisionView> = fc
  .record(
    {
      found: fc.oneof(draft, published),
      latest: published,
      nested: fc.constantFrom([], [{ path: "dns/sub" }]),
      enclosing: fc.constantFrom([], [], [], ["net"]),
      overlapping: fc.constantFrom([], ["net"], ["dns/sub"]),
      conflictingRefs: fc.constantFrom([], ["refs/heads/dns"]),
      own: fc.record(
        { main: folderState, base: folderState, head: folderState, latest: folderState },
        { requiredKeys: [] },
      ),
    },
    { requiredKeys: [] },
  )
  .map(aView);

const upstream: fc.Arbitrary<UpstreamView> = fc.oneof(
  fc.constantFrom<UpstreamView>(
    { kind: "none" },
    { kind: "notReady", message: "m" },
    { kind: "missing", message: "m" },
  ),
  published.map((one) => ({ kind: "found" as const, source: one })),
);

const repository = fc
  .record({
    spec: fc.record(
      {
        publish: fc.constantFrom("main" as const, "tagOnly" as const),
        approval: fc.record({ fourEyes: fc.boolean(), required: requiredCount, rules }, { requiredKeys: [] }),
        readinessGates: gates,
      },
      { requiredKeys: [] },
    ),
    ready: maybe(fc.constantFrom(condition("Ready", "True"), condition("Ready", "False"))),
    deleted: fc.boolean(),
  })
  .map(({ spec, ready, deleted }) => aRepository(spec, { deleted, ...(ready !== undefined && { ready }) }));

const policies = fc.constantFrom<PolicyState>(
  ENFORCED,
  ENFORCED,
  { kind: "unknown", message: "m" },
  { kind: "missing", findings: [{ kind: "ValidatingAdmissionPolicy", name: "p", problem: "is not installed" }] },
  { kind: "missing", findings: [], settling: true },
);

/** Any observation of one package revision, likely or not. Many are of a proposal with an approval. */
export const anObservation: fc.Arbitrary<Observation> = fc
  .tuple(
    fc.record(
      { object, repository, view, upstream, editors: fc.array(user, { maxLength: 2 }), policies },
      { requiredKeys: ["object", "upstream", "editors", "policies"] },
    ),
    fc.boolean(),
    fc.boolean(),
  )
  .map(([observation, isApproved, isRecorded]) => {
    const approved = isApproved ? withApproval(observation) : observation;
    return isRecorded ? withRecordedSpec(approved) : approved;
  });

/** The branch's commit is a proposal, whose digest is approved if that of the object's approval is. */
function withApproval(observation: Observation): Observation {
  const { object, view } = observation;
  if (view?.found?.kind !== "draft") return observation;
  const { approval = { digest: "d1", by: "bob" } } = object.spec;
  const proposal = { digest: "d1", commit: view.found.commit, by: "ann", at: "2025-01-02T03:04:05Z" };
  const status = { observedGeneration: 1, ...object.status, lifecycle: "proposed" as const, proposal };
  return { ...observation, object: { ...object, spec: { ...object.spec, lifecycle: "published", approval }, status } };
}

/** The branch's commit records the object's spec. */
function withRecordedSpec(observation: Observation): Observation {
  const { object, view } = observation;
  const { found } = view ?? {};
  if (view === undefined || found?.kind !== "draft" || found.trailers === undefined) return observation;
  const trailers = { ...found.trailers, metadata: usersPart({ spec: object.spec }) };
  return { ...observation, view: { ...view, found: { ...found, trailers } } };
}
