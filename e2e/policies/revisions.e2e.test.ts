import { describe, expect } from "vitest";
import { packageRevisionKind } from "../../src/api/v1alpha1/package-revision.ts";
import { waitUntil } from "../harness/wait.ts";
import { needs } from "../testenv/needs.ts";
import { approvalCases } from "./cases/approval.ts";
import { approvalAheadCases, confirmerCases } from "./cases/approval-ahead.ts";
import { type Case, draft, published } from "./cases/case.ts";
import { coApprovalCases } from "./cases/co-approval.ts";
import { deletionCases } from "./cases/deletion.ts";
import { changeableFields, frozenSpecCases } from "./cases/frozen-spec.ts";
import { immutableCases } from "./cases/immutable.ts";
import { lifecycleCases } from "./cases/lifecycle.ts";
import { rebaseCases } from "./cases/rebase.ts";
import { changerCases, lifecycleChangerCases, proposerCases } from "./cases/records.ts";
import { rejectionCases } from "./cases/rejection.ts";
import { reservedCases } from "./cases/reserved.ts";
import { rightsCases } from "./cases/rights.ts";
import { terminatingCases } from "./cases/terminating.ts";
import { contentsOf, newRevision } from "./objects.ts";
import {
  type ApiResponse,
  createPolicyTestEnv,
  expectResponse,
  it,
  type KubeLike,
  type PolicyTestEnv,
  type User,
} from "./testenv.ts";

async function act(env: PolicyTestEnv, user: User, object: KubeLike, action: Case["act"]): Promise<ApiResponse> {
  const path = `${env.revisions}/${object.metadata.name}`;
  if (action === "delete") return env.requestAs(user, "delete", path);
  if (typeof action === "function") return env.requestAs(user, "replace", path, action(object));
  return env.requestAs(user, "merge", path, action);
}

/** Asked of an object after its deletion, which the operator requests: no policy is in its way. */
const deletedFirst = new Set<readonly Case[]>([terminatingCases]);

const casesByPolicy: readonly (readonly [policy: string, cases: readonly Case[]])[] = [
  ["lifecycle", lifecycleCases],
  ["approval", approvalCases],
  ["approval ahead", approvalAheadCases],
  ["further approvals", coApprovalCases],
  ["who confirmed a base", confirmerCases],
  ["proposer", proposerCases],
  ["changer", changerCases],
  ["rejection", rejectionCases],
  ["rebase", rebaseCases],
  ["changer of the lifecycle", lifecycleChangerCases],
  ["reserved fields", reservedCases],
  ["frozen spec", frozenSpecCases],
  ["immutable fields", immutableCases],
  ["deletion", deletionCases],
  ["rights", rightsCases],
  ["terminating", terminatingCases],
];

describe.for(casesByPolicy)("policies of package revisions: %s", ([, cases]) => {
  const rows = cases.flatMap(({ as, ...one }) =>
    as.map((user) => ({ ...one, user, verdict: one.refused === undefined ? "accepted" : "refused" })),
  );
  const answer = async (
    { user, given, act: action, refused, conceals, result, lacks }: (typeof rows)[number],
    { env }: { readonly env: PolicyTestEnv },
  ): Promise<void> => {
    const object = await env.arrange(given);
    if (deletedFirst.has(cases)) expectResponse(await act(env, "operator", object, "delete"));
    const response = await act(env, user, object, action);
    expectResponse(response, refused);
    if (conceals !== undefined) expect(response.body.message).not.toContain(conceals);
    if (result !== undefined) expect(response.body).toMatchObject(result);
    if (lacks !== undefined) expect(response.body).not.toHaveProperty([...lacks]);
  };
  const title = "$user: $title: $verdict";
  for (const [capability, some] of Map.groupBy(rows, (row) => row.needs))
    it.for(some)(...needs(capability, title), answer);
});

describe("cases of the frozen spec", () => {
  it("cover every field of the spec that can change", () => {
    const {
      packageRevID: _,
      lifecycle: _l,
      approval: _a,
      approvals: _further,
      tasks: _t,
      upstream: _u,
      upgradeStrategy: _s,
      ...fields
    } = packageRevisionKind.spec.properties;
    expect(Object.keys(changeableFields).toSorted()).toEqual(Object.keys(fields).toSorted());
  });
});

describe("server-side apply of package revisions", () => {
  it("refuses a manifest without the lifecycle that an earlier one set", async ({ env }) => {
    const object = newRevision();
    const path = `${env.revisions}/${object.metadata.name}?fieldManager=alice`;
    const full = { ...object, spec: { ...object.spec, lifecycle: "proposed" } };
    expectResponse(await env.requestAs("alice", "apply", path, full));
    expectResponse(
      await env.requestAs("alice", "apply", path, object),
      "spec.lifecycle cannot be removed once set (it is proposed)",
    );
    expectResponse(await env.requestAs("alice", "apply", path, full));
  });
});

describe("status of package revisions and their contents", () => {
  it.for(["alice", "bob", "carol", "dave"] as const)("is not writable by %s", async (user, { env }) => {
    for (const [collection, object] of [
      [env.revisions, await env.arrange(draft)],
      [env.contents, await env.arrange({}, env.contents, contentsOf(newRevision().metadata.name))],
    ] as const) {
      const path = `${collection}/${object.metadata.name}/status`;
      const response = await env.requestAs(user, "merge", path, { status: { commit: "x" } });
      expectResponse(response, `User "${user}" cannot patch resource`);
    }
  });
});

describe("deletion of many package revisions", () => {
  it("refuses a deletecollection that selects a published one", async ({ env }) => {
    const kept = await env.arrange({ ...published, metadata: { labels: { many: "yes" } } });
    const response = await env.requestAs("carol", "delete", `${env.revisions}?labelSelector=many%3Dyes`);
    expectResponse(response, "is not deleted directly");
    expect((await env.requestAs("carol", "get", `${env.revisions}/${kept.metadata.name}`)).code).toBe(200);
  });

  it("accepts deletions of everything in a terminating namespace", async ({ controlPlane }) => {
    const ending = await createPolicyTestEnv(controlPlane);
    const revision = await ending.arrange(published);
    const contents = await ending.arrange({}, ending.contents, contentsOf(revision.metadata.name));
    const remove = (collection: string) =>
      ending.requestAs("admin", "delete", `${collection}/${revision.metadata.name}`);
    expectResponse(await remove(ending.revisions), "is not deleted directly");
    expectResponse(await remove(ending.contents), "are removed by the operator");
    expectResponse(await ending.requestAs("admin", "delete", `../api/v1/namespaces/${ending.namespace}`));
    // Admission reads the namespace from a cache, which learns of the deletion a moment later.
    await waitUntil("the deletion is accepted", async () => (await remove(ending.revisions)).code === 200);
    expectResponse(await remove(ending.contents));
    expect((await ending.requestAs("admin", "get", `${ending.contents}/${contents.metadata.name}`)).code).toBe(404);
  });

  it("lets finalizers be removed in a terminating namespace, in which no operator runs", async ({ controlPlane }) => {
    const ending = await createPolicyTestEnv(controlPlane);
    const held = { metadata: { finalizers: ["pkg.pkgserver.dev/git"] } };
    const all = await Promise.all([draft, published].map((given) => ending.arrange({ ...given, ...held })));
    const release = async ({ metadata: { name } }: KubeLike) =>
      await ending.requestAs("admin", "merge", `${ending.revisions}/${name}`, { metadata: { finalizers: null } });
    // Elsewhere a policy keeps them, or refuses that.
    for (const one of all) {
      await release(one);
      const kept = await ending.requestAs("admin", "get", `${ending.revisions}/${one.metadata.name}`);
      expect(kept.body.metadata).toMatchObject(held.metadata);
    }
    expectResponse(await ending.requestAs("admin", "delete", `../api/v1/namespaces/${ending.namespace}`));
    for (const one of all) {
      const path = `${ending.revisions}/${one.metadata.name}`;
      // As the namespace controller does; admission learns of the deletion a moment later.
      await waitUntil(
        "it is being deleted",
        async () => (await ending.requestAs("admin", "delete", path)).code === 200,
      );
      expectResponse(await release(one));
      expect((await ending.requestAs("admin", "get", path)).code).toBe(404);
    }
  });
});
