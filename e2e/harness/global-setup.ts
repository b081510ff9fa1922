import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { type ControlPlaneAccess, startControlPlane } from "./control-plane.ts";
import { installPkgserver } from "./install.ts";
import type { UserName } from "./users.ts";

/** The control plane of a test run, for `inject("controlPlane")`. Tests share it: each uses its own namespace. */
export interface ProvidedControlPlane extends Omit<ControlPlaneAccess, "kubeconfigs"> {
  /** User → kubeconfig file; `operator` is the operator's ServiceAccount. */
  readonly kubeconfigs: Readonly<Record<UserName | "operator", string>>;
}

declare module "vitest" {
  interface ProvidedContext {
    controlPlane: ProvidedControlPlane;
  }
}

/** Starts one control plane for the whole run, with everything installed that the chart installs. */
export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  const dir = await mkdtemp(join(tmpdir(), "pkgserver-test-"));
  const controlPlane = await startControlPlane({ dir });
  const tearDown = async (): Promise<void> => {
    await controlPlane.stop();
    await rm(dir, { recursive: true, force: true });
  };
  try {
    const operator = await installPkgserver(controlPlane);
    const { server, caFile, kubectl, kubeconfigs, tokens } = controlPlane;
    project.provide("controlPlane", {
      dir,
      server,
      caFile,
      kubectl,
      tokens,
      kubeconfigs: { ...kubeconfigs, operator },
    });
    return tearDown;
  } catch (error) {
    await tearDown();
    throw error;
  }
}
