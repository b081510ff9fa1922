import type { KubeObject, Resource } from "../../api/meta.ts";
import { comparePolicies } from "../../core/admission/compare-policies.ts";
import { type AdmissionObject, policiesFor } from "../../core/admission/policy-manifests.ts";
import { isForbidden, isNotFound } from "../../kube/client/errors.ts";
import type { Cluster } from "../context.ts";
import type { Finding } from "./finding.ts";

const MEND = "an administrator installs them again: make install, or helm upgrade with the chart of this version";
const KINDS = ["ValidatingAdmissionPolicy", "MutatingAdmissionPolicy"].flatMap((kind) => [kind, `${kind}Binding`]);

/** As the chart installs it in its usual namespace. */
const USUAL_OPERATOR = "system:serviceaccount:pkgserver-system:pkgserver";

/** Whether the API server has the admission policies of this version, on which approvals rely. */
export async function checkPolicies({ client }: Cluster): Promise<readonly Finding[]> {
  try {
    const lists = await Promise.all(
      KINDS.map(async (kind) => {
        const resource: Resource<AdmissionObject & KubeObject> = {
          group: "admissionregistration.k8s.io",
          version: "v1",
          plural: kind.endsWith("y") ? `${kind.slice(0, -1)}ies`.toLowerCase() : `${kind}s`.toLowerCase(),
          kind,
          namespaced: false,
        };
        const { items } = await client.list(resource).catch((error: unknown) => {
          // Mutating policies are served since Kubernetes 1.36.
          if (isNotFound(error)) return { items: undefined };
          throw error;
        });
        return items === undefined ? [] : [[kind, items] as const];
      }),
    );
    const live = new Map(lists.flat());
    const expected = policiesFor(operatorOf([...live.values()].flat()) ?? USUAL_OPERATOR) ?? [];
    const findings = comparePolicies(expected, live);
    if (findings.length === 0) return [{ check: "policies", state: "ok", message: "installed, and of this version" }];
    return findings.map(({ kind, name, problem }) => ({
      check: "policies",
      state: "problem",
      message: `${kind} ${name} ${problem}`,
      hint: MEND,
    }));
  } catch (error) {
    if (!isForbidden(error)) throw error;
    return [{ check: "policies", state: "unknown", message: "you may not list admission policies" }];
  }
}

/** The operator's user, whom the installed policies except; undefined if none is installed. */
function operatorOf(policies: readonly AdmissionObject[]): string | undefined {
  const own = policies.filter(({ metadata }) => metadata.name?.startsWith("pkgserver-"));
  return /request\.userInfo\.username != '(system:serviceaccount:[^']+)'/.exec(JSON.stringify(own))?.[1];
}
