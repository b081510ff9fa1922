import { stringify as stringifyYaml } from "yaml";

/** Path → text. */
export type Files = Readonly<Record<string, string>>;

export const TARGET = "edge1";
export const REALM = "apps";
export const DEPLOYMENTS = "deployments";
export const CATALOG = "catalog";
export const BLUEPRINT = "storefront";
export const WORKSPACE = "first";
/** Path of the file that edits change. */
export const EDITED_FILE = "placement.yaml";

/** The folder of a package from the root of the deployment repository. */
export const folderOf = (name: string): string => `${TARGET}/${REALM}/${name}`;
export const branchOf = (name: string): string => `refs/heads/${folderOf(name)}/${WORKSPACE}`;
export const tagOf = (name: string, revision = "v1"): string => `refs/tags/${folderOf(name)}/${revision}`;
export const objectNameOf = (name: string, workspace = WORKSPACE, repository = DEPLOYMENTS): string =>
  [TARGET, repository, REALM, name, workspace].join(".");

/** The 6 files of a package, 8 KiB together, as of a small service. */
export function packageFiles(name: string, revision: number): Files {
  const labels = { "app.kubernetes.io/name": name, "app.kubernetes.io/version": String(revision) };
  const metadata = { name, labels };
  const readmeLine = `Revision ${revision} of ${name}, one of the packages that the benchmark makes up.\n`;
  const env = Array.from({ length: 12 }, (_, at) => ({ name: `SETTING_${at}`, value: `${name}-${revision}-${at}` }));
  const settings = Array.from({ length: 24 }, (_, at) => [
    `${name}.setting.${at}`,
    `value ${at} of revision ${revision}`,
  ]);
  const rules = Array.from({ length: 8 }, (_, at) => ({
    apiGroups: [`group${at}.${name}.example.com`],
    resources: ["*"],
    verbs: ["get", "list", "watch"],
  }));
  const ports = Array.from({ length: 6 }, (_, at) => ({ name: `port-${at}`, port: 8000 + at, targetPort: 9000 + at }));
  const container = { name, image: `registry.example.com/${name}:${revision}`, env, ports: [{ containerPort: 9000 }] };
  const template = { metadata: { labels }, spec: { serviceAccountName: name, containers: [container] } };
  return {
    "README.md": `# ${name}\n\n${readmeLine.repeat(12)}`,
    "configmap.yaml": stringify({ apiVersion: "v1", kind: "ConfigMap", metadata, data: Object.fromEntries(settings) }),
    "deployment.yaml": stringify({
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata,
      spec: { replicas: 2, selector: { matchLabels: labels }, template },
    }),
    "role.yaml": stringify({ apiVersion: "rbac.authorization.k8s.io/v1", kind: "Role", metadata, rules }),
    "service.yaml": stringify({ apiVersion: "v1", kind: "Service", metadata, spec: { selector: labels, ports } }),
    [EDITED_FILE]: placement(name, revision),
  };
}

/** As people write it, without aliases. */
function stringify(value: unknown): string {
  return stringifyYaml(value, { aliasDuplicateObjects: false });
}

/** Text of the file that edits change. */
export function placement(name: string, edit: number): string {
  const data = { region: "eu-north", edit: String(edit) };
  return stringify({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: `${name}-placement` }, data });
}
