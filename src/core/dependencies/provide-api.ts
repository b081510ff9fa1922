import { compare } from "../identity/compare.ts";
import { coreKind, describeUnserved, isCoreGroup } from "./core-kinds.ts";
import { acceptanceOf, describeNeed, gvkText } from "./demands.ts";
import type { Need } from "./graph.ts";
import type { KindNeed } from "./package-apis.ts";
import { failed, type Needing, type NeedOf, type Provision } from "./provisions.ts";
import { rankInSteps } from "./rank-packages.ts";
import { hasResource, keyOfPackage, offerOf, type PackageRevisionApis, revisionName } from "./revision-apis.ts";

/** What serves a kind: Kubernetes, the package itself, its target, or a package of the catalogs. */
export function* provideKind(needing: Needing, need: NeedOf<"api">): Generator<void, Provision> {
  const { index, by, target } = needing;
  const { need: api } = need;
  if (isCoreGroup(api.group)) {
    const unserved = describeUnserved(api);
    return unserved === undefined
      ? { need, provider: { kind: "core" } }
      : failed(need, unserved.message, unserved.severity);
  }
  if (offerOf(by, api) !== undefined) return { need, provider: { kind: "own" }, ...unservedBy(by, api) };
  const all = target === undefined ? [] : index.installedWithKind(target, api);
  const installed = all.filter((other) => offerOf(other, api) !== undefined);
  const revision = installed.find((other) => offerOf(other, api)?.isServed) ?? installed[0];
  if (revision !== undefined) return { need, provider: { kind: "installed", revision }, ...unservedBy(revision, api) };
  const found = index.withKind(api.group, api.kind);
  return (yield* ofCatalogs(needing, need, found)) ?? (yield* kindNotFound(needing, need, found));
}

/** What has a resource that a role names; a role is applied without it, too. */
export function* provideRule(needing: Needing, need: NeedOf<"rule">): Generator<void, Provision> {
  const { index, by, target } = needing;
  const { group, resource, role } = need.need;
  const notFound = () =>
    failed(need, `policy rule resource ${resource} not found for group: ${group || '""'}, in a ${role}`, "warning");
  if (isCoreGroup(group))
    return coreKind(group, resource) === undefined ? notFound() : { need, provider: { kind: "core" } };
  if (hasResource(by, need.need)) return { need, provider: { kind: "own" } };
  const [revision] = target === undefined ? [] : index.installedWithResource(target, need.need);
  if (revision !== undefined) return { need, provider: { kind: "installed", revision } };
  return (yield* ofCatalogs(needing, need, index.withResource(group, resource))) ?? notFound();
}

/** Undefined if no package of the catalogs has it. */
function* ofCatalogs(needing: Needing, need: Need, found: ReadonlySet<string>): Generator<void, Provision | undefined> {
  const { index, target } = needing;
  const keys = yield* rankInSteps(needing, found, acceptanceOf(need));
  if (keys.length === 0) return undefined;
  const older = target === undefined ? [] : keys.flatMap((key) => index.installedPackage(target, key) ?? []);
  const [revision] = older;
  if (revision === undefined) return { need, provider: { kind: "catalog", keys, target } };
  const source = revision.madeFrom === undefined ? "" : `, made from ${revisionName(revision.madeFrom)},`;
  const message = `${revisionName(revision)}${source} has no ${describeNeed(need)}: another revision has`;
  const severity = need.kind === "rule" ? "warning" : "error";
  return { need, provider: { kind: "installed", revision }, problem: { severity, message } };
}

/** @param found keys of packages that have the kind in another version */
function* kindNotFound(
  { index, by }: Needing,
  need: NeedOf<"api">,
  found: ReadonlySet<string>,
): Generator<void, Provision> {
  const { group, kind } = need.need;
  const own = keyOfPackage(by.package);
  for (const key of [...found].sort(compare)) {
    yield;
    for (const other of key === own ? [] : index.newestFirst(key)) {
      const { problem } = unservedBy(other, need.need);
      if (problem !== undefined) return failed(need, problem.message);
    }
  }
  return failed(need, `cannot find api reference: group: ${group}, kind: ${kind}`);
}

function unservedBy(other: PackageRevisionApis, need: KindNeed): Pick<Provision, "problem"> {
  const found = offerOf(other, need);
  if (found?.isServed !== false) return {};
  const served = found.offer.versions.join(", ") || "none";
  const message = `cannot resolve version for gvk: ${gvkText(need)}: ${revisionName(other)} serves ${served}`;
  return { problem: { severity: "error", message } };
}
