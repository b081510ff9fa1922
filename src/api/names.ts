/** Labels, annotations and finalizers of the operator's own. */
export const LABEL_LATEST = "pkg.pkgserver.dev/latest";
export const ANNOTATION_PROPOSED_BY = "pkg.pkgserver.dev/proposed-by";
export const ANNOTATION_EDITED_BY = "pkg.pkgserver.dev/edited-by";
/** On a Repository: any new value makes it sync now. */
export const ANNOTATION_SYNC = "pkg.pkgserver.dev/sync-requested-at";
/** On a draft: the commit of main, or the published revision, that it may replace though it was not made from it. */
export const ANNOTATION_CONFIRM_BASE = "pkg.pkgserver.dev/confirm-base";
export const FINALIZER = "pkg.pkgserver.dev/git";
