/** A package within a namespace, without its revisions. */
export interface PackageId {
  readonly repository: string;
  /** Absent, or `catalog`, in a catalog. */
  readonly target?: string | undefined;
  readonly realm?: string | undefined;
  readonly package: string;
}

/** An API that a package brings into a cluster. */
export interface OfferedApi {
  readonly group: string;
  /** Absent for an APIService, which serves any kind of its group. */
  readonly kind?: string;
  /** The name in rules of roles, such as `certificates`. */
  readonly plural?: string;
  /** Those that are served. */
  readonly versions: readonly string[];
  readonly file: string;
}

/** A kind of resources of a package. */
export interface KindNeed {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  /** The first files with such resources, sorted. `spec.inputs` for an input of the package revision. */
  readonly files: readonly string[];
}

/** A resource that rules of roles name: the package works with it, but is applied without it. */
export interface RuleNeed {
  readonly group: string;
  /** Plural, without a subresource. */
  readonly resource: string;
  readonly role: "ClusterRole" | "Role";
  readonly files: readonly string[];
}

/** Another package that a document names. */
export interface PackageNeed {
  readonly package: PackageId;
  /** A revision or a range of semantic versions; absent for any. */
  readonly revision?: string;
  /** Of a PackageVariant, where the package is made from the other one, if that is said. */
  readonly target?: string | undefined;
  readonly apiVersion: string;
  readonly kind: "PackageDependency" | "PackageVariant";
  readonly file: string;
}

/** Of a package whose files are not known. */
export const UNKNOWN_APIS: PackageApis = { offers: [], kinds: [], rules: [], packages: [], omitted: 0, unreadable: [] };

/** What a package offers and needs, from its files. All lists are sorted. */
export interface PackageApis {
  readonly offers: readonly OfferedApi[];
  readonly kinds: readonly KindNeed[];
  readonly rules: readonly RuleNeed[];
  readonly packages: readonly PackageNeed[];
  /** The number of entries that are not in the lists: of a package with very many. */
  readonly omitted: number;
  /** The first files whose objects are not known, such as those that are no YAML. */
  readonly unreadable: readonly string[];
}
