import type { ChangedRevisions } from "../../core/repository/package-index.ts";

/** What the Repository controller and its mirrors report to the controllers. `repository` and `revisions` are keys. */
export type RepositoryEvent =
  /** Git has changes for these package revisions; none where only the packages' branch has moved. */
  | { readonly kind: "revisionsChanged"; readonly repository: string; readonly changed: ChangedRevisions }
  /** Git can be read for the first time since the operator started, or since the URL or credentials changed. */
  | { readonly kind: "firstSynced"; readonly repository: string }
  /** A later fetch succeeded. */
  | { readonly kind: "fetched"; readonly repository: string }
  /** The remote refused the credentials of a push. */
  | { readonly kind: "accessRefused"; readonly repository: string }
  /** The contents of these package revisions are to be added to the cluster, or removed from it. */
  | { readonly kind: "retentionChanged"; readonly revisions: readonly string[] };
