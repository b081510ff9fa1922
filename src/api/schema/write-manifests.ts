/**
 * Writes every file that is generated. From src/api: the CRDs into crds/ and, since a chart cannot read outside its own
 * folder, into helm/pkgserver/files/crds/; and docs/api.md. From the chart's admission policies: the JSON that the
 * operator compares the cluster with. With `--check` it writes nothing, names the files that
 * differ, and exits with 1.
 */
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { argv, exit, stderr, stdout } from "node:process";
import { parseAllDocuments, stringify } from "yaml";
import { packageRevisionKind } from "../v1alpha1/package-revision.ts";
import { packageRevisionResourcesKind } from "../v1alpha1/package-revision-resources.ts";
import { packageVariantKind } from "../v1alpha1/package-variant.ts";
import { packageVariantSetKind } from "../v1alpha1/package-variant-set.ts";
import { repositoryKind } from "../v1alpha1/repository.ts";
import { renderApiDocs } from "./api-docs.ts";
import { toCustomResourceDefinition } from "./crd.ts";
import type { KindDefinition } from "./kind.ts";

const KINDS: readonly KindDefinition[] = [
  repositoryKind,
  packageRevisionKind,
  packageRevisionResourcesKind,
  packageVariantKind,
  packageVariantSetKind,
];
/** Folders that hold generated files only: a file of a kind that no longer exists is removed. */
const CRD_FOLDERS = ["crds", "helm/pkgserver/files/crds"];
const POLICIES = "helm/pkgserver/files/policies";
const HEADER = "# Generated from src/api by `make manifests`: edit there.\n";

function renderCrd(kind: KindDefinition): string {
  // No folded lines and no aliases, so that a change of one text is a change of one line.
  const text = stringify(toCustomResourceDefinition(kind), { lineWidth: 0, aliasDuplicateObjects: false });
  return HEADER + text;
}

/** Kind, name and spec of all policies and bindings, in the order of their files. Throws for YAML that is not valid. */
async function renderPolicies(root: string): Promise<string> {
  const names = await readdir(join(root, POLICIES), { recursive: true });
  const files = names.filter((name) => name.endsWith(".yaml")).toSorted();
  const texts = await Promise.all(files.map(async (name) => await readFile(join(root, POLICIES, name), "utf8")));
  const manifests = texts
    .flatMap((text) => parseAllDocuments(text))
    .map((document) => {
      const [error] = document.errors;
      if (error !== undefined) throw error;
      const { kind, metadata, spec } = document.toJS();
      return { kind, metadata: { name: metadata.name }, spec };
    });
  return `${JSON.stringify(manifests, null, 2)}\n`;
}

/** Path from the repository's root → the text that belongs there. */
async function planFiles(root: string): Promise<ReadonlyMap<string, string>> {
  const crds = CRD_FOLDERS.flatMap((folder) =>
    KINDS.map((kind): [string, string] => [join(folder, `${kind.group}_${kind.plural}.yaml`), renderCrd(kind)]),
  );
  return new Map([
    ...crds,
    ["docs/api.md", renderApiDocs(KINDS)],
    ["src/core/admission/policies.json", await renderPolicies(root)],
  ]);
}

/** Files that are missing, that differ, or that belong to no kind. */
async function findStale(root: string, planned: ReadonlyMap<string, string>): Promise<readonly string[]> {
  const found = await Promise.all(
    CRD_FOLDERS.map(async (folder) =>
      (await readdir(join(root, folder)).catch(() => [])).map((name) => join(folder, name)),
    ),
  );
  const paths = new Set([...found.flat(), ...planned.keys()]);
  const stale = await Promise.all(
    [...paths].map(async (path) => {
      const text = await readFile(join(root, path), "utf8").catch(() => undefined);
      return text === planned.get(path) ? [] : [path];
    }),
  );
  return stale.flat().toSorted();
}

async function writeFiles(root: string, stale: readonly string[], planned: ReadonlyMap<string, string>): Promise<void> {
  for (const path of stale) {
    const text = planned.get(path);
    await mkdir(dirname(join(root, path)), { recursive: true });
    await (text === undefined ? rm(join(root, path)) : writeFile(join(root, path), text));
    stdout.write(`${text === undefined ? "removed" : "wrote"} ${path}\n`);
  }
}

const root = join(import.meta.dirname, "..", "..", "..");
const planned = await planFiles(root);
const stale = await findStale(root, planned);
if (!argv.includes("--check")) {
  await writeFiles(root, stale, planned);
} else if (stale.length > 0) {
  stderr.write(`not up to date, run \`make manifests\`: ${stale.join(", ")}\n`);
  exit(1);
}
