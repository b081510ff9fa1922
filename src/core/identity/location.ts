import type { PackageRevID } from "../../api/v1alpha1/package-revision.ts";

/** What the layout of a repository depends on. */
export interface Layout {
  /** The folder that holds the packages, without slashes at its ends; empty: the root. */
  readonly directory: string;
  /** True: the first folder below `directory` is the target. */
  readonly deployment: boolean;
}

/** A package within one repository. */
export interface PackageLocation {
  readonly target?: string;
  readonly realm?: string;
  readonly package: string;
}

/** The target that stands for "a catalog" in names and IDs. */
export const CATALOG_TARGET = "catalog";

/** The package's folder from the repository's root: `[directory/][target/][realm/]package`. */
export function packagePath(layout: Layout, location: PackageLocation): string {
  const target = layout.deployment ? location.target : undefined;
  return [layout.directory, target, location.realm, location.package].filter((part) => part).join("/");
}

/** The location of a folder, or why no package can be there. */
export function locatePackage(layout: Layout, path: string): PackageLocation | { readonly problem: LocationProblem } {
  const prefix = layout.directory === "" ? "" : `${layout.directory}/`;
  if (!path.startsWith(prefix)) return { problem: "OutsideDirectory" };
  const parts = path.slice(prefix.length).split("/");
  if (parts.some((part) => part === "")) return { problem: "NoPackagePath" };
  const target = layout.deployment ? parts.shift() : undefined;
  const name = parts.pop();
  if (name === undefined) return { problem: layout.deployment && target !== undefined ? "NoTarget" : "NoPackagePath" };
  return {
    ...(target !== undefined && { target }),
    ...(parts.length > 0 && { realm: parts.join("/") }),
    package: name,
  };
}

export type LocationProblem = "OutsideDirectory" | "NoPackagePath" | "NoTarget";

/** The location an ID speaks of. */
export function locationOf(id: Pick<PackageRevID, "target" | "realm" | "package">, layout: Layout): PackageLocation {
  return {
    ...(layout.deployment && id.target !== undefined && { target: id.target }),
    ...(id.realm !== undefined && { realm: id.realm }),
    package: id.package,
  };
}

/** True if one of two folders is the other, or holds it. */
export function overlaps(a: string, b: string): boolean {
  return a === b || isBelow(a, b) || isBelow(b, a);
}

/** True if `path` lies below the folder `above`; everything lies below the root, the empty path. */
export function isBelow(path: string, above: string): boolean {
  return path !== above && (above === "" || path.startsWith(`${above}/`));
}

/** Folders of packages below, from the package's own folder. */
export function relativeTo(path: string, nested: readonly string[]): ReadonlySet<string> {
  return new Set(nested.filter((one) => isBelow(one, path)).map((one) => one.slice(path.length + 1)));
}
