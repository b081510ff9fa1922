import { DependencyCatalog } from "../dependency-catalog.ts";
import type { DependencyGraph } from "../graph.ts";
import type { PackageId } from "../package-apis.ts";
import { readPackageApis } from "../read-package.ts";
import { type PackageRevisionApis, revisionName } from "../revision-apis.ts";

/** File → text. */
export type TestFiles = Readonly<Record<string, string>>;

/** `catalog/infra/cert-manager` is of the catalog; of any other first name it is a package of that target. */
export function idOf(name: string): PackageId {
  const parts = name.split("/");
  const [first = ""] = parts;
  const realm = parts.slice(1, -1).join("/");
  return {
    ...(first === "catalog" ? { repository: first } : { repository: "deployments", target: first }),
    ...(realm !== "" && { realm }),
    package: parts.at(-1) ?? "",
  };
}

/** A revision such as `edge1/web/shop@v2`. */
export function testRevision(
  name: string,
  files: TestFiles,
  { from, inputs = [] }: { readonly from?: string; readonly inputs?: readonly object[] } = {},
): PackageRevisionApis {
  const [path = "", revision = ""] = name.split("@");
  const [source = "", of = ""] = from?.split("@") ?? [];
  const bytes = Object.entries(files).map(([file, text]) => [file, new TextEncoder().encode(text)] as const);
  return {
    name,
    package: idOf(path),
    revision,
    ...(from !== undefined && { madeFrom: { package: idOf(source), revision: of } }),
    apis: readPackageApis(bytes, inputs),
  };
}

export function catalogOf(...revisions: readonly PackageRevisionApis[]): DependencyCatalog {
  const catalog = new DependencyCatalog();
  for (const one of revisions) catalog.set(one);
  return catalog;
}

/** The packages that each one leads to, and the problems, as a person reads them. */
export function resolved(catalog: DependencyCatalog, root: PackageRevisionApis) {
  const graph = catalog.resolve(root);
  const nodes = [...graph.nodes.values()];
  return {
    needs: Object.fromEntries(
      nodes.flatMap((node) => {
        const to = [...node.edges.keys()].map((id) => nameOf(graph, id)).sort();
        return to.length === 0 ? [] : [[revisionName(node.revision), to]];
      }),
    ),
    problems: nodes.flatMap((node) =>
      node.problems.map(({ severity, message }) => `${severity} of ${revisionName(node.revision)}: ${message}`),
    ),
    cycles: graph.cycles.map((ids) => ids.map((id) => nameOf(graph, id))),
  };
}

function nameOf({ nodes }: DependencyGraph, id: string): string {
  const node = nodes.get(id);
  return node === undefined ? id : revisionName(node.revision);
}

/** A CustomResourceDefinition; versions with `!` are not served. */
export function definition(group: string, kind: string, ...versions: readonly string[]): string {
  const plural = `${kind.toLowerCase()}s`;
  const list = versions.map(
    (name, index) =>
      `    - {name: ${name.replace("!", "")}, served: ${!name.startsWith("!")}, storage: ${index === 0}, ` +
      "schema: {openAPIV3Schema: {type: object}}}",
  );
  return `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: ${plural}.${group}}
spec:
  group: ${group}
  scope: Namespaced
  names: {kind: ${kind}, plural: ${plural}}
  versions:
${list.join("\n")}
`;
}

export function resource(apiVersion: string, kind: string): string {
  return `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: {name: one}\n`;
}

export function dependency(name: string, revision?: string): string {
  const { repository, target, realm, package: one } = idOf(name);
  return JSON.stringify({
    apiVersion: "claim.pkg.pkgserver.dev/v1alpha1",
    kind: "PackageDependency",
    metadata: { name: "one", annotations: { "config.kubernetes.io/local-config": "true" } },
    spec: { upstream: { repository, target, realm, package: one, revision } },
  });
}
