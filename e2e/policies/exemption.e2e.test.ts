import { describe, expect } from "vitest";
import { OPERATOR_ACCOUNT } from "../harness/install.ts";
import { createKubectl } from "../harness/kubectl.ts";
import type { Impersonated } from "../testenv/api-client.ts";
import { needs } from "../testenv/needs.ts";
import {
  annotate,
  CHANGED_BY,
  DIGEST,
  deletionProposed,
  draft,
  moveTo,
  PROPOSED_BY,
  proposed,
  published,
} from "./cases/case.ts";
import { contentsOf, newRevision } from "./objects.ts";
import { it as base, createPolicyTestEnv, expectResponse, type Given, type PolicyTestEnv } from "./testenv.ts";

const { namespace, name } = OPERATOR_ACCOUNT;
/** Usernames that are not the operator's, each like it in one respect. */
const impostors: readonly string[] = [
  `system:serviceaccount:default:${name}`,
  `system:serviceaccount:${namespace}:default`,
  `system:serviceaccount:${namespace}:${name}-2`,
  `x:system:serviceaccount:${namespace}:${name}`,
  name,
];

/** Everything that RBAC can grant, approval included: what is refused then is refused by a policy. */
const withEveryRight = (username: string): Impersonated => ({ username, groups: ["system:masters"] });
/** The rights of an editor, which do not include approval. */
const EDITORS = "test:editors";
const asEditor = (username: string): Impersonated => ({ username, groups: [EDITORS] });

const it = base.extend("env", { scope: "file" }, async ({ controlPlane }) => {
  const env = await createPolicyTestEnv(controlPlane);
  const kubectl = createKubectl(env.controlPlane.kubectl, env.controlPlane.kubeconfigs.admin);
  const grant = ["--clusterrole=pkgserver-editor", `--group=${EDITORS}`, `--namespace=${env.namespace}`];
  await kubectl("create", "rolebinding", "editors", ...grant);
  return env;
});

interface Act {
  readonly policy: string;
  readonly given: Given;
  readonly patch: object | "delete";
  readonly refused: string;
}

/** For each policy, a request that it exempts the operator from. */
const acts: readonly Act[] = [
  {
    policy: "lifecycle",
    given: published,
    patch: moveTo("draft", { approval: null }),
    refused: "what is published stays published",
  },
  {
    policy: "approval",
    given: proposed,
    patch: moveTo("published", { approval: { digest: DIGEST, by: "alice" } }),
    refused: "spec.approval.by must be the name of who approves",
  },
  {
    policy: "co-approval",
    given: proposed,
    patch: { spec: { approvals: { alice: { digest: DIGEST } } } },
    refused: "adds their own approval, under their own name",
  },
  { policy: "proposer", given: draft, patch: annotate(PROPOSED_BY, "alice"), refused: "is set by proposing" },
  {
    policy: "changer",
    given: draft,
    patch: annotate(CHANGED_BY, "alice"),
    refused: "changed-by is filled in by the API server",
  },
  {
    policy: "reserved",
    given: draft,
    patch: { metadata: { labels: { "pkg.pkgserver.dev/latest": "true" } } },
    refused: "the label pkg.pkgserver.dev/latest is written by the operator",
  },
  {
    policy: "frozen-spec",
    given: proposed,
    patch: { spec: { updatePolicy: "strict" } },
    refused: "spec.updatePolicy can be changed only in a draft",
  },
  { policy: "deletion", given: published, patch: "delete", refused: "is not deleted directly" },
];

/** As `acts`, for a requester who may edit and may not approve. */
const actsOfEditors: readonly Act[] = [
  {
    policy: "approval-ahead",
    given: draft,
    patch: annotate("pkg.pkgserver.dev/confirm-base", "v3"),
    refused: "may not set the annotation",
  },
  { policy: "approval", given: proposed, patch: moveTo("published"), refused: "may not approve" },
  { policy: "deletion", given: deletionProposed, patch: "delete", refused: "may not delete what is proposed" },
];

async function request(env: PolicyTestEnv, user: Impersonated, { given, patch }: Act) {
  const path = `${env.revisions}/${(await env.arrange(given)).metadata.name}`;
  return patch === "delete" ? env.requestAs(user, "delete", path) : env.requestAs(user, "merge", path, patch);
}

describe.for(impostors)("policies exempt the operator, and not %s", (username) => {
  it.for(acts)("policy $policy", async (act, { env }) => {
    expectResponse(await request(env, withEveryRight(username), act), act.refused);
  });

  it.for(actsOfEditors)("policy $policy, without the right to approve", async (act, { env }) => {
    expectResponse(await request(env, asEditor(username), act), act.refused);
  });

  it("policy names", async ({ env }) => {
    const body = { ...newRevision(), metadata: { name: "misnamed" } };
    const path = `${env.revisions}?dryRun=All`;
    expectResponse(await env.requestAs(withEveryRight(username), "create", path, body), "metadata.name must be");
  });

  it("policies contents and edits", async ({ env }) => {
    const user = withEveryRight(username);
    const files = { resources: { "a.yaml": "a: 1\n" } };
    const given = { status: { frozen: false } };
    const object = await env.arrange(given, env.contents, contentsOf(newRevision().metadata.name, files));
    const path = `${env.contents}/${object.metadata.name}`;
    const copy = contentsOf(newRevision().metadata.name, files);
    expectResponse(await env.requestAs(user, "create", env.contents, copy), "are made by the operator");
    expectResponse(await env.requestAs(user, "delete", path), "are removed by the operator");
    expectResponse(await env.requestAs(user, "replace", path, { ...object, spec: {} }), "spec would hold no file");
    const forged = { spec: { resources: { b: "1" } }, ...annotate("pkg.pkgserver.dev/edited-by", "alice") };
    expectResponse(await env.requestAs(user, "merge", path, forged), "edited-by is filled in by the API server");
  });

  it(...needs("MutatingAdmissionPolicy", "mutating policies"), async ({ env }) => {
    const user = withEveryRight(username);
    const revision = await env.arrange(draft);
    const path = `${env.revisions}/${revision.metadata.name}`;
    const proposal = await env.requestAs(user, "merge", path, {
      ...moveTo("proposed"),
      metadata: { labels: { tier: "gold" } },
    });
    expect(proposal.body).toMatchObject(annotate(PROPOSED_BY, username));
    expect(proposal.body).toMatchObject(annotate(CHANGED_BY, username));
    const approval = await env.requestAs(
      user,
      "merge",
      `${env.revisions}/${(await env.arrange(proposed)).metadata.name}`,
      moveTo("published", { approval: { digest: DIGEST } }),
    );
    expect(approval.body.spec).toMatchObject({ approval: { digest: DIGEST, by: username } });
    const given = { status: { frozen: false } };
    const object = await env.arrange(given, env.contents, contentsOf(newRevision().metadata.name));
    const edit = { spec: { resources: { b: "1" } } };
    const edited = await env.requestAs(user, "merge", `${env.contents}/${object.metadata.name}`, edit);
    expect(edited.body).toMatchObject(annotate("pkg.pkgserver.dev/edited-by", username));
  });
});
