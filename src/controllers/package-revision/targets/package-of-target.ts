import { keyOf } from "../../../api/meta.ts";
import type { RevisionScope } from "../scope.ts";
import type { PackageOfTarget } from "./target-data.ts";

/** The package revision in its target; undefined for one that is for none. */
export function packageOfTarget({ object, store, observation: { view } }: RevisionScope): PackageOfTarget | undefined {
  const { target } = object.spec.packageRevID;
  if (view === undefined || target === undefined || !store.layout.deployment) return undefined;
  const path = [store.layout.directory, target].filter((part) => part !== "").join("/");
  const relative = (full: string) => full.slice(path.length + 1);
  return {
    key: keyOf(object),
    target: { repository: view.repository, path, store },
    path: relative(view.path),
    nested: view.nested.map((one) => relative(one.path)),
  };
}
