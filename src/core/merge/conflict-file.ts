import { stringify } from "yaml";
import type { PackageResult } from "../../api/v1alpha1/package-revision-resources.ts";
import { utf8Text } from "../files/utf8-text.ts";
import { readDocuments } from "../validation/yaml/read-documents.ts";
import type { MergeConflict } from "./conflicts.ts";

/** The file of a draft that lists what its upgrade could not merge. While it is there, the draft is not proposed. */
export const CONFLICTS_PATH = "merge-conflicts.yaml";

/** Characters of one value in the file. */
export const MAX_VALUE = 300;
const [MAX_SIZE, MAX_DEPTH] = [1024 * 1024, 32];
const HEADING = `# Both sides have changed this in different ways, and the package has the local values. Change what
# should be different, then remove the entries, or the file: until then the package is not proposed.
`;

/** What a merge could not decide. */
export interface UnresolvedMerge {
  /** The merged upstream: `blue/net/dns v2`. */
  readonly upstream: string;
  readonly conflicts: readonly MergeConflict[];
  /** Also those that are not listed. */
  readonly count: number;
}

/** A KRM document for tools only: neither kustomize, Flux nor kpt applies it. */
export function writeConflicts({ upstream, conflicts, count }: UnresolvedMerge): Uint8Array {
  const document = {
    apiVersion: "pkg.pkgserver.dev/v1alpha1",
    kind: "MergeConflicts",
    metadata: { name: "merge-conflicts", annotations: { "config.kubernetes.io/local-config": "true" } },
    upstream,
    ...(count > conflicts.length && { notListed: count - conflicts.length }),
    conflicts: conflicts.map(describe),
  };
  return new TextEncoder().encode(`${HEADING}${stringify(document, { aliasDuplicateObjects: false, lineWidth: 0 })}`);
}

function describe({ kind, file, resource, field, line, values, isCut, isSecret }: MergeConflict): object {
  const { apiVersion, kind: type, name, namespace } = resource ?? {};
  const path = namespace === undefined ? name : `${namespace}/${name}`;
  return {
    kind,
    file,
    ...(resource !== undefined && { resource: `${apiVersion} ${type} ${path}` }),
    ...(field !== undefined && { field }),
    ...(line !== undefined && { line }),
    ...values,
    ...(isCut && { cut: true }),
    ...(isSecret && { secret: true }),
  };
}

/** Errors for the conflicts of a package that are not resolved; none without the file. Never throws. */
export function conflictResults(files: ReadonlyMap<string, Uint8Array>): readonly PackageResult[] {
  const bytes = files.get(CONFLICTS_PATH);
  if (bytes === undefined) return [];
  const { conflicts = [], notListed = 0 } = readConflicts(bytes) ?? {};
  const results = conflicts.flatMap(resultOf);
  const isKnown = results.length > 0 && results.length === conflicts.length && notListed === 0;
  return isKnown
    ? results
    : [...results, error({ message: `${CONFLICTS_PATH} has conflicts: ${ADVICE}`, path: CONFLICTS_PATH })];
}

const ADVICE = "resolve them, and delete the file";
/** More are not read: what is written has fewer. */
const MAX_READ = 100;

function readConflicts(
  bytes: Uint8Array,
): { readonly conflicts: readonly unknown[]; readonly notListed: number } | undefined {
  const text = bytes.length > MAX_SIZE ? undefined : utf8Text(bytes);
  if (text === undefined) return undefined;
  const value = readValue(text);
  if (!isObject(value)) return undefined;
  const { conflicts } = value;
  if (!Array.isArray(conflicts)) return undefined;
  return {
    conflicts: conflicts.slice(0, MAX_READ),
    notListed: conflicts.length > MAX_READ || "notListed" in value ? 1 : 0,
  };
}

function readValue(text: string): unknown {
  const read = readDocuments(text, MAX_DEPTH);
  if ("deepAt" in read || read.errors.length > 0) return undefined;
  try {
    return read.documents[0]?.toJS({ maxAliasCount: 0 });
  } catch {
    // Aliases: the operator writes none.
    return undefined;
  }
}

function resultOf(conflict: unknown): readonly PackageResult[] {
  if (!isObject(conflict)) return [];
  const { file, resource, field, line, upstream, local, secret } = conflict;
  if (typeof file !== "string") return [];
  const sides = [describeSide("upstream has", upstream), describeSide("the package has", local)].join(", ");
  const message = secret === true ? "both sides have changed data of a Secret" : `both sides have changed it: ${sides}`;
  return [
    error({
      message: `${message}; then remove the entry from ${CONFLICTS_PATH}`,
      path: file,
      ...(typeof resource === "string" && { resource: cut(resource, 512) }),
      ...(typeof field === "string" && { field: cut(field, 512) }),
      ...(typeof line === "number" && Number.isSafeInteger(line) && line > 0 && { line }),
    }),
  ];
}

function describeSide(verb: string, value: unknown): string {
  return value === undefined ? `${verb} removed it` : `${verb} ${cut(String(value), 120)}`;
}

function error(result: Omit<PackageResult, "severity" | "source">): PackageResult {
  const { message, path, ...rest } = result;
  return {
    severity: "error",
    source: "merge",
    message: cut(message, 512),
    ...(path !== undefined && { path: cut(path, 1024) }),
    ...rest,
  };
}

function cut(text: string, most: number): string {
  return text.slice(0, most).toWellFormed();
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
