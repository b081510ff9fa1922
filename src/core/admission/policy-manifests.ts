import type { KubeObject } from "../../api/meta.ts";
import manifests from "./policies.json" with { type: "json" };

/** A policy of admissionregistration.k8s.io, or a binding of one. */
export interface AdmissionObject extends KubeObject {
  readonly spec?: Readonly<Record<string, unknown>>;
}

/** The namespace of the operator's ServiceAccount in the chart's files, which the chart replaces by its release's. */
const CHART_NAMESPACE = "pkgserver-system";
const SERVICE_ACCOUNT = /^system:serviceaccount:([^:]+):[^:]+$/;

/**
 * The policies and bindings that belong to this version of the operator, as they are installed for the operator's user
 * name; undefined if they exempt another user, so that they would refuse the operator's own writes.
 */
export function policiesFor(username: string): readonly AdmissionObject[] | undefined {
  const namespace = SERVICE_ACCOUNT.exec(username)?.[1];
  if (namespace === undefined) return undefined;
  const text = JSON.stringify(manifests).replaceAll(CHART_NAMESPACE, namespace);
  return text.includes(`'${username}'`) ? (JSON.parse(text) as readonly AdmissionObject[]) : undefined;
}

/** How many policies belong to this version of the operator. */
export const POLICY_COUNT: number = manifests.filter(({ kind }) => !kind.endsWith("Binding")).length;
