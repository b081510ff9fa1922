import { keyOf } from "../../api/meta.ts";
import type { Repository } from "../../api/v1alpha1/repository.ts";
import { ANNOTATION_SYNC } from "../../api/v1alpha1/well-known.ts";
import { sha256Hex } from "../../core/identity/hash.ts";
import type { RepositoryProblem } from "../../core/repository/validate-repository.ts";
import type { CrashJournal } from "../../runtime/crash-journal.ts";
import type { ReconcileContext, ReleaseWorkerWhile } from "../../runtime/reconcile.ts";

/**
 * Keeps a Repository away from the operator that has ended each time when it was being read, until its spec changes or
 * a user requests a sync: it would end the operator for everybody, again and again.
 */
export function quarantineOf(journal: CrashJournal, repository: Repository): RepositoryProblem | undefined {
  const [key, version] = identify(repository);
  if (!journal.isQuarantined(key, version)) return undefined;
  const message =
    `the operator ended ${journal.endsOf(key, version)} times in a row while it read this Repository, and leaves it ` +
    "alone, so that the others go on; see its log for the reason. To have it read again, change spec, or: kubectl " +
    `annotate --overwrite pkgrepo ${repository.metadata.name} ${ANNOTATION_SYNC}="$(date +%s)"`;
  return { reason: "Quarantined", message };
}

/** Reads a Repository, and records that meanwhile; where it is suspected, after others that are. */
export async function whileReading<T>(
  journal: CrashJournal,
  repository: Repository,
  call: ReconcileContext,
  read: (call: ReconcileContext) => Promise<T>,
): Promise<T> {
  const reading = await journal.begin(...identify(repository));
  const releaseWorkerWhile: ReleaseWorkerWhile = async (wait) => {
    reading.wait();
    try {
      return await call.releaseWorkerWhile(wait);
    } finally {
      reading.goOn();
    }
  };
  try {
    return await read({ ...call, releaseWorkerWhile });
  } finally {
    reading.end();
  }
}

/**
 * What is read, and what it is read for: nothing else makes another attempt different. A hash: an annotation may have
 * 256 KiB, and the journal is written at once with each change.
 */
function identify(repository: Repository): readonly [key: string, version: string] {
  const { uid, generation, annotations } = repository.metadata;
  return [keyOf(repository), sha256Hex([uid, generation, annotations?.[ANNOTATION_SYNC] ?? ""].join(" "))];
}
