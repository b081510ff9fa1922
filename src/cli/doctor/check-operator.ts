import { type Deployment, deployments, type Lease, leases } from "../../api/resources.ts";
import { VERSION } from "../../api/version.ts";
import { validatingPolicies } from "../../core/admission/policy-resources.ts";
import { ignoreNotFound, isForbidden } from "../../kube/client/errors.ts";
import type { Cluster } from "../context.ts";
import { formatAge } from "../output/age.ts";
import type { Finding } from "./finding.ts";
import { operatorUser, USUAL_OPERATOR } from "./operator-user.ts";

/** Of its Deployment and its Lease. */
const NAME = "pkgserver";
/** Replicas report every two seconds. */
const SILENT_MS = 60_000;

/** The operator's version beside that of this program, and whether it runs, from its Deployment and its Lease. */
export async function checkOperator({ client }: Cluster, now: number): Promise<readonly Finding[]> {
  const policies = await orForbidden(client.list(validatingPolicies).then(({ items }) => items));
  const user = (policies === FORBIDDEN ? undefined : operatorUser(policies)) ?? USUAL_OPERATOR;
  const namespace = user.split(":").at(2) ?? "";
  const key = { namespace, name: NAME };
  const deployment = await orForbidden(ignoreNotFound(client.get(deployments, key)));
  const lease = await orForbidden(ignoreNotFound(client.get(leases, key)));
  const isThere = deployment !== FORBIDDEN && deployment !== undefined;
  return [...describeDeployment(namespace, deployment), ...describeLease(lease, isThere, now)];
}

const FORBIDDEN = Symbol("forbidden");

async function orForbidden<T>(call: Promise<T>): Promise<T | typeof FORBIDDEN> {
  try {
    return await call;
  } catch (error) {
    if (isForbidden(error)) return FORBIDDEN;
    throw error;
  }
}

function describeDeployment(
  namespace: string,
  deployment: Deployment | undefined | typeof FORBIDDEN,
): readonly Finding[] {
  if (deployment === FORBIDDEN) {
    const message = `its version cannot be read: you may not get Deployments in the namespace ${namespace}`;
    return [finding("unknown", message, "an administrator of the cluster can run this command")];
  }
  if (deployment === undefined) {
    const message = `its version cannot be read: there is no Deployment ${NAME} in the namespace ${namespace}`;
    return [finding("unknown", message)];
  }
  return [describeVersion(versionOf(deployment)), ...describeReplicas(namespace, deployment)];
}

function describeVersion(version: string | undefined): Finding {
  if (version === undefined) return finding("unknown", "its Deployment does not tell its version");
  if (minorOf(version) === minorOf(VERSION)) return finding("ok", `version ${version}`);
  const hint = "use the program and the operator of one release; docs/installation.md says how to upgrade";
  return finding("warning", `version ${version}, and this program is ${VERSION}`, hint);
}

function describeReplicas(namespace: string, { spec, status }: Deployment): readonly Finding[] {
  const wanted = spec?.replicas ?? 1;
  const available = status?.availableReplicas ?? 0;
  if (available >= wanted && wanted > 0) return [];
  const hint = `to see why: kubectl --namespace ${namespace} get pods`;
  return [finding(available === 0 ? "problem" : "warning", `${available} of ${wanted} replicas are available`, hint)];
}

/** Replicas report there, also of an operator that runs outside of the cluster, without a Deployment. */
function describeLease(
  lease: Lease | undefined | typeof FORBIDDEN,
  hasDeployment: boolean,
  now: number,
): readonly Finding[] {
  const time = lease === FORBIDDEN ? undefined : lease?.spec?.renewTime;
  if (time === undefined) {
    return lease === FORBIDDEN || !hasDeployment ? [] : [finding("problem", "none of its replicas has ever reported")];
  }
  const age = formatAge(time, now);
  if (now - Date.parse(time) <= SILENT_MS) return [finding("ok", `reported ${age} ago`)];
  return [finding("problem", `has not reported for ${age}`, "see whether its Pods run, and what they log")];
}

/** Of the image, whose tag may be another one than the chart's. */
function versionOf({ metadata, spec }: Deployment): string | undefined {
  const image = spec?.template?.spec?.containers?.[0]?.image;
  const tag = /:v?(\d+\.\d+\.\d+[^:@/]*)(?:@.*)?$/.exec(image ?? "")?.[1];
  return tag ?? metadata.labels?.["app.kubernetes.io/version"];
}

function minorOf(version: string): string {
  return version.split(".").slice(0, 2).join(".");
}

function finding(state: Finding["state"], message: string, hint?: string): Finding {
  return { check: "operator", state, message, ...(hint !== undefined && { hint }) };
}
