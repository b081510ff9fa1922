import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { ControlPlaneAccess } from "./control-plane.ts";
import { writeKubeconfig } from "./kubeconfig.ts";
import { type Kubectl, kubectlAs } from "./kubectl.ts";
import { waitForPolicies } from "./policies.ts";

/** The operator's identity, as the chart names it. */
export const operatorAccount = { namespace: "pkgserver-system", name: "pkgserver" } as const;

const projectRoot = join(import.meta.dirname, "..", "..");

/**
 * Applies what the chart brings, as far as it is there: CRDs, roles and policies. Makes the operator's ServiceAccount, and returns a
 * kubeconfig with a token of it that is valid for a day.
 */
export async function installPkgserver(controlPlane: ControlPlaneAccess): Promise<string> {
  const admin = kubectlAs(controlPlane, "admin");
  const crds = join(projectRoot, "crds");
  if (await applyFolder(admin, crds)) {
    await admin("wait", "--for=condition=Established", "--timeout=60s", "-f", crds);
  }
  await admin.applyYaml(describeOperatorAccount(), "--server-side");
  await applyFolder(admin, join(projectRoot, "helm", "pkgserver", "files", "roles"));
  await applyFolder(admin, join(projectRoot, "helm", "pkgserver", "files", "policies"));
  await waitForPolicies(admin);
  return writeOperatorKubeconfig(controlPlane, admin);
}

/** Whether there was anything to apply. */
async function applyFolder(kubectl: Kubectl, dir: string): Promise<boolean> {
  const names = await readdir(dir).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw error;
  });
  if (!names.some((name) => /\.ya?ml$/.test(name))) return false;
  await kubectl("apply", "--server-side", "-f", dir);
  return true;
}

function describeOperatorAccount(): string {
  const { namespace, name } = operatorAccount;
  return [
    { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } },
    { apiVersion: "v1", kind: "ServiceAccount", metadata: { name, namespace } },
  ]
    .map((manifest) => JSON.stringify(manifest))
    .join("\n---\n");
}

async function writeOperatorKubeconfig(controlPlane: ControlPlaneAccess, admin: Kubectl): Promise<string> {
  const { namespace, name } = operatorAccount;
  const token = (await admin("create", "token", name, `--namespace=${namespace}`, "--duration=24h")).trim();
  const { server, caFile } = controlPlane;
  return writeKubeconfig(join(controlPlane.dir, "kubeconfigs", "operator.yaml"), {
    server,
    caFile,
    user: "operator",
    token,
  });
}
