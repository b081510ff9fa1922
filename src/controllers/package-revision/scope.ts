import type { PackageRevision, PackageRevisionStatus } from "../../api/v1alpha1/package-revision.ts";
import { ANNOTATION_CHANGED_BY } from "../../api/v1alpha1/well-known.ts";
import type { Readiness } from "../../core/conditions/conditions.ts";
import type { ShownPackage } from "../../core/files/package-file.ts";
import type { Oid } from "../../core/identity/oid.ts";
import type { Person } from "../../core/identity/person.ts";
import { personOf } from "../../core/identity/person.ts";
import type { Observation, RevisionView } from "../../core/revision/observation.ts";
import type { FileReport } from "../../core/validation/file-report.ts";
import type { ReleaseWorkerWhile } from "../../runtime/reconcile.ts";
import type { ObjectReader } from "../../storage/git/objects/object-reader.ts";
import { observeGit } from "../../storage/git/package-store/observe-revision.ts";
import { readPackage } from "../../storage/git/package-store/package-files.ts";
import type { AppliedRefs, GitChange } from "../../storage/git/push/change.ts";
import type { RepositoryCache } from "../repository/repository-cache.ts";
import type { PackageRevisionContext } from "./context.ts";
import type { Contents } from "./resources/contents.ts";

/** What one step leaves to be written: fields that are undefined are removed from the status. */
export interface StepResult {
  /** The object as the step left it, where it wrote it. */
  readonly object?: PackageRevision;
  readonly status: Readonly<Partial<Record<keyof PackageRevisionStatus, unknown>>>;
  readonly readiness: Readiness;
  /** The result of the file checks; absent where they are not finished, or the files are unchanged. */
  readonly report?: FileReport | undefined;
  /** There is more to do at once. */
  readonly again?: boolean;
}

/** One reconcile of one package revision in a repository that has been read. */
export interface RevisionScope {
  readonly context: PackageRevisionContext;
  readonly contents: Contents;
  readonly state: RepositoryCache;
  readonly observation: Observation;
  readonly object: PackageRevision;
  /** RFC 3339. */
  readonly now: string;
  /** For pushes of what takes no memory while it waits: many approvals that wait together share a push. */
  readonly releaseWorkerWhile: ReleaseWorkerWhile;
}

export function readerOf(session: RevisionScope): ObjectReader {
  return session.state.clone.mirror.reader;
}

/** The package's files in one of its trees. */
export async function readTree(
  session: RevisionScope,
  view: RevisionView,
  tree: Oid | undefined,
): Promise<ShownPackage> {
  const nested = view.nested.map((one) => one.path);
  return await readPackage(readerOf(session), tree, view.path, nested);
}

/**
 * Pushes a change that is planned against Git as it is at that moment, again and again while others push. Undefined: the
 * plan found that there is nothing to push any more, so that the reconcile must look again.
 */
export async function pushPlanned(
  session: RevisionScope,
  what: string,
  plan: (view: RevisionView) => GitChange | undefined | Promise<GitChange | undefined>,
): Promise<AppliedRefs | undefined> {
  const name = `${what} ${session.object.metadata.namespace}/${session.object.metadata.name}`;
  const result = await session.state.clone.writer.submit({
    name,
    plan: async () => {
      const change = await plan(await observeGit(session.state, session.object));
      return change === undefined ? { kind: "abort", value: undefined } : { kind: "write", change, value: undefined };
    },
  });
  if (result.refs !== undefined) {
    const { namespace, name: object } = session.object.metadata;
    session.context.log.info("pushed", {
      step: what,
      object: `${namespace}/${object}`,
      refs: Object.fromEntries(result.refs),
    });
  }
  return result.refs;
}

/** Who last changed the object: the author of what that leads to. */
export function changerOf(session: RevisionScope): Person {
  return personOf(session.object.metadata.annotations?.[ANNOTATION_CHANGED_BY]);
}

/** The commit a ref has after a push. */
export function commitOf(refs: AppliedRefs, ref: string): Oid {
  const oid = refs.get(ref);
  if (oid === undefined || oid === null) throw new Error(`the push did not touch ${ref}`);
  return oid;
}
