import { waitUntil } from "../harness/wait.ts";
import type { ApiClient } from "./api-client.ts";
import type { TestEnv } from "./env.ts";

const GROUP = "admissionregistration.k8s.io/v1";

/** Requests that an administrator's policy refuses in the namespace of an environment. */
export interface RefusedRequests {
  /** Names the policy; unique in the environment. */
  readonly name: string;
  readonly apiGroup: string;
  readonly resource: string;
  readonly operations: readonly ("CREATE" | "UPDATE" | "DELETE")[];
  /** CEL: the requests that it refuses. All of them if left out. */
  readonly where?: string;
}

/** What the policy answers. */
export const REFUSAL = "the administrator of this cluster does not want that";

/**
 * Installs a ValidatingAdmissionPolicy, as an administrator may at any time, and waits until the API server enforces
 * it. Returns how to remove it, which takes effect a moment later.
 */
export async function refuseRequests(
  { namespace }: Pick<TestEnv, "namespace">,
  requestAs: ApiClient,
  { name, apiGroup, resource, operations, where = "true" }: RefusedRequests,
): Promise<() => Promise<void>> {
  const policy = `${namespace}-${name}`;
  const probe = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: `probe-${name}`, namespace } };
  const isProbe = `request.resource.resource == 'configmaps' && request.name == '${probe.metadata.name}'`;
  const rules = [
    { apiGroups: [apiGroup], apiVersions: ["*"], resources: [resource], operations },
    { apiGroups: [""], apiVersions: ["v1"], resources: ["configmaps"], operations: ["CREATE"] },
  ];
  const paths = [`${GROUP}/validatingadmissionpolicies`, `${GROUP}/validatingadmissionpolicybindings`];
  const specs = [
    {
      failurePolicy: "Fail",
      matchConstraints: { resourceRules: rules },
      matchConditions: [
        { name: "refused", expression: `(${isProbe}) || (request.resource.resource != 'configmaps' && (${where}))` },
      ],
      validations: [{ expression: "false", message: REFUSAL }],
    },
    {
      policyName: policy,
      validationActions: ["Deny"],
      matchResources: { namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": namespace } } },
    },
  ];
  for (const [index, path] of paths.entries()) {
    const { code, body } = await requestAs("admin", "create", path, { metadata: { name: policy }, spec: specs[index] });
    if (code >= 300) throw new Error(`create ${path}: ${code} ${body.message}`);
  }
  await waitUntil(`the policy ${policy} is enforced`, async () => {
    const { code } = await requestAs("admin", "create", `/api/v1/namespaces/${namespace}/configmaps?dryRun=All`, probe);
    return code === 422;
  });
  return async () => {
    for (const path of paths) await requestAs("admin", "delete", `${path}/${policy}`);
  };
}
