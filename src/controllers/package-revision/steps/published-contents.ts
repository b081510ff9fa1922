import type { PublishedRef } from "../../../core/repository/classify-ref.ts";
import type { RevisionView } from "../../../core/revision/observation.ts";
import { contentsMode, isShownOnDemand } from "../../repository/contents-retention.ts";
import { UNACKNOWLEDGED } from "../resources/contents.ts";
import { digestOf } from "../resources/precompute-hashes.ts";
import type { RevisionScope } from "../scope.ts";

/** The facts about a published revision's files. */
export interface PublishedContents {
  readonly digest: string;
  readonly files: number;
  /** Bytes of JSON. */
  readonly size: number;
  /** False: the files are in Git alone. */
  readonly kept: boolean;
}

/** Makes the contents objects show the tag's files, or deletes them if they are not to be kept in the cluster. */
export async function syncPublishedContents(
  scope: RevisionScope,
  view: RevisionView,
  published: PublishedRef,
): Promise<PublishedContents> {
  const { object, contents, store } = scope;
  const known = knownFacts(scope, published);
  if (known !== undefined) {
    const kept = isKept(scope, view, published, known.size);
    if (!kept) await removeContents(scope);
    if (!kept || contents.hasAllPages(object)) return { ...known, kept };
  }
  const read = await store.readTree(view, published.tree, scope.admit);
  const kept = isKept(scope, view, published, read.size);
  const pageStatus = { frozen: true, commit: published.commit, read } as const;
  if (!kept) await removeContents(scope);
  else if (contents.hasAllPages(object)) {
    // A draft that was tagged from outside: its contents must be editable to be replaced by the tag's. An edit that is
    // not in Git by now is too late, and is not acknowledged.
    const pages = await contents.read(object, scope.admit);
    const open = await contents.updatePageStatus(object, pages, { frozen: false }, UNACKNOWLEDGED);
    await contents.replaceFiles(object, open, read.shown, pageStatus);
  } else await contents.create(object, read.shown, pageStatus);
  return { digest: await digestOf(read.files), files: read.files.length, size: read.size, kept };
}

/** The facts that status has: of the proposal that was published, or of the published revision itself. */
function knownFacts({ object }: RevisionScope, published: PublishedRef): Omit<PublishedContents, "kept"> | undefined {
  const { lifecycle, commit, proposal, contentDigest: digest, files, contentsSize: size } = object.status ?? {};
  if (digest === undefined || files === undefined || size === undefined) return undefined;
  const recorded = published.trailers?.digest;
  if (recorded !== undefined && recorded !== digest) return undefined;
  const isPublished = (lifecycle === "published" || lifecycle === "deletionProposed") && commit === published.commit;
  const wasProposed = proposal?.commit === published.commit && recorded !== undefined;
  return isPublished || wasProposed ? { digest, files, size } : undefined;
}

function isKept(
  { object, contents, retention, observation }: RevisionScope,
  view: RevisionView,
  published: PublishedRef,
  size: number,
): boolean {
  const latest = view.latest?.revision === published.revision;
  const one = { name: object.metadata.name, size, latest, present: contents.hasAnyPage(object) };
  return retention.keeps(contentsMode(observation.repository), one) || isShownOnDemand(object);
}

async function removeContents({ object, contents }: RevisionScope): Promise<void> {
  if (contents.hasAnyPage(object)) await contents.remove(object);
}
