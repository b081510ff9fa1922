import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ControlPlane, type ControlPlaneOptions, startControlPlane } from "../harness/control-plane.ts";
import type { ProvidedControlPlane } from "../harness/global-setup.ts";
import { installPkgserver } from "../harness/install.ts";

/** A control plane that no other test uses, with everything installed: its faults affect no other test. */
export interface OwnControlPlane {
  readonly dir: string;
  readonly controlPlane: ControlPlane;
  /** For `startTestEnv`. */
  readonly provided: ProvidedControlPlane;
  end(): Promise<void>;
}

/** Has the same options as `startControlPlane`. */
export async function startOwnControlPlane(
  prefix: string,
  options: Omit<ControlPlaneOptions, "dir"> = {},
): Promise<OwnControlPlane> {
  const dir = await mkdtemp(join(tmpdir(), `pkgserver-${prefix}-`));
  const controlPlane = await startControlPlane({ ...options, dir });
  const end = async () => {
    await controlPlane.stop();
    await rm(dir, { recursive: true, force: true });
  };
  try {
    const operator = await installPkgserver(controlPlane);
    const { server, caFile, kubectl, kubeconfigs, tokens } = controlPlane;
    const provided = { dir, server, caFile, kubectl, tokens, kubeconfigs: { ...kubeconfigs, operator } };
    return { dir, controlPlane, provided, end };
  } catch (error) {
    await end();
    throw error;
  }
}
