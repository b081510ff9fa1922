import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import { FINALIZER } from "../../src/api/v1alpha1/well-known.ts";
import { startControlPlane } from "../harness/control-plane.ts";
import { OPERATOR_ACCOUNT } from "../harness/install.ts";
import { type Kubectl, kubectlAs } from "../harness/kubectl.ts";
import { waitUntil } from "../harness/wait.ts";
import { contentsOf, repositoryOf, revisionOf } from "../policies/objects.ts";
import { has } from "../testenv/needs.ts";

/** A cluster in which everything is installed, and no operator runs. */
export interface ClusterWithoutOperator {
  readonly admin: Kubectl;
  /** A script whose kubectl is that of this cluster's administrator. */
  scriptFor(text: string): string;
}

const NAMESPACE = "team";
/** Whom the policies exempt, with every right: a test makes the Repository, too. */
const AS_OPERATOR = [
  `--as=system:serviceaccount:${OPERATOR_ACCOUNT.namespace}:${OPERATOR_ACCOUNT.name}`,
  "--as-group=system:masters",
];
const KINDS = "packagerevisions,packagerevisionresourceses,repositories";

/**
 * Starts a control plane of its own with a Repository, a draft with its contents, and a second draft that was deleted
 * after the operator had ended, in the namespace `team`. Policies are in force.
 */
export async function withoutOperator(
  install: (cluster: ClusterWithoutOperator) => Promise<unknown>,
  trial: (cluster: ClusterWithoutOperator) => Promise<void>,
): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), "pkgserver-uninstall-"));
  const controlPlane = await startControlPlane({ dir });
  try {
    const admin = kubectlAs(controlPlane, "admin");
    const scriptFor = (text: string) => `export KUBECONFIG='${controlPlane.kubeconfigs.admin}'\n${text}`;
    const cluster = { admin, scriptFor };
    await install(cluster);
    await admin("wait", "--for=condition=Established", "crd", "--all", "--timeout=60s");
    await createObjects(admin);
    await trial(cluster);
  } finally {
    await controlPlane.stop();
    await rm(dir, { recursive: true });
  }
}

async function createObjects(admin: Kubectl): Promise<void> {
  await admin("create", "namespace", NAMESPACE);
  const [repository, first, second] = [repositoryOf("deployments"), revisionOf("first"), revisionOf("second")];
  const held = [repository, first, second].map((one) => ({
    ...one,
    metadata: { ...one.metadata, namespace: NAMESPACE, finalizers: [FINALIZER] },
  }));
  const contents = contentsOf(first.metadata.name);
  const all = [...held, { ...contents, metadata: { ...contents.metadata, namespace: NAMESPACE } }];
  await admin.withInput(all.map((one) => JSON.stringify(one)).join("\n---\n"), "create", ...AS_OPERATOR, "-f", "-");
  await admin("delete", "pkgrev", second.metadata.name, "--namespace", NAMESPACE, "--wait=false");
  await waitUntil("the policies are in force", async () => {
    const patch = ["--type=merge", '--patch={"metadata":{"finalizers":null}}', "--dry-run=server"];
    const refused = await admin("patch", "pkgrev", second.metadata.name, "--namespace", NAMESPACE, ...patch).catch(
      String,
    );
    return refused.includes("is removed by the operator once Git is in order");
  });
}

/** Nothing of pkgserver is left, nor Terminating. */
export async function expectNothingLeft({ admin }: ClusterWithoutOperator): Promise<void> {
  expect(await admin("get", "crd", "--output=name")).toBe("");
  const policies = "validatingadmissionpolicies,validatingadmissionpolicybindings";
  const mutating = ",mutatingadmissionpolicies,mutatingadmissionpolicybindings";
  const served = has("MutatingAdmissionPolicy") ? `${policies}${mutating}` : policies;
  expect(await admin("get", served, "--output=name")).toBe("");
}

/** Deletes the namespace and its objects, as the namespace controller does, which is not there. */
export async function deleteNamespace({ admin }: ClusterWithoutOperator): Promise<void> {
  await admin("delete", "namespace", NAMESPACE, "--wait=false");
  await waitUntil("admission knows of it", async () => {
    const deleted = await admin("delete", KINDS, "--all", "--namespace", NAMESPACE, "--wait=false").catch(
      () => undefined,
    );
    return deleted !== undefined;
  });
  expect(await admin("get", KINDS, "--namespace", NAMESPACE, "--output=name")).not.toBe("");
}

/** The namespace has no object that would hold it. */
export async function expectNamespaceIsEmpty({ admin }: ClusterWithoutOperator): Promise<void> {
  expect(await admin("get", KINDS, "--namespace", NAMESPACE, "--output=name")).toBe("");
}
