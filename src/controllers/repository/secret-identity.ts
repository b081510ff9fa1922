import type { KubeObject } from "../../api/meta.ts";

/**
 * The part of a Secret that the cache keeps: a change is all that it is watched for. Annotations may have a copy of the
 * values (`kubectl apply` writes `last-applied-configuration`).
 */
export function identifySecret({ metadata }: KubeObject): KubeObject {
  const { name = "", namespace = "", uid = "", resourceVersion = "" } = metadata;
  return { metadata: { name, namespace, uid, resourceVersion } };
}
