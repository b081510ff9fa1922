import { type Kubectl, KubectlError } from "./kubectl.ts";
import { waitUntil } from "./wait.ts";

/**
 * A manifest, and the response once a policy is active: a refusal, or the object with the fields that the policy sets.
 */
interface PolicyProbe {
  readonly policy: string;
  readonly manifest: string;
  readonly answer: RegExp;
}

/**
 * Policies become active in the order in which they were applied, which is that of their files' names: the last of a
 * folder is active after all others.
 */
const POLICY_PROBES: readonly PolicyProbe[] = [
  {
    policy: "pkgserver-names",
    manifest: describeRevision("misnamed", {}),
    answer: /metadata\.name must be TARGET\.none\.probe\.ws/,
  },
  {
    policy: "pkgserver-reserved",
    manifest: describeRevision("catalog.none.probe.ws", {}, { "pkg.pkgserver.dev/latest": "true" }),
    answer: /the label pkg\.pkgserver\.dev\/latest is written by the operator/,
  },
  {
    policy: "pkgserver-lifecycle",
    manifest: describeRevision("catalog.none.probe.ws", { lifecycle: "deletionProposed" }),
    answer: /nothing is created as deletionProposed/,
  },
  {
    policy: "pkgserver-contents",
    manifest: JSON.stringify({
      apiVersion: "pkg.pkgserver.dev/v1alpha1",
      kind: "PackageRevisionResources",
      metadata: { name: "probe", namespace: "default" },
      spec: { resources: { a: "b" } },
    }),
    answer: /are made by the operator/,
  },
];

/** Probes of the mutating policies, for API servers that support them. */
export const MUTATING_PROBES: readonly PolicyProbe[] = [
  {
    policy: "pkgserver-proposer (mutating)",
    manifest: describeRevision("catalog.none.probe.ws", { lifecycle: "proposed" }),
    answer: /pkg\.pkgserver\.dev\/proposed-by: /,
  },
];

function describeRevision(name: string, spec: object, labels: Readonly<Record<string, string>> = {}): string {
  return JSON.stringify({
    apiVersion: "pkg.pkgserver.dev/v1alpha1",
    kind: "PackageRevision",
    metadata: { name, namespace: "default", labels },
    spec: { packageRevID: { repository: "none", package: "probe", workspace: "ws" }, ...spec },
  });
}

/**
 * Waits until each probe gets its response: policies take a second or two to become active, and until then they neither
 * refuse requests nor complete them. Creates nothing (`--dry-run=server`).
 */
export async function waitForPolicies(kubectl: Kubectl, probes: readonly PolicyProbe[] = POLICY_PROBES): Promise<void> {
  const isActive =
    (answers: string) =>
    ({ answer }: PolicyProbe) =>
      answer.test(answers);
  await waitUntil(
    `the policies ${probes.map(({ policy }) => policy).join(", ")} are active`,
    () => tryToCreate(kubectl, probes),
    {
      until: (answers) => probes.every(isActive(answers)),
    },
  );
}

/** One process for all of them: kubectl goes on after a refusal. */
async function tryToCreate(kubectl: Kubectl, probes: readonly PolicyProbe[]): Promise<string> {
  const manifests = probes.map(({ manifest }) => manifest).join("\n---\n");
  try {
    return await kubectl.withInput(manifests, "create", "--dry-run=server", "--output=yaml", "-f", "-");
  } catch (error) {
    if (error instanceof KubectlError) return error.stderr;
    throw error;
  }
}
