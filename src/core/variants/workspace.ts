import { LATEST_REVISION, type PackageVariantSpec } from "../../api/v1alpha1/package-variant.ts";
import { goJson, goStruct, shortSha1 } from "./go-json.ts";

/**
 * The workspace of a variant's first draft, the same as pkgserver's: a hash of the spec. `upgradeStrategy`, and a
 * target of the upstream, are not in pkgserver's spec: the first never counts, the second only where it is given.
 * Throws `JsonTooDeepError` for inputs nested too deeply.
 */
export function workspaceOf(spec: PackageVariantSpec): string {
  const workspace = known.get(spec) ?? `pv-${shortSha1(hashedJson(spec))}`;
  known.set(spec, workspace);
  return workspace;
}

/** By spec, which is never modified: one reconcile asks several times, and inputs may have a megabyte. */
const known = new WeakMap<PackageVariantSpec, string>();

/**
 * A workspace that no revision of the package has: that of the spec, then with the upstream revision, then with a
 * number. The same spec needs several after its upstream has a newer revision, and when a change is undone.
 */
export function freeWorkspace(base: string, upstreamRevision: string, used: ReadonlySet<string>): string {
  if (!used.has(base)) return base;
  const named = `${base}-${upstreamRevision.toLowerCase().replaceAll(".", "-")}`;
  if (!used.has(named)) return named;
  for (let number = 2; ; number++) if (!used.has(`${named}-${number}`)) return `${named}-${number}`;
}

/** True for the workspaces that `freeWorkspace` makes of a base. */
export function isWorkspaceOf(base: string, workspace: string): boolean {
  return workspace === base || workspace.startsWith(`${base}-`);
}

/**
 * True for a workspace that was made for this spec, or for one that only names the upstream's revision otherwise: the
 * spec may say `latest` now, and have said `v3` when the workspace was made.
 * @param made the revision that it was made from
 */
export function isWorkspaceMadeFor(spec: PackageVariantSpec, workspace: string, made: string | undefined): boolean {
  if (isWorkspaceOf(workspaceOf(spec), workspace)) return true;
  const spellings = spellingsOf.get(spec) ?? new Map<string | undefined, PackageVariantSpec>();
  spellingsOf.set(spec, spellings);
  return [undefined, LATEST_REVISION, made].some((revision) => {
    const { revision: _present, ...upstream } = spec.upstream;
    const other = spellings.get(revision) ?? {
      ...spec,
      upstream: { ...upstream, ...(revision !== undefined && { revision }) },
    };
    spellings.set(revision, other);
    return isWorkspaceOf(workspaceOf(other), workspace);
  });
}

/** By spec and revision: each is hashed once. */
const spellingsOf = new WeakMap<PackageVariantSpec, Map<string | undefined, PackageVariantSpec>>();

/** The compact JSON of pkgserver's struct, defaults filled in. Exported for tests. */
export function hashedJson({ upstream, downstream, packageContext, ...spec }: PackageVariantSpec): string {
  const { inputs = [], annotations, labels, readinessGates = [] } = packageContext ?? {};
  return goStruct([
    ["upstream", fields(upstream, ["target", "repository", "realm", "package", "revision"])],
    ["downstream", fields(downstream, ["target", "repository", "realm", "package"])],
    // omitempty of Go leaves out empty lists and maps, and never a struct.
    [
      "packageContext",
      goStruct([
        ...(inputs.length > 0 ? [["inputs", goJson(inputs)] as const] : []),
        ...(isEmpty(annotations) ? [] : [["annotations", goJson(annotations)] as const]),
        ...(isEmpty(labels) ? [] : [["labels", goJson(labels)] as const]),
        ...(readinessGates.length > 0 ? [["readinessGates", goJson(readinessGates)] as const] : []),
      ]),
    ],
    ["adoptionPolicy", goJson(spec.adoptionPolicy ?? "adoptNone")],
    ["deletionPolicy", goJson(spec.deletionPolicy ?? "delete")],
  ]);
}

function fields(object: Readonly<Record<string, string | undefined>>, order: readonly string[]): string {
  return goStruct(
    order.flatMap((key) => {
      const value = object[key];
      return value === undefined || value === "" ? [] : [[key, goJson(value)] as const];
    }),
  );
}

function isEmpty(map: Readonly<Record<string, string>> | undefined): boolean {
  return map === undefined || Object.keys(map).length === 0;
}
