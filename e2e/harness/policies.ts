import { type Kubectl, KubectlError } from "./kubectl.ts";
import { waitUntil } from "./wait.ts";

/** A manifest that must be refused once a policy is active, and how it is refused. */
export interface PolicyProbe {
  readonly policy: string;
  readonly manifest: string;
  readonly refusal: RegExp;
}

/** One for each policy of the chart that tests rely on; add it here with the policy. */
export const policyProbes: readonly PolicyProbe[] = [];

/**
 * Waits until each probe is refused as it says: a policy takes a second or two to become active, and until then what it forbids is
 * allowed. Nothing is created (`--dry-run=server`).
 */
export async function waitForPolicies(kubectl: Kubectl, probes: readonly PolicyProbe[] = policyProbes): Promise<void> {
  await Promise.all(
    probes.map(({ policy, manifest, refusal }) =>
      waitUntil(`the policy ${policy} is active`, () => tryToCreate(kubectl, manifest), {
        until: (answer) => refusal.test(answer),
      }),
    ),
  );
}

async function tryToCreate(kubectl: Kubectl, manifest: string): Promise<string> {
  try {
    return await kubectl.withInput(manifest, "create", "--dry-run=server", "-f", "-");
  } catch (error) {
    if (error instanceof KubectlError) return error.stderr;
    throw error;
  }
}
