import type { PackageRevision } from "../../api/v1alpha1/package-revision.ts";
import { CATALOG_TARGET } from "../../core/identity/location.ts";
import { packageKey } from "../../core/identity/revision-key.ts";
import { printableLine } from "../output/printable.ts";

/** What names consist of; status and labels only tell the state. */
export type Candidate = Pick<PackageRevision, "metadata" | "spec" | "status">;

/** What makes a package, without its revisions. */
export interface PackageIdentity {
  readonly repository: string;
  readonly target?: string;
  readonly realm?: string;
  readonly package: string;
}

/** A short name: `storefront`, `web/storefront`, `edge1/web/storefront@v2`, `…@latest`, or the name of an object. */
export interface NameQuery {
  readonly text: string;
  /** The folders, the package last. At least one. */
  readonly parts: readonly string[];
  /** A revision, a workspace, or `latest`. */
  readonly version: string | undefined;
}

/** As `-o name` prints it, and as kubectl takes it. */
const TYPE_PREFIX = /^(?:pkgrev|packagerevisions?(?:\.pkg\.pkgserver\.dev)?)\//;

/** Undefined for a text that names nothing: an empty one, or one with an empty part. */
export function parseQuery(given: string): NameQuery | undefined {
  const text = given.replace(TYPE_PREFIX, "");
  const at = text.lastIndexOf("@");
  const path = at < 0 ? text : text.slice(0, at);
  const version = at < 0 ? undefined : text.slice(at + 1);
  const parts = path.split("/");
  if (version === "" || parts.includes("")) return undefined;
  return { text, parts, version };
}

/** The package a query is about: the last of its parts. */
export function packageOf(query: NameQuery): string {
  return query.parts.at(-1) ?? "";
}

/** The folders of a package, which a query may leave out from the left: target, or repository in a catalog; realm. */
export function pathOf({ spec: { packageRevID: id } }: Candidate): readonly string[] {
  const realm = id.realm?.split("/") ?? [];
  const first = id.target === undefined || id.target === CATALOG_TARGET ? id.repository : id.target;
  return [first, ...realm, id.package];
}

/** `edge1/web/storefront@v2` → `edge1/web/storefront`. */
export function packageOfName(name: string): string {
  return name.replace(/@[^@]*$/, "");
}

/** For people: `edge1/web/storefront@v2`, a short name that {@link parseQuery} takes. */
export function shortName(candidate: Candidate): string {
  const { status, spec } = candidate;
  const version = status?.revision ?? spec.packageRevID.revision ?? spec.packageRevID.workspace;
  return printableLine(`${pathOf(candidate).join("/")}@${version}`);
}

/** Equal for the revisions of one package. */
export function identityKey(id: PackageIdentity): string {
  return packageKey(id.repository, id);
}
