import { join } from "node:path";
import type { ControlPlaneAccess } from "./control-plane.ts";
import { writeKubeconfig } from "./kubeconfig.ts";
import { type Kubectl, KubectlError, kubectlAs } from "./kubectl.ts";
import { MUTATING_PROBES, waitForPolicies } from "./policies.ts";

/** The operator's ServiceAccount in the chart. */
export const OPERATOR_ACCOUNT = { namespace: "pkgserver-system", name: "pkgserver" } as const;

const PROJECT_ROOT = join(import.meta.dirname, "..", "..");

/**
 * Applies the chart's CRDs, roles with the operator's ServiceAccount, and validating policies; and its mutating
 * policies, which complete requests, if the API server supports them: then it returns true. `make install` runs it.
 */
export async function applyManifests(
  kubectl: Kubectl,
  log: (line: string) => void = () => undefined,
): Promise<boolean> {
  const crds = join(PROJECT_ROOT, "crds");
  const files = join(PROJECT_ROOT, "helm", "pkgserver", "files");
  await kubectl("apply", "--server-side", "-f", crds);
  await kubectl("wait", "--for=condition=Established", "--timeout=60s", "-f", crds);
  await kubectl("apply", "--server-side", "-f", join(files, "roles"));
  await applyPolicies(kubectl, join(files, "policies"));
  const versions = await kubectl("api-resources", "--api-group=admissionregistration.k8s.io", "--no-headers");
  const mutates = /mutatingadmissionpolicies +admissionregistration\.k8s\.io\/v1 /.test(versions);
  if (mutates) await applyPolicies(kubectl, join(files, "policies", "mutating"));
  else
    log(
      "this cluster has no MutatingAdmissionPolicy v1: an approval names the approver as well, as docs/packages.md " +
        "shows",
    );
  return mutates;
}

/** The policies of a folder, exactly: an apply alone would keep what another client has added, such as an exemption. */
async function applyPolicies(kubectl: Kubectl, folder: string): Promise<void> {
  try {
    await kubectl("replace", "-f", folder);
  } catch (error) {
    if (!(error instanceof KubectlError) || !isAllNotFound(error.stderr)) throw error;
  }
  await kubectl("apply", "--server-side", "--force-conflicts", "-f", folder);
}

/** kubectl continues with the other objects after each error. */
function isAllNotFound(stderr: string): boolean {
  const lines = stderr.split("\n").filter((line) => line !== "");
  return lines.every((line) => line.startsWith("Error from server (NotFound)"));
}

/**
 * Installs everything and returns a kubeconfig of the operator's ServiceAccount, with a token that is valid for a day.
 */
export async function installPkgserver(controlPlane: ControlPlaneAccess): Promise<string> {
  const admin = kubectlAs(controlPlane, "admin");
  const mutates = await applyManifests(admin);
  await waitForPolicies(admin);
  if (mutates) await waitForPolicies(admin, MUTATING_PROBES);
  return writeOperatorKubeconfig(controlPlane, admin);
}

async function writeOperatorKubeconfig(controlPlane: ControlPlaneAccess, admin: Kubectl): Promise<string> {
  const { namespace, name } = OPERATOR_ACCOUNT;
  const token = (await admin("create", "token", name, `--namespace=${namespace}`, "--duration=24h")).trim();
  const { server, caFile } = controlPlane;
  return writeKubeconfig(join(controlPlane.dir, "kubeconfigs", "operator.yaml"), {
    server,
    caFile,
    user: "operator",
    token,
  });
}
