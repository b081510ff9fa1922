import { describe, expect } from "vitest";
import { kubectlAs } from "../harness/kubectl.ts";
import { draft, proposed, published } from "./cases/case.ts";
import { it as base, expectResponse, type KubeLike, type PolicyTestEnv } from "./testenv.ts";

const MINE = "example.com/scanned";
const OTHER = "example.com/licensed";
/** May patch the status of package revisions, and set one gate. */
const SCANNER = { username: "scanner" };
const DIGEST = `sha256:${"1".repeat(64)}`;

const it = base.extend("scanner", { scope: "file" }, async ({ controlPlane, env }) => {
  const rules = [
    { apiGroups: ["pkg.pkgserver.dev"], resources: ["packagerevisions/status"], verbs: ["update", "patch"] },
    {
      apiGroups: ["pkg.pkgserver.dev"],
      resources: ["packagerevisions/gates"],
      resourceNames: [MINE],
      verbs: ["update"],
    },
  ];
  const metadata = { name: "scanner", namespace: env.namespace };
  const subjects = [{ kind: "User", name: SCANNER.username, apiGroup: "rbac.authorization.k8s.io" }];
  const roleRef = { kind: "Role", name: "scanner", apiGroup: "rbac.authorization.k8s.io" };
  const manifests = [
    { apiVersion: "rbac.authorization.k8s.io/v1", kind: "Role", metadata, rules },
    { apiVersion: "rbac.authorization.k8s.io/v1", kind: "RoleBinding", metadata, subjects, roleRef },
  ];
  await kubectlAs(controlPlane, "admin").applyYaml(manifests.map((one) => JSON.stringify(one)).join("\n---\n"));
  return SCANNER;
});

const verdict = (conditionType: string, status = "True") => ({ conditionType, digest: DIGEST, status });
const passed = { ...draft, status: { ...draft.status, gates: [verdict(MINE), verdict(OTHER)] } };

function applyStatus(
  env: PolicyTestEnv,
  user: Parameters<PolicyTestEnv["requestAs"]>[0],
  to: KubeLike,
  status: object,
) {
  const body = {
    apiVersion: "pkg.pkgserver.dev/v1alpha1",
    kind: "PackageRevision",
    metadata: { name: to.metadata.name },
    status,
  };
  return env.requestAs(user, "apply", `${env.revisions}/${to.metadata.name}/status?fieldManager=scanner`, body);
}
const patchStatus = (
  env: PolicyTestEnv,
  user: Parameters<PolicyTestEnv["requestAs"]>[0],
  to: KubeLike,
  status: unknown,
) => env.requestAs(user, "merge", `${env.revisions}/${to.metadata.name}/status`, { status });

describe("the status of a package revision, for a gate program", () => {
  it.for([
    { state: "a draft", given: draft },
    { state: "a proposal", given: proposed },
  ])("takes its verdicts, one after the other: $state", async ({ given }, { env, scanner }) => {
    const object = await env.arrange(given);
    for (const status of ["Unknown", "False", "True"]) {
      const response = await applyStatus(env, scanner, object, { gates: [verdict(MINE, status)] });
      expectResponse(response);
      expect(response.body.status).toMatchObject({ ...given.status, gates: [verdict(MINE, status)] });
    }
    expectResponse(await applyStatus(env, scanner, object, { gates: [] }));
  });

  it("takes no verdict of another gate", async ({ env, scanner }) => {
    const refused = `user scanner may not set the gate ${OTHER}: it needs update on packagerevisions/gates`;
    const object = await env.arrange(draft);
    expectResponse(await applyStatus(env, scanner, object, { gates: [verdict(OTHER)] }), refused);
    const judged = await env.arrange(passed);
    expectResponse(
      await patchStatus(env, scanner, judged, { gates: [verdict(MINE), verdict(OTHER, "False")] }),
      refused,
    );
    expectResponse(await patchStatus(env, scanner, judged, { gates: [verdict(MINE)] }), refused);
    expectResponse(
      await patchStatus(env, scanner, judged, { gates: [verdict(MINE, "False"), verdict(OTHER, "False")] }),
      `a request sets the verdict of one gate, this one those of ${MINE}, ${OTHER}`,
    );
    expectResponse(await patchStatus(env, scanner, judged, { gates: null }), "sets the verdict of one gate");
    // The order of the list means nothing.
    expectResponse(await patchStatus(env, scanner, judged, { gates: [verdict(OTHER), verdict(MINE, "False")] }));
  });

  it.for<[string, typeof draft | typeof published, Readonly<Record<string, unknown>>]>([
    ["lifecycle", draft, { lifecycle: "published" }],
    ["lifecycle", proposed, { lifecycle: null }],
    ["proposal", proposed, { proposal: { by: "nobody" } }],
    ["proposal", proposed, { proposal: { digest: DIGEST } }],
    ["proposal", proposed, { proposal: null }],
    ["contentDigest", draft, { contentDigest: DIGEST }],
    ["metadataDigest", draft, { metadataDigest: DIGEST }],
    ["base", draft, { base: { revision: "v9" } }],
    ["commit", proposed, { commit: "c0ffee" }],
    ["publishedBy", published, { publishedBy: "bob" }],
    ["revision", published, { revision: "v2" }],
    ["upstreamLock", draft, { upstreamLock: { revision: "v1", commit: "c0ffee", digest: DIGEST } }],
    ["waitingFor", proposed, { waitingFor: ["FourEyes"] }],
    ["observedGeneration", proposed, { observedGeneration: 99 }],
    [
      "conditions",
      draft,
      {
        conditions: [
          { type: "FilesValid", status: "True", reason: "R", message: "m", lastTransitionTime: "2026-01-01T00:00:00Z" },
        ],
      },
    ],
  ])("keeps %s for the operator", async ([field, given, status], { env, scanner }) => {
    const object = await env.arrange(given);
    for (const user of [scanner, "admin"] as const) {
      const refused = `status.${field} is written by the operator alone`;
      expectResponse(await patchStatus(env, user, object, status), refused);
      expectResponse(await patchStatus(env, user, object, { ...status, gates: [verdict(MINE)] }), refused);
    }
    expectResponse(await patchStatus(env, "operator", object, status));
  });

  it("is not removed as a whole", async ({ env, scanner }) => {
    const object = await env.arrange(proposed);
    expectResponse(await patchStatus(env, scanner, object, null), "is written by the operator alone");
  });

  it("takes every gate from a cluster administrator, and none from an editor", async ({ env }) => {
    const object = await env.arrange(draft);
    expectResponse(await applyStatus(env, "admin", object, { gates: [verdict(OTHER)] }));
    expectResponse(await applyStatus(env, "alice", object, { gates: [verdict(OTHER)] }), 'User "alice" cannot patch');
  });
});
