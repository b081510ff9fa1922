import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { type Capabilities, findCapabilities } from "./capabilities.ts";
import { type ControlPlaneAccess, startControlPlane } from "./control-plane.ts";
import { installPkgserver } from "./install.ts";
import { kubectlAs } from "./kubectl.ts";
import { buildImageProgram, type OperatorProgram } from "./operator-program.ts";
import type { UserName } from "./users.ts";

/** The control plane of a test run, for `inject("controlPlane")`. Tests share it: each uses its own namespace. */
export interface ProvidedControlPlane extends Omit<ControlPlaneAccess, "kubeconfigs"> {
  /** User → kubeconfig file; `operator` is the operator's ServiceAccount. */
  readonly kubeconfigs: Readonly<Record<UserName | "operator", string>>;
}

declare module "vitest" {
  interface ProvidedContext {
    controlPlane: ProvidedControlPlane;
    operatorProgram: OperatorProgram;
    capabilities: Capabilities;
  }
}

/**
 * Starts one control plane for the whole run, with everything installed that the chart installs, and builds the
 * operator.
 */
export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  const dir = await mkdtemp(join(project.config.env?.TMPDIR ?? tmpdir(), "pkgserver-test-"));
  const controlPlane = await startControlPlane({ dir });
  const tearDown = async (): Promise<void> => {
    await controlPlane.stop();
    await rm(dir, { recursive: true, force: true });
  };
  try {
    const [operator, program] = await Promise.all([installPkgserver(controlPlane), buildImageProgram(dir)]);
    const { server, caFile, kubectl, kubeconfigs, tokens } = controlPlane;
    project.provide("controlPlane", {
      dir,
      server,
      caFile,
      kubectl,
      tokens,
      kubeconfigs: { ...kubeconfigs, operator },
    });
    project.provide("operatorProgram", program);
    project.provide("capabilities", await findCapabilities(kubectlAs(controlPlane, "admin")));
    return tearDown;
  } catch (error) {
    await tearDown();
    throw error;
  }
}
