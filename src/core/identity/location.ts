import type { PackageRevID } from "../../api/v1alpha1/package-identity.ts";

/** The settings of a Repository that determine where its packages are. */
export interface Layout {
  /** The folder that holds the packages, without slashes at its ends; empty for the root. */
  readonly directory: string;
  /** If true, the first folder below `directory` is the target. */
  readonly deployment: boolean;
}

/** A package within one repository. */
export interface PackageLocation {
  readonly target?: string;
  readonly realm?: string;
  readonly package: string;
}

/** The target in names and IDs of packages in catalog repositories. */
export const CATALOG_TARGET = "catalog";

/** The package's folder from the repository's root: `[directory/][target/][realm/]package`. */
export function packagePath(layout: Layout, location: PackageLocation): string {
  const target = layout.deployment ? location.target : undefined;
  return [layout.directory, target, location.realm, location.package].filter((part) => part).join("/");
}

/** The package location of a folder, or the reason why the folder cannot be a package. */
export function locatePackage(layout: Layout, path: string): PackageLocation | { readonly problem: LocationProblem } {
  const prefix = layout.directory === "" ? "" : `${layout.directory}/`;
  if (!path.startsWith(prefix)) return { problem: "OutsideDirectory" };
  const parts = path.slice(prefix.length).split("/");
  if (parts.some((part) => part === "")) return { problem: "NoPackagePath" };
  const target = layout.deployment ? parts.shift() : undefined;
  const name = parts.pop();
  // A path has at least one part: only a target can be all of it.
  if (name === undefined) return { problem: "NoTarget" };
  return {
    ...(target !== undefined && { target }),
    ...(parts.length > 0 && { realm: parts.join("/") }),
    package: name,
  };
}

export type LocationProblem = "OutsideDirectory" | "NoPackagePath" | "NoTarget";

/** The location that an ID names. */
export function locationOf(id: Pick<PackageRevID, "target" | "realm" | "package">, layout: Layout): PackageLocation {
  return {
    ...(layout.deployment && id.target !== undefined && { target: id.target }),
    ...(id.realm !== undefined && { realm: id.realm }),
    package: id.package,
  };
}

/**
 * True if the folder is the package that the ID names. A target that is missing, or not allowed, leads to the folder of
 * another package.
 */
export function isLocatedAt(
  layout: Layout,
  path: string,
  id: Pick<PackageRevID, "target" | "realm" | "package">,
): boolean {
  const location = locatePackage(layout, path);
  if ("problem" in location) return false;
  const target = (one: PackageLocation) => one.target ?? CATALOG_TARGET;
  return target(location) === target(id) && location.realm === id.realm && location.package === id.package;
}

/** True if two folders are equal, or one contains the other. */
export function overlaps(a: string, b: string): boolean {
  return a === b || isBelow(a, b) || isBelow(b, a);
}

/** True if `path` is below the folder `above`. Every path is below the root, the empty path. */
export function isBelow(path: string, above: string): boolean {
  return path !== above && (above === "" || path.startsWith(`${above}/`));
}

/** The folders of `nested` that are below `path`, relative to it. */
export function relativeTo(path: string, nested: readonly string[]): ReadonlySet<string> {
  return new Set(nested.filter((one) => isBelow(one, path)).map((one) => one.slice(path.length + 1)));
}
