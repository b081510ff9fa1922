const GROUP = /^[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?$/;
const VERSION = /^[a-z](?:[-a-z0-9]{0,61}[a-z0-9])?$/;
const KIND = /^[A-Za-z][A-Za-z0-9]{0,62}$/;

/** Undefined for what no API can have, such as a placeholder: validation says so. */
export function apiVersionParts(
  apiVersion: string,
  kind: string,
): { readonly group: string; readonly version: string } | undefined {
  const [first = "", second, ...rest] = apiVersion.split("/");
  const [group, version] = second === undefined ? ["", first] : [first, second];
  const isGroup = group === "" ? second === undefined : GROUP.test(group);
  return rest.length === 0 && isGroup && VERSION.test(version) && KIND.test(kind) ? { group, version } : undefined;
}

/** Groups of configurations of tools, which no API server has, whatever their annotations are. */
const TOOL_GROUPS: ReadonlySet<string> = new Set([
  ...["kpt.dev", "fn.kpt.dev", "config.kubernetes.io", "kustomize.config.k8s.io", "kform.dev"],
]);

export function isToolKind(group: string, kind: string): boolean {
  return TOOL_GROUPS.has(group) || (group.endsWith(".kform.dev") && kind === "KformFile");
}
