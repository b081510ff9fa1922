import { resolveControllerManager } from "./binaries.ts";
import { servesMutatingPolicies } from "./install.ts";
import type { Kubectl } from "./kubectl.ts";

/** What the control plane of a test run may lack. */
export type Capability = "MutatingAdmissionPolicy" | "kube-controller-manager";

/** Capability → why it is not there. */
export type Lacking = Readonly<Partial<Record<Capability, string>>>;

export interface Capabilities {
  readonly lacking: Lacking;
  /** The program kube-controller-manager; empty where it is lacking. */
  readonly controllerManager: string;
}

/** Asks the API server, and builds kube-controller-manager once if that is possible: some minutes. */
export async function findCapabilities(admin: Kubectl): Promise<Capabilities> {
  const [mutates, found] = await Promise.all([servesMutatingPolicies(admin), resolveControllerManager()]);
  return {
    lacking: {
      ...(!mutates && { MutatingAdmissionPolicy: "served since Kubernetes 1.36" }),
      ...("missing" in found && { "kube-controller-manager": found.missing }),
    },
    controllerManager: "file" in found ? found.file : "",
  };
}
