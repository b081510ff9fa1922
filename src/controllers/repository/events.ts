/** What the Repository controller and its mirrors report to the controllers. `repository` and `revisions` are keys. */
export type RepositoryEvent =
  /** Git has changes for the objects of these names; no names where only the packages' branch has moved. */
  | { readonly kind: "revisionsChanged"; readonly repository: string; readonly names: ReadonlySet<string> }
  /** Git can be read for the first time since the operator started, or since the URL or credentials changed. */
  | { readonly kind: "firstSynced"; readonly repository: string }
  /** A later fetch succeeded. */
  | { readonly kind: "fetched"; readonly repository: string }
  /** The remote refused the credentials of a push. */
  | { readonly kind: "accessRefused"; readonly repository: string }
  /** The contents of these package revisions are to be added to the cluster, or removed from it. */
  | { readonly kind: "retentionChanged"; readonly revisions: readonly string[] };
