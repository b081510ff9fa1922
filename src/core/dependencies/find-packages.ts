import { isSchema } from "../validation/schema/open-api-schema.ts";
import type { PackageId, PackageNeed } from "./package-apis.ts";
import type { PackageObject } from "./package-object.ts";

const CLAIMS = "claim.pkg.pkgserver.dev/";
const VARIANTS = "config.pkg.pkgserver.dev/";
/** Of Porch, whose names are others. */
const PORCH_VARIANTS = "config.porch.kpt.dev/";

export function isPackageDependency({ apiVersion, kind }: Pick<PackageObject, "apiVersion" | "kind">): boolean {
  return kind === "PackageDependency" && apiVersion.startsWith(CLAIMS);
}

/** The package that a PackageDependency or a PackageVariant names. */
export function findPackages(object: PackageObject): readonly PackageNeed[] {
  const { apiVersion, kind, value, path } = object;
  const { spec } = value;
  const upstream = isSchema(spec) ? spec.upstream : undefined;
  if (!isSchema(spec) || !isSchema(upstream)) return [];
  const common = { apiVersion, file: path, ...revisionOf(upstream) };
  if (isPackageDependency(object)) return named(idOf(upstream), { ...common, kind: "PackageDependency" });
  if (kind !== "PackageVariant") return [];
  const downstream = isSchema(spec.downstream) ? spec.downstream : {};
  const into = (name: unknown) => (textOf(name) === undefined ? {} : { target: textOf(name) });
  if (apiVersion.startsWith(VARIANTS)) return named(idOf(upstream), { ...common, kind, ...into(downstream.target) });
  // In Porch, a repository takes the place of a target.
  return apiVersion.startsWith(PORCH_VARIANTS)
    ? named(porchId(upstream), { ...common, kind, ...into(downstream.repo) })
    : [];
}

/** True for documents whose API comes with pkgserver itself, or that no API server gets. */
export function isOwnKind(group: string, kind: string): boolean {
  return (
    (`${group}/` === CLAIMS && kind === "PackageDependency") || (`${group}/` === VARIANTS && kind === "PackageVariant")
  );
}

function named(id: PackageId | undefined, rest: Omit<PackageNeed, "package">): readonly PackageNeed[] {
  return id === undefined ? [] : [{ package: id, ...rest }];
}

function idOf(upstream: Readonly<Record<string, unknown>>): PackageId | undefined {
  const [repository, target, realm, name] = [
    upstream.repository,
    upstream.target,
    upstream.realm,
    upstream.package,
  ].map(textOf);
  return repository === undefined || name === undefined
    ? undefined
    : { repository, ...(target !== undefined && { target }), ...(realm !== undefined && { realm }), package: name };
}

/** `package` is the path in the repository. */
function porchId(upstream: Readonly<Record<string, unknown>>): PackageId | undefined {
  const [repository, path] = [upstream.repo, upstream.package].map(textOf);
  const realm = path?.slice(0, Math.max(0, path.lastIndexOf("/")));
  const name = path?.slice(path.lastIndexOf("/") + 1);
  if (repository === undefined || name === undefined || name === "") return undefined;
  return { repository, ...(realm !== undefined && realm !== "" && { realm }), package: name };
}

/** Porch numbers revisions, from 1. */
function revisionOf({ revision }: Readonly<Record<string, unknown>>): { readonly revision?: string } {
  const text = Number.isSafeInteger(revision) && Number(revision) > 0 ? `v${revision}` : textOf(revision);
  return text === undefined || text === "latest" ? {} : { revision: text };
}

/** Names are at most that long: longer texts name nothing. */
const MAX_TEXT = 1024;

function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" && value.length <= MAX_TEXT ? value : undefined;
}
