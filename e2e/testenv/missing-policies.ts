import type { PackageRevision } from "../../src/api/v1alpha1/package-revision.ts";
import { applyPolicies } from "../harness/install.ts";
import { kubectlAs } from "../harness/kubectl.ts";
import type { ApiClient, Impersonated } from "./api-client.ts";
import { test } from "./fixtures.ts";
import { startOwnControlPlane } from "./own-control-plane.ts";
import type { Packages } from "./packages.ts";
import type { TestEnv } from "./testenv.ts";

const GROUP = "admissionregistration.k8s.io/v1";
export const bindingOf = (policy: string) => `${GROUP}/validatingadmissionpolicybindings/${policy}`;
export const BINDING = bindingOf("pkgserver-approval");
export const MUTATING_BINDING = `${GROUP}/mutatingadmissionpolicybindings/pkgserver-approval`;

// A control plane of its own: policies are cluster-wide, and other tests rely on them.
export const it = test
  .extend("own", { scope: "file" }, async ({}, { onCleanup }) => {
    const own = await startOwnControlPlane("missing");
    onCleanup(() => own.end());
    return own;
  })
  .extend("envOptions", { scope: "file" }, async ({ own }) => ({ prefix: "missing", controlPlane: own.provided }))
  .extend("repository", { scope: "file" }, async ({ env }) => {
    await env.git.createRepository("fleet");
    await env.register("fleet");
    return "fleet";
  });

/** As `make install`, without CRDs and roles, which no test here changes. */
export const install = async (env: TestEnv) => void (await applyPolicies(kubectlAs(env.controlPlane, "admin")));

export const mend = async (env: TestEnv) => {
  await install(env);
  return await env.waitForRepository("fleet", "Synced");
};

export const MISSING_NONE = /^pkgserver_admission_policies_missing 0$/m;
export const readMetrics = async (env: TestEnv) => await (await fetch(`${env.operator.url}/metrics`)).text();

export const isRevoked = ({ spec, status }: PackageRevision) =>
  spec.lifecycle === "proposed" && spec.approval === undefined && status?.lifecycle === "proposed";

export async function propose(packages: Packages, name: string): Promise<PackageRevision> {
  const id = { repository: "fleet", package: name, workspace: "one" };
  return await packages.propose(await packages.createDraft(id, { "a.yaml": "a: 1\n" }));
}

/** Ends the enforcement of approvals until `install`. The API server enforces a deleted binding for a moment. */
export async function deleteApprovalBindings(requestAs: ApiClient): Promise<void> {
  for (const binding of [BINDING, MUTATING_BINDING]) await requestAs("admin", "delete", binding);
}

/** A user who may patch these resources, such as `packagerevisions/status`, and do nothing else. */
export async function createPatcher(env: TestEnv, username: string, ...resources: string[]): Promise<Impersonated> {
  const admin = env.as("admin");
  await admin("create", "role", username, "--verb=patch", `--resource=${resources.join(",")}`);
  await admin("create", "rolebinding", username, `--role=${username}`, `--user=${username}`);
  return { username };
}

/** Alice, an editor, approves a proposal in bob's name. */
export function forgeApproval(
  { namespace }: TestEnv,
  requestAs: ApiClient,
  { metadata, status }: PackageRevision,
): ReturnType<ApiClient> {
  const path = `pkg.pkgserver.dev/v1alpha1/namespaces/${namespace}/packagerevisions/${metadata.name}`;
  const approval = { digest: status?.proposal?.digest, by: "bob" };
  return requestAs("alice", "merge", path, { spec: { lifecycle: "published", approval } });
}
