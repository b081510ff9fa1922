import type { Layout } from "../../../core/identity/location.ts";
import type { Oid } from "../../../core/identity/oid.ts";
import { type Classified, classifyRef, folderOfRef, type RefFacts } from "../../../core/repository/classify-ref.ts";
import type { PackageIndex } from "../../../core/repository/package-index.ts";
import { inBatches } from "../in-batches.ts";
import type { MirrorReader } from "./mirror-reader.ts";

/** Refs that are classified at the same time. */
const BATCH = 500;

/** What the class of a ref depends on, besides its own facts. */
export interface RefSurroundings {
  readonly layout: Layout;
  readonly mirror: MirrorReader;
  readonly mainCommit: Oid | undefined;
  readonly packages: PackageIndex;
}

/** @param nowForeign branches that are no longer the operator's */
export async function classifyRefs(
  index: RefSurroundings,
  facts: readonly RefFacts[],
  nowForeign?: ReadonlySet<string>,
): Promise<readonly Classified[]> {
  return await inBatches(facts, BATCH, (one) => classify(index, one, nowForeign));
}

async function classify(
  index: RefSurroundings,
  facts: RefFacts,
  nowForeign: ReadonlySet<string> | undefined,
): Promise<Classified> {
  const { layout, mirror, mainCommit } = index;
  const folder = facts.ref.startsWith("refs/heads/") ? folderOfRef(facts.ref) : undefined;
  const mainTree =
    folder === undefined || mainCommit === undefined ? undefined : await mirror.reader.treeAt(mainCommit, folder);
  const { packages } = index;
  const isPackage = folder !== undefined && packages.isPackage(folder, nowForeign);
  const isPublished = folder !== undefined && packages.isPublished(folder, facts.commit);
  return classifyRef(layout, facts, { mainTree, isPackage, isPublished });
}
