import { comparePolicies } from "../../core/admission/compare-policies.ts";
import { policiesFor } from "../../core/admission/policy-manifests.ts";
import {
  mutatingPolicies,
  mutatingPolicyBindings,
  validatingPolicies,
  validatingPolicyBindings,
} from "../../core/admission/policy-resources.ts";
import { ignoreNotFound, isForbidden } from "../../kube/client/errors.ts";
import type { Cluster } from "../context.ts";
import type { Finding } from "./finding.ts";
import { operatorUser, USUAL_OPERATOR } from "./operator-user.ts";

const MEND = "an administrator installs them again: make install, or helm upgrade with the chart of this version";
const RESOURCES = [validatingPolicies, validatingPolicyBindings, mutatingPolicies, mutatingPolicyBindings];

/** Whether the API server has the admission policies of this version, on which approvals rely. */
export async function checkPolicies({ client }: Cluster): Promise<readonly Finding[]> {
  try {
    const lists = await Promise.all(
      RESOURCES.map(async (resource) => {
        const list = await ignoreNotFound(client.list(resource));
        return list === undefined ? [] : [[resource.kind, list.items] as const];
      }),
    );
    const live = new Map(lists.flat());
    const expected = policiesFor(operatorUser([...live.values()].flat()) ?? USUAL_OPERATOR) ?? [];
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
