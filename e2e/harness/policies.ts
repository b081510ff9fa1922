import { type Kubectl, KubectlError } from "./kubectl.ts";
import { waitUntil } from "./wait.ts";

/** A manifest that must be refused once a policy is active, and how it is refused. */
interface PolicyProbe {
  readonly policy: string;
  readonly manifest: string;
  readonly refusal: RegExp;
}

/** Policies become active one by one; these stand for the others, which were applied with them. */
const policyProbes: readonly PolicyProbe[] = [
  {
    policy: "pkgserver-names",
    manifest: describeRevision("misnamed", {}),
    refusal: /metadata\.name must be catalog\.none\.probe\.ws/,
  },
  {
    policy: "pkgserver-lifecycle",
    manifest: describeRevision("catalog.none.probe.ws", { lifecycle: "deletionProposed" }),
    refusal: /nothing is created as deletionProposed/,
  },
  {
    policy: "pkgserver-contents",
    manifest: JSON.stringify({
      apiVersion: "pkg.pkgserver.dev/v1alpha1",
      kind: "PackageRevisionResources",
      metadata: { name: "probe", namespace: "default" },
      spec: { resources: { a: "b" } },
    }),
    refusal: /are made by the operator/,
  },
];

function describeRevision(name: string, spec: object): string {
  return JSON.stringify({
    apiVersion: "pkg.pkgserver.dev/v1alpha1",
    kind: "PackageRevision",
    metadata: { name, namespace: "default" },
    spec: { packageRevID: { repository: "none", package: "probe", workspace: "ws" }, ...spec },
  });
}

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
