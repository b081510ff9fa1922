import type { FileProblem } from "../../../api/v1alpha1/package-revision-resources.ts";
import { isBelow } from "../../identity/location.ts";
import { addProblems, type FileReport, type FileResource } from "../file-report.ts";
import { type Folder, hasKustomization, isManifest } from "./folder.ts";
import type { TargetInventory } from "./inventory.ts";

/** The reason of `FilesValid` where two files of a target have one resource. */
export const DUPLICATE_RESOURCE = "DuplicateResource";

/** The draft of a package of a target. Paths are from the target's folder. */
export interface DraftOfTarget {
  readonly path: string;
  /** The published packages below it, which its files do not replace. */
  readonly nested: readonly string[];
  readonly report: FileReport;
}

/** What a target has on the branch of published packages. */
export interface PublishedTarget {
  /** The target's folder from the repository's root. */
  readonly path: string;
  readonly folder: Folder | undefined;
  readonly inventory: TargetInventory;
}

/** The reason of `FilesValid` where a file of a target has something else than Kubernetes objects. */
export const NOT_A_RESOURCE = "NotAResource";
const NOT_A_RESOURCE_MESSAGE = "no Kubernetes object (kind and metadata.name): nothing of the target can be built";

const MAX_SHOWN_PATH = 100;

/**
 * The report of a draft with what would stop the build of its target: documents that are no Kubernetes objects, and
 * objects that another file of the target has as well, published or its own. kustomize builds nothing of a folder with
 * one of them, and with it Flux. Files that a kustomization file governs are not looked at: it may rename what is in
 * them, or leave it out. Costs as much as the draft has resources.
 */
export function withTargetProblems(draft: DraftOfTarget, target: PublishedTarget): FileReport {
  const { resources = [], notResources = [], kustomizations = [] } = draft.report;
  const governed = kustomizations.map(parentOf);
  if (hasKustomization(target.folder, parentOf(draft.path))) return draft.report;
  const isBuilt = ({ path }: { readonly path: string }) =>
    isManifest(path) && !governed.some((folder) => isBelow(path, folder));
  const others = notResources.filter(isBuilt).map((one) => ({ ...one, message: NOT_A_RESOURCE_MESSAGE }));
  const duplicates = findDuplicates(resources.filter(isBuilt), draft, target);
  return addProblems(addProblems(draft.report, others, NOT_A_RESOURCE), duplicates, DUPLICATE_RESOURCE);
}

function findDuplicates(
  resources: readonly FileResource[],
  draft: DraftOfTarget,
  target: PublishedTarget,
): readonly FileProblem[] {
  const own = new Map<string, string>();
  const problems: FileProblem[] = [];
  for (const { id, path, line, column } of resources) {
    const other = publishedFile(id, draft, target) ?? own.get(id);
    if (other === undefined) own.set(id, `${target.path}/${draft.path}/${path}`);
    else problems.push({ path, line, column, message: describe(id, other) });
  }
  return problems;
}

/** A file of another package with the resource, from the repository's root. */
function publishedFile(id: string, { path, nested }: DraftOfTarget, target: PublishedTarget): string | undefined {
  for (const file of target.inventory.filesWith(id)) {
    const isReplaced = isBelow(file, path) && !nested.some((one) => isBelow(file, one));
    if (!isReplaced) return `${target.path}/${file}`;
  }
  return undefined;
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf("/")));
}

/** At most 256 characters: an id may have 600. */
function describe(id: string, path: string): string {
  const [type = "", name = ""] = id.split(" ");
  const shown = [type.slice(0, 40), name.slice(-50)].join(" ");
  const other = path.length > MAX_SHOWN_PATH ? `…${path.slice(-MAX_SHOWN_PATH)}` : path;
  return `${shown.toWellFormed()} is also in ${other.toWellFormed()}: nothing of the target can be built`;
}
