import { isMap, type YAMLMap } from "yaml";
import { mapAt, scalarAt, scalarText, seqAt } from "../nodes/read.ts";
import { ensureMap, setString } from "../nodes/write.ts";
import { annotationsOf, groupOf, isLocalConfig, metaOf, type Resource } from "../resource.ts";
import { isNamespaced } from "../scope.ts";
import { dataOf, isConfigMap, requireConfig, settingOf } from "./config.ts";
import { type FunctionCall, FunctionError, type KrmFunction } from "./function.ts";

const DEPENDS_ON = "config.kubernetes.io/depends-on";
/** `group/namespaces/namespace/kind/name` */
const NAMESPACED_REFERENCE = /^([-.\w]*)\/namespaces\/([-.\w]*)\/([-.\w]*)\/([-.\w]*)$/;
/** kpt writes the object that the upstream package had for this one: `group|kind|namespace|name`. */
const UPSTREAM = "internal.kpt.dev/upstream-identifier";
const UPSTREAM_FORMAT = /^([a-z0-9.-]*)\|([A-Z][a-zA-Z0-9]*)\|([a-z0-9-]{1,63}|~C)\|([a-z0-9-]{1,63})$/;
const NO_NAMESPACE = "~C";
/** The ConfigMap that kpt writes for a package that is to be deployed: its name is the namespace. */
const PACKAGE_CONTEXT = "kptfile.kpt.dev";

/** Sets the namespace of namespaced objects, the name of Namespaces, and references to namespaces. */
export const setNamespace: KrmFunction = { name: "set-namespace", version: 1, run };

interface Origin {
  readonly name: string;
  readonly namespace: string;
}

function run({ items, config: given, report }: FunctionCall): void {
  const config = requireConfig(given, "SetNamespace");
  const namespace = namespaceOf(config);
  const matcher = settingOf(config, "namespaceMatcher");
  const objects = items.filter(({ root }) => !isLocalConfig(root));
  // References to what is in the package follow it.
  const known = new Set(objects.map(({ root }) => referenceTo(root)));
  if (matcher === "") requireOneOrigin(objects);
  const changed = new Set<string>();
  let count = 0;
  const replace = (map: YAMLMap, key: string, origin: string) => {
    const current = scalarTextAt(map, key) || "default";
    if (current === namespace || (matcher !== "" && matcher !== current && matcher !== origin)) return;
    changed.add(current);
    count++;
    setString(map, key, namespace);
  };
  for (const object of objects) replaceIn(object.root, replace);
  for (const { root } of objects) if (updateDependsOn(root, namespace, matcher, known)) count++;
  const from = [...changed].sort().join(", ");
  const message =
    count === 0
      ? `all matching namespaces are already ${JSON.stringify(namespace)}`
      : `namespace ${from} updated to ${JSON.stringify(namespace)}, ${count} values changed`;
  report({ severity: "info", message });
}

function namespaceOf(config: YAMLMap): string {
  const namespace = settingOf(config, "namespace");
  if (namespace !== "") return namespace;
  const name = dataOf(config).get("name") ?? "";
  if (isConfigMap(config) && metaOf(config).name === PACKAGE_CONTEXT && name !== "") return name;
  const field = isConfigMap(config) ? "data.namespace" : "namespace";
  throw new FunctionError(`needs a \`${field}\` in its functionConfig`, { field });
}

function replaceIn(root: YAMLMap, replace: (map: YAMLMap, key: string, origin: string) => void): void {
  const { apiVersion, kind } = metaOf(root);
  const origin = originOf(root);
  const group = groupOf(apiVersion);
  if (group === "" && kind === "Namespace") {
    const metadata = mapAt(root, "metadata");
    if (metadata !== undefined) replace(metadata, "name", origin?.name ?? metaOf(root).name);
  }
  const service = serviceOf(root, group, kind);
  if (service !== undefined && scalarAt(service, "namespace") !== undefined) replace(service, "namespace", "");
  if (kind === "ClusterRoleBinding" || kind === "RoleBinding") {
    for (const subject of seqAt(root, "subjects")?.items ?? []) {
      if (isMap(subject) && scalarAt(subject, "namespace") !== undefined) replace(subject, "namespace", "");
    }
  }
  const metadata = isNamespaced(root) ? ensureMap(root, "metadata") : undefined;
  if (metadata !== undefined) replace(metadata, "namespace", origin?.namespace ?? metaOf(root).namespace);
}

/** The service that an object of the whole cluster names, with its namespace. */
function serviceOf(root: YAMLMap, group: string, kind: string): YAMLMap | undefined {
  if (group === "apiextensions.k8s.io" && kind === "CustomResourceDefinition") {
    return mapAt(root, "spec", "conversion", "webhook", "clientConfig", "service");
  }
  if (group === "apiregistration.k8s.io" && kind === "APIService") return mapAt(root, "spec", "service");
  return undefined;
}

/** Without a matcher, objects of one upstream namespace only are moved: two of them would become one. */
function requireOneOrigin(objects: readonly Resource[]): void {
  const found = objects.flatMap(({ root }) => (isNamespaced(root) ? (originOf(root)?.namespace ?? []) : []));
  const origins = [...new Set(found)].filter((one) => one !== NO_NAMESPACE).sort();
  if (origins.length <= 1) return;
  const message = `finds objects of several upstream namespaces: ${origins.slice(0, 10).join(", ")}; set namespaceMatcher`;
  throw new FunctionError(message, { field: "namespaceMatcher" });
}

function originOf(root: YAMLMap): Origin | undefined {
  const match = UPSTREAM_FORMAT.exec(annotationsOf(root).get(UPSTREAM)?.trim() ?? "");
  return match === null ? undefined : { namespace: match[3] ?? "", name: match[4] ?? "" };
}

function referenceTo(root: YAMLMap): string {
  const { apiVersion, kind, name, namespace } = metaOf(root);
  return `${groupOf(apiVersion)}/namespaces/${namespace === "" ? "default" : namespace}/${kind}/${name}`;
}

/** True if the annotation was changed. */
function updateDependsOn(root: YAMLMap, namespace: string, matcher: string, known: ReadonlySet<string>): boolean {
  const value = annotationsOf(root).get(DEPENDS_ON) ?? "";
  const match = NAMESPACED_REFERENCE.exec(value);
  const annotations = mapAt(root, "metadata", "annotations");
  if (match === null || annotations === undefined || !known.has(value)) return false;
  const [, group, old, kind, name] = match;
  if (old === namespace || (matcher !== "" && matcher !== old)) return false;
  setString(annotations, DEPENDS_ON, `${group}/namespaces/${namespace}/${kind}/${name}`);
  return true;
}

function scalarTextAt(map: YAMLMap, key: string): string {
  const scalar = scalarAt(map, key);
  return scalar === undefined ? "" : (scalarText(scalar) ?? "");
}
