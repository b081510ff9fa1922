import { type Static, Type } from "typebox";
import { text, time } from "../schema/schema.ts";
import { conditions, observedGeneration } from "./conditions.ts";

const skipped = Type.Object({
  ref: text("The full name of the ref.", 1024),
  reason: text("The reason why it is not a package revision, in CamelCase.", 64),
  message: text("The reason in a sentence.", 512),
});

const skippedReason = Type.Object({
  reason: text("The reason why the refs are not package revisions, in CamelCase.", 64),
  count: Type.Integer({ description: "Number of refs that are skipped for this reason." }),
});

export const status = Type.Object({
  observedGeneration,
  conditions: Type.Optional(conditions),
  commit: Type.Optional(
    text(
      "The commit of spec.git.ref at the last sync. While a rewritten history is not accepted " +
        "(HistoryRewritten), the commit before it.",
      64,
    ),
  ),
  packages: Type.Optional(Type.Integer({ description: "Number of packages." })),
  revisions: Type.Optional(Type.Integer({ description: "Number of published revisions." })),
  drafts: Type.Optional(Type.Integer({ description: "Number of drafts and proposals." })),
  contentsKept: Type.Optional(
    Type.Integer({
      description:
        "Number of package revisions whose files spec.contents keeps in the cluster, without those shown on demand.",
    }),
  ),
  contentsBytes: Type.Optional(
    Type.Integer({ description: "Size of these files, in bytes of JSON.", format: "int64" }),
  ),
  skippedCount: Type.Optional(
    Type.Integer({ description: "Number of tags and branches that are not package revisions." }),
  ),
  skipped: Type.Optional(
    Type.Array(skipped, {
      description:
        "Some of the skipped refs, with the reason: of each reason the first, tags before branches. Only those whose " +
        "names begin with the value of the annotation pkg.pkgserver.dev/list-skipped, where that is set.",
      maxItems: 20,
    }),
  ),
  skippedReasons: Type.Optional(
    Type.Array(skippedReason, { description: "The number of skipped refs by reason.", maxItems: 20 }),
  ),
  lastSyncTime: Type.Optional(
    time(
      "The time of the last sync that succeeded, to within five minutes: of a sync that finds nothing new it is " +
        "written only when it is older than that. If it is older than that and the sync interval together, no " +
        "operator is at work, or conditions report why it does not succeed.",
    ),
  ),
  lastHandledSyncRequest: Type.Optional(
    text("The value of the annotation pkg.pkgserver.dev/sync-requested-at at the last sync.", 256),
  ),
});

export type RepositoryStatus = Static<typeof status>;
export type SkippedRef = Static<typeof skipped>;
export type SkippedReason = Static<typeof skippedReason>;
