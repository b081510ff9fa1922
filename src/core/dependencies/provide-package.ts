import { parseRevision } from "../identity/revision.ts";
import { acceptedRevisions } from "./demands.ts";
import type { PackageNeed } from "./package-apis.ts";
import { failed, type Needing, type NeedOf, type Provision } from "./provisions.ts";
import { keyOfPackage, type PackageRevisionApis, packageName, revisionName } from "./revision-apis.ts";

/** What a PackageDependency or a PackageVariant names: a package of the target that was made from it, or itself. */
export function providePackage({ index, by, ...needing }: Needing, need: NeedOf<"package">): Provision {
  const named = need.need;
  const key = keyOfPackage(named.package);
  const target = named.target ?? needing.target;
  const accepts = acceptedRevisions(named);
  if (accepts === undefined) return failed(need, `${JSON.stringify(named.revision)} is neither a revision nor a range`);
  const installed = target === undefined ? undefined : index.installedPackage(target, key);
  if (installed === by || key === keyOfPackage(by.package)) return { need, provider: { kind: "own" } };
  if (installed === undefined) {
    return index.hasPackage(key)
      ? { need, provider: { kind: "catalog", keys: [key], target } }
      : failed(need, `cannot find the package ${packageName(named.package)}: it has no published revision`);
  }
  const isItself = keyOfPackage(installed.package) === key;
  const { revision } = isItself ? installed : (installed.madeFrom ?? installed);
  // A draft has no revision yet.
  const isFine = accepts(revision) || (isItself && parseRevision(revision) === undefined);
  return {
    need,
    provider: { kind: "installed", revision: installed },
    ...(!isFine && { problem: { severity: "error", message: describeOther(installed, named, revision) } }),
  };
}

function describeOther(installed: PackageRevisionApis, need: PackageNeed, revision: string): string {
  const source = installed.madeFrom === undefined ? "" : `, made from ${packageName(need.package)}@${revision},`;
  return `${revisionName(installed)}${source} is not what is needed: ${need.revision} (${need.file})`;
}
