import type { Selector } from "./kptfile.ts";
import { annotationsOf, labelsOf, metaOf, type Resource } from "./resource.ts";

/** The resources that one of the selectors matches, or all without selectors, but those that are excluded. */
export function selectResources(
  resources: readonly Resource[],
  selectors: readonly Selector[],
  exclude: readonly Selector[],
): readonly Resource[] {
  return resources.filter(
    (one) =>
      (selectors.length === 0 || selectors.some((selector) => isMatch(one, selector))) &&
      !exclude.some((selector) => !isEmpty(selector) && isMatch(one, selector)),
  );
}

function isMatch({ root }: Resource, selector: Selector): boolean {
  const meta = metaOf(root);
  for (const field of ["apiVersion", "kind", "name", "namespace"] as const) {
    if (selector[field] !== "" && selector[field] !== meta[field]) return false;
  }
  return hasAll(labelsOf(root), selector.labels) && hasAll(annotationsOf(root), selector.annotations);
}

function hasAll(found: ReadonlyMap<string, string>, wanted: ReadonlyMap<string, string>): boolean {
  return [...wanted].every(([key, value]) => found.get(key) === value);
}

function isEmpty({ apiVersion, kind, name, namespace, labels, annotations }: Selector): boolean {
  return apiVersion + kind + name + namespace === "" && labels.size + annotations.size === 0;
}
