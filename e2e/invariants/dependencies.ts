import type { PackageRevision } from "../../src/api/v1alpha1/package-revision.ts";
import { DependencyCatalog } from "../../src/core/dependencies/dependency-catalog.ts";
import { dependencyStatus } from "../../src/core/dependencies/dependency-status.ts";
import { identityOf } from "../../src/core/dependencies/identify.ts";
import { readPackageApis } from "../../src/core/dependencies/read-package.ts";
import { isSameJson } from "../../src/core/identity/same-json.ts";
import { isPublished } from "../../src/core/variants/observation.ts";
import { filesOf } from "./cluster-files.ts";
import type { ClusterView, Violation } from "./observation.ts";
import { keyOf } from "./situation.ts";

type Files = Pick<ClusterView, "revisions" | "contents">;

/**
 * 9: what a draft or proposal is said to need is what its files and those of all published revisions of the namespace
 * show. Where not all of these are in the cluster, nothing is compared; a published revision has nothing to compare.
 */
export function checkDependencies(view: Files): readonly Violation[] {
  const namespaces = Map.groupBy(view.revisions, ({ metadata }) => metadata.namespace);
  return [...namespaces.values()].flatMap((revisions) => {
    const isShown = ({ status }: PackageRevision) => status?.dependencies !== undefined;
    const stale = revisions.filter((one) => isPublished(one) && isShown(one));
    const open = revisions.filter((one) => isOpen(one) && isShown(one));
    const catalog = open.length === 0 ? undefined : catalogOf(revisions.filter(isPublished), view);
    return [
      ...stale.map((one) => violation(one, "is published, and has dependencies in status")),
      ...(catalog === undefined ? [] : open.flatMap((one) => compare(one, catalog, view))),
    ];
  });
}

function isOpen({ status }: PackageRevision): boolean {
  return status?.lifecycle === "draft" || status?.lifecycle === "proposed";
}

function catalogOf(published: readonly PackageRevision[], view: Files): DependencyCatalog | undefined {
  const catalog = new DependencyCatalog();
  for (const one of published) {
    const apis = apisOf(one, view);
    if (apis === undefined) return undefined;
    catalog.set({ ...identityOf(one), apis });
  }
  return catalog;
}

function compare(one: PackageRevision, catalog: DependencyCatalog, view: Files): readonly Violation[] {
  const apis = apisOf(one, view);
  if (apis === undefined) return [];
  const expected = dependencyStatus(catalog.resolve({ ...identityOf(one), apis }));
  const { dependencies } = one.status ?? {};
  if (isSameJson(dependencies, expected)) return [];
  const texts = [dependencies, expected].map((value) => JSON.stringify(value));
  return [violation(one, `is said to need ${texts[0]}, and the files show ${texts[1]}`)];
}

function apisOf(one: PackageRevision, view: Files) {
  const files = filesOf(one, view);
  return files && readPackageApis(files, one.spec.inputs ?? []);
}

function violation(one: PackageRevision, message: string): Violation {
  return { invariant: 9, subject: keyOf(one), message };
}
