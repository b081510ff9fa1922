import { describe, expect } from "vitest";
import type { Capability } from "../harness/capabilities.ts";
import { waitUntil } from "../harness/wait.ts";
import type { ApiClient } from "../testenv/api-client.ts";
import { createGitReader } from "../testenv/git-reader.ts";
import {
  BINDING,
  bindingOf,
  deleteApprovalBindings,
  forgeApproval,
  install,
  isRevoked,
  it,
  MISSING_NONE,
  MUTATING_BINDING,
  mend,
  propose,
  readMetrics,
} from "../testenv/missing-policies.ts";
import { needs } from "../testenv/needs.ts";
import { nameOf } from "../testenv/packages.ts";

const GROUP = "admissionregistration.k8s.io/v1";
const POLICY = `${GROUP}/validatingadmissionpolicies/pkgserver-approval`;
const MUTATING = `${GROUP}/mutatingadmissionpolicies/pkgserver-approval`;
/** Seconds, not minutes: the operator learns of a change by a watch. */
const SOON = { timeoutMs: 5_000 };

interface Attack {
  readonly what: string;
  /** The name of the object and the reason, as the condition has them. */
  readonly told: string;
  readonly needs?: Capability;
  readonly act: (request: ApiClient) => Promise<{ readonly code: number }>;
}

const patch = (path: string, spec: object) => async (request: ApiClient) =>
  await request("admin", "merge", path, { spec });

const attacks: readonly Attack[] = [
  {
    what: "a deleted binding",
    told: "ValidatingAdmissionPolicyBinding pkgserver-approval is not installed",
    act: (request) => request("admin", "delete", BINDING),
  },
  {
    what: "a deleted binding of the policy of gates",
    told: "ValidatingAdmissionPolicyBinding pkgserver-gates is not installed",
    act: (request) => request("admin", "delete", bindingOf("pkgserver-gates")),
  },
  {
    what: "a deleted binding of the policy of edits",
    told: "ValidatingAdmissionPolicyBinding pkgserver-edits is not installed",
    act: (request) => request("admin", "delete", bindingOf("pkgserver-edits")),
  },
  {
    what: "a deleted binding of a mutating policy",
    told: "MutatingAdmissionPolicyBinding pkgserver-approval is not installed",
    needs: "MutatingAdmissionPolicy",
    act: (request) => request("admin", "delete", MUTATING_BINDING),
  },
  {
    what: "a deleted mutating policy",
    told: "MutatingAdmissionPolicy pkgserver-approval is not installed",
    needs: "MutatingAdmissionPolicy",
    act: (request) => request("admin", "delete", MUTATING),
  },
  {
    what: "a binding that only warns",
    told: "ValidatingAdmissionPolicyBinding pkgserver-approval has no Deny in spec.validationActions",
    act: patch(BINDING, { validationActions: ["Warn", "Audit"] }),
  },
  {
    what: "a binding that leaves namespaces out",
    told: "ValidatingAdmissionPolicyBinding pkgserver-approval is not the one of this version: spec.matchResources",
    act: patch(BINDING, { matchResources: { namespaceSelector: { matchLabels: { team: "none" } } } }),
  },
  {
    what: "a binding that leaves a kind out",
    told: "ValidatingAdmissionPolicyBinding pkgserver-approval is not the one of this version: spec.matchResources",
    act: patch(BINDING, {
      matchResources: {
        excludeResourceRules: [
          { apiGroups: ["*"], apiVersions: ["*"], operations: ["*"], resources: ["packagerevisions"] },
        ],
      },
    }),
  },
  {
    what: "a policy that fails open",
    told: 'ValidatingAdmissionPolicy pkgserver-approval is not the one of this version: spec.failurePolicy is "Ignore"',
    act: patch(POLICY, { failurePolicy: "Ignore" }),
  },
  {
    what: "an exemption",
    told: "ValidatingAdmissionPolicy pkgserver-approval is not the one of this version: spec.matchConditions.not-alice",
    act: (request) =>
      request("admin", "json", POLICY, [
        {
          op: "add",
          path: "/spec/matchConditions/-",
          value: { name: "not-alice", expression: "request.userInfo.username != 'alice'" },
        },
      ]),
  },
  {
    what: "another expression",
    told: "ValidatingAdmissionPolicy pkgserver-approval is not the one of this version: spec.validations[5].expression",
    act: (request) =>
      request("admin", "json", POLICY, [{ op: "replace", path: "/spec/validations/5/expression", value: "true" }]),
  },
  {
    what: "an earlier version of a policy, without its last rules",
    told: "ValidatingAdmissionPolicy pkgserver-approval is not the one of this version: spec.validations[6] is missing",
    act: async (request) => {
      const { spec } = (await request("admin", "get", POLICY)).body;
      return await request("admin", "merge", POLICY, {
        spec: { validations: (spec.validations as object[]).slice(0, 6) },
      });
    },
  },
];

describe("without a policy that approvals rely on", () => {
  for (const [capability, some] of Map.groupBy(attacks, (attack) => attack.needs))
    it.for(some)(
      ...needs(capability, "nothing is published: $what"),
      async (attack, { env, packages, requestAs, repository, onTestFailed }) => {
        await env.waitForRepository(repository, "Synced");
        const name = (await propose(packages, `p${attacks.indexOf(attack)}`)).metadata.name;

        onTestFailed(() => install(env));
        expect((await attack.act(requestAs)).code).toBe(200);

        const reported = await waitUntil("the Repository reports it", async () => await env.repository(repository), {
          until: ({ status }) => status?.conditions?.some(({ reason }) => reason === "PoliciesMissing") ?? false,
          ...SOON,
        });
        const ready = reported.status?.conditions?.find(({ type }) => type === "Ready");
        expect(ready).toMatchObject({ status: "False", message: expect.stringContaining(attack.told) });
        expect(ready?.message).toContain("make install");
        const waiting = await env.waitForReason(name, "PoliciesMissing");
        const digest = waiting.status?.proposal?.digest;
        await packages.patch(name, { spec: { lifecycle: "published", approval: { digest, by: "bob" } } }, "bob");
        await env.waitFor(name, "has lost its approval", isRevoked);
        // Reading and editing go on.
        const draft = await packages.createDraft(
          { repository, package: `d${attacks.indexOf(attack)}`, workspace: "one" },
          { "b.yaml": "b: 1\n" },
        );
        expect((await env.revision(draft)).status?.lifecycle).toBe("draft");
        const git = createGitReader(env.git, repository);
        expect(await git.refs()).not.toContain(`tags/p${attacks.indexOf(attack)}/v1`);

        await mend(env);
        await env.waitForReason(name, "Proposed");
        await packages.publish(name);
      },
    );

  it("an editor does not publish in an approver's name, also after they are back", async ({
    env,
    packages,
    requestAs,
    repository,
    onTestFailed,
  }) => {
    await env.waitForRepository(repository, "Synced");
    const proposed = await propose(packages, "forged");
    const { metadata } = proposed;
    const forge = () => forgeApproval(env, requestAs, proposed);
    expect((await forge()).code).toBe(403);
    onTestFailed(() => install(env));
    await deleteApprovalBindings(requestAs);
    await waitUntil("the API server accepts the forged approval", async () => (await forge()).code === 200);
    await mend(env);
    await env.waitFor(metadata.name, "has lost its approval", isRevoked);
    const git = createGitReader(env.git, repository);
    expect(await git.refs()).not.toContain("tags/forged/v1");
    expect((await forge()).code).toBe(403);
    await packages.publish(metadata.name);
  });

  it("no published revision is deleted", async ({ env, packages, requestAs, repository, onTestFailed }) => {
    await env.waitForRepository(repository, "Synced");
    const id = { repository, package: "kept", workspace: "one" };
    const { metadata } = await packages.createPublished(id, { "a.yaml": "a: 1\n" });
    await packages.setLifecycle(nameOf(id), "deletionProposed");
    await env.waitForReason(metadata.name, "DeletionProposed");
    onTestFailed(() => install(env));
    await requestAs("admin", "delete", BINDING);
    await env.waitForRepository(repository, "PoliciesMissing");
    const path = `pkg.pkgserver.dev/v1alpha1/namespaces/${env.namespace}/packagerevisions/${metadata.name}`;
    expect((await requestAs("bob", "delete", path)).code).toBe(200);
    await env.waitFor(metadata.name, "is created again from its tag", (one) => {
      return one.metadata.uid !== metadata.uid && one.status?.lifecycle === "published";
    });
    const git = createGitReader(env.git, repository);
    expect(await git.refs()).toContain("tags/kept/v1");
    await mend(env);
  });

  it("a restarted operator reads repositories, and reports it", async ({
    env,
    requestAs,
    repository,
    packages,
    onTestFailed,
  }) => {
    await env.waitForRepository(repository, "Synced");
    onTestFailed(() => install(env));
    await requestAs("admin", "delete", BINDING);
    await env.waitForRepository(repository, "PoliciesMissing");
    await env.restartOperator("stop");
    const draft = await packages.createDraft({ repository, package: "restarted", workspace: "one" }, { a: "1" });
    expect((await env.revision(draft)).status?.lifecycle).toBe("draft");
    expect(await readMetrics(env)).toMatch(/^pkgserver_admission_policies_missing 1$/m);
    await mend(env);
    expect(await readMetrics(env)).toMatch(MISSING_NONE);
  });
});
