import { join } from "node:path";
import type { ControlPlaneAccess } from "./control-plane.ts";
import { writeKubeconfig } from "./kubeconfig.ts";
import { type Kubectl, KubectlError, kubectlAs } from "./kubectl.ts";
import { MUTATING_PROBES, waitForPolicies } from "./policies.ts";

/** The operator's ServiceAccount in the chart. */
export const OPERATOR_ACCOUNT = { namespace: "pkgserver-system", name: "pkgserver" } as const;

const PROJECT_ROOT = join(import.meta.dirname, "..", "..");
const FILES = join(PROJECT_ROOT, "helm", "pkgserver", "files");

type Log = (line: string) => void;

/**
 * Applies the chart's CRDs, roles with the operator's ServiceAccount, and policies, as `applyPolicies`. `make install`
 * runs it.
 */
export async function applyManifests(kubectl: Kubectl, log?: Log): Promise<boolean> {
  const crds = join(PROJECT_ROOT, "crds");
  await kubectl("apply", "--server-side", "-f", crds, "-f", join(FILES, "roles"));
  await kubectl("wait", "--for=condition=Established", "--timeout=60s", "-f", crds);
  return await applyPolicies(kubectl, log);
}

/**
 * Applies the chart's validating policies; and its mutating policies, which complete requests, if the API server
 * supports them: then it returns true. Afterwards they are exactly these.
 */
export async function applyPolicies(kubectl: Kubectl, log: Log = () => undefined): Promise<boolean> {
  const mutates = await servesMutatingPolicies(kubectl);
  const validating = join(FILES, "policies");
  const folders = ["-f", validating, ...(mutates ? ["-f", join(validating, "mutating")] : [])];
  try {
    // An apply alone would keep what another client has added, such as an exemption.
    await kubectl("replace", ...folders);
  } catch (error) {
    if (!(error instanceof KubectlError) || !isAllNotFound(error.stderr)) throw error;
  }
  await kubectl("apply", "--server-side", "--force-conflicts", ...folders);
  if (!mutates)
    log(
      "this cluster has no MutatingAdmissionPolicy v1: an approval names the approver as well, as docs/packages.md " +
        "shows",
    );
  return mutates;
}

/** False before Kubernetes 1.36. */
export async function servesMutatingPolicies(kubectl: Kubectl): Promise<boolean> {
  const versions = await kubectl("api-resources", "--api-group=admissionregistration.k8s.io", "--no-headers");
  return /mutatingadmissionpolicies +admissionregistration\.k8s\.io\/v1 /.test(versions);
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
