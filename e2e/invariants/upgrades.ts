import { MAIN_REVISION } from "../../src/api/v1alpha1/package-identity.ts";
import type { PackageRevision } from "../../src/api/v1alpha1/package-revision.ts";
import { LABEL_LATEST } from "../../src/api/v1alpha1/well-known.ts";
import { formatCounts } from "../../src/core/files/file-counts.ts";
import { locationOf, packagePath } from "../../src/core/identity/location.ts";
import { compareRevisions } from "../../src/core/identity/revision.ts";
import { type NamedLock, recordedLock } from "../../src/core/revision/upstream-lock.ts";
import type { FileView, Violation } from "./observation.ts";
import { conditionOf, folderAt, nestedIn, ownFiles, type RepositorySituation, type Situation } from "./situation.ts";

type Published = RepositorySituation["published"][number];

/** 9: a revision that is Ready names the later revision of its upstream that is in Git, and what that changes. */
export function checkUpgrades({ repositories }: Situation): readonly Violation[] {
  const byKey = new Map(repositories.map((one) => [one.key, one] as const));
  return repositories.flatMap(({ revisions }) =>
    revisions.flatMap(({ key, object }) => {
      const lock = lockOf(object);
      const origin = lock && byKey.get(`${object.metadata.namespace}/${lock.repository}`);
      // What is not synced is not known.
      if (lock === undefined || origin === undefined || origin.repository.spec.sync?.suspend === true) return [];
      return checkRevision(key, object, lock, origin);
    }),
  );
}

function checkRevision(
  subject: string,
  { status }: PackageRevision,
  lock: NamedLock,
  origin: RepositorySituation,
): readonly Violation[] {
  const path = packagePath(origin.layout, locationOf(lock, origin.layout));
  const published = origin.published.filter((one) => one.path === path);
  const latest = published.toSorted((a, b) => compareRevisions(a.revision, b.revision)).at(-1);
  const isLater =
    latest !== undefined &&
    latest.commit !== lock.commit &&
    lock.revision !== MAIN_REVISION &&
    compareRevisions(latest.revision, lock.revision) > 0;
  const expected = isLater ? latest.revision : undefined;
  const found = (message: string) => [{ invariant: 9 as const, subject, message }];
  if (status?.upgrade !== expected) {
    return found(`has the upgrade ${status?.upgrade ?? "none"}, and Git has ${expected ?? "none"} of ${path}`);
  }
  const before = published.find(({ revision, commit }) => revision === lock.revision && commit === lock.commit);
  if (!isLater || before === undefined) return [];
  const changes = describeChanges(filesOf(origin, before), filesOf(origin, latest));
  if (changes === undefined || status?.upgradeChanges === changes) return [];
  return found(`says of ${expected} of ${path}: ${status?.upgradeChanges ?? "nothing"}, and in Git it has ${changes}`);
}

/** Of revisions of which upgrades are reported. */
function lockOf(object: PackageRevision): NamedLock | undefined {
  const { status, spec, metadata } = object;
  if (status?.upstreamLock === undefined || conditionOf(object, "Ready")?.status !== "True") return undefined;
  const isOpen = status.lifecycle === "draft" || status.lifecycle === "proposed";
  if (!isOpen && metadata.labels?.[LABEL_LATEST] !== "true") return undefined;
  return recordedLock({ spec, upstreamLock: status.upstreamLock });
}

/** Undefined: more than are read. */
function filesOf(origin: RepositorySituation, { path, commit, nested }: Published): readonly FileView[] | undefined {
  const below = nested?.map((one) => one.slice(path.length + 1)) ?? nestedIn(origin, path);
  const files = folderAt(origin, commit, path)?.files;
  return files && ownFiles(files, below);
}

function describeChanges(
  before: readonly FileView[] | undefined,
  after: readonly FileView[] | undefined,
): string | undefined {
  if (before === undefined || after === undefined) return undefined;
  const find = (all: readonly FileView[], { path }: FileView) => all.find((one) => one.path === path);
  const isChanged = (one: FileView) => {
    const was = find(before, one);
    return was !== undefined && (was.oid !== one.oid || was.mode !== one.mode);
  };
  return formatCounts({
    added: after.filter((one) => find(before, one) === undefined).length,
    changed: after.filter(isChanged).length,
    removed: before.filter((one) => find(after, one) === undefined).length,
  });
}
