import type { PackageRevisionResources } from "../../../../api/v1alpha1/package-revision-resources.ts";
import type { Files } from "./trees.ts";

/** A contents object in short. Packages of the model fit on one page. */
export interface ModelContents {
  readonly uid: string;
  readonly files: Files;
  readonly generation: number;
  /** The generation that status acknowledges; -1 for none. */
  readonly acknowledged: number;
  readonly frozen: boolean;
}

const views = new WeakMap<PackageRevisionResources, ModelContents>();

export function viewPage(page: PackageRevisionResources): ModelContents {
  const known = views.get(page);
  if (known !== undefined) return known;
  const { uid = "", generation = 0 } = page.metadata;
  const view = {
    uid,
    files: new Map(Object.entries(page.spec.resources ?? {})),
    generation,
    acknowledged: page.status?.observedGeneration ?? -1,
    frozen: page.status?.frozen ?? true,
  };
  views.set(page, view);
  return view;
}
