import type { PublishedRef } from "../../../core/repository/classify-ref.ts";
import type { RevisionView } from "../../../core/revision/observation.ts";
import { contentsMode, isShownOnDemand } from "../../repository/contents-retention.ts";
import { UNACKNOWLEDGED } from "../resources/contents.ts";
import { digestOf } from "../resources/precompute-hashes.ts";
import { type RevisionScope, readTree } from "../scope.ts";

/** What is known of a published revision's files. */
export interface PublishedContents {
  readonly digest: string;
  readonly files: number;
  /** Bytes of JSON. */
  readonly size: number;
  /** False: they are in Git alone. */
  readonly kept: boolean;
}

/** Makes the contents objects show what the tag has, or lets them go where they are not to be kept. */
export async function settleContents(
  session: RevisionScope,
  view: RevisionView,
  published: PublishedRef,
): Promise<PublishedContents> {
  const { object, contents } = session;
  const known = readBefore(session, published);
  if (known !== undefined) {
    const kept = isKept(session, view, published, known.size);
    if (!kept) await letGo(session);
    if (!kept || contents.hasAllPages(object)) return { ...known, kept };
  }
  const read = await readTree(session, view, published.tree);
  const kept = isKept(session, view, published, read.size);
  const note = { frozen: true, commit: published.commit, hidden: read.hidden };
  if (!kept) await letGo(session);
  else if (contents.hasAllPages(object)) {
    // A draft's contents, whose tag appeared without us: made to show what the tag has, and frozen. They must be open to
    // be written; an edit that is not in Git by now comes too late, and is not acknowledged.
    const pages = await contents.read(object);
    const open = await contents.note(object, pages, { frozen: false }, UNACKNOWLEDGED);
    await contents.replaceFiles(object, open, read.shown, note);
  } else await contents.create(object, read.shown, note);
  return { digest: await digestOf(read.files), files: read.files.length, size: read.size, kept };
}

/** What status says already: of what was frozen for the proposal and published, or of what was shown as published. */
function readBefore({ object }: RevisionScope, published: PublishedRef): Omit<PublishedContents, "kept"> | undefined {
  const { lifecycle, commit, proposal, contentDigest: digest, files, contentsSize: size } = object.status ?? {};
  if (digest === undefined || files === undefined || size === undefined) return undefined;
  const settled = (lifecycle === "published" || lifecycle === "deletionProposed") && commit === published.commit;
  const proposed = proposal?.commit === published.commit && proposal.digest === digest;
  return settled || proposed ? { digest, files, size } : undefined;
}

function isKept(
  { object, contents, state, observation }: RevisionScope,
  view: RevisionView,
  published: PublishedRef,
  size: number,
) {
  const latest = view.latest?.revision === published.revision;
  const one = { name: object.metadata.name, size, latest, present: contents.hasAnyPage(object) };
  return state.kept.keeps(contentsMode(observation.repository), one) || isShownOnDemand(object);
}

async function letGo({ object, contents }: RevisionScope): Promise<void> {
  if (contents.hasAnyPage(object)) await contents.remove(object);
}
