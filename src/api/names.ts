/** Labels, annotations and finalizers of the operator's own. */
export const LABEL_LATEST = "pkg.pkgserver.dev/latest";
/** On contents objects: the PackageRevision they belong to is named by the owner reference; this holds the page's number. */
export const LABEL_REPOSITORY = "pkg.pkgserver.dev/repository";
export const ANNOTATION_PROPOSED_BY = "pkg.pkgserver.dev/proposed-by";
export const ANNOTATION_EDITED_BY = "pkg.pkgserver.dev/edited-by";
/** On a contents object: a write that would leave no file is meant. */
export const ANNOTATION_ALLOW_EMPTY = "pkg.pkgserver.dev/allow-empty";
/** On a Repository: any new value makes it sync now. */
export const ANNOTATION_SYNC = "pkg.pkgserver.dev/sync-requested-at";
/** On a draft: the commit of main, or the published revision, that it may replace though it was not made from it. */
export const ANNOTATION_CONFIRM_BASE = "pkg.pkgserver.dev/confirm-base";
export const FINALIZER = "pkg.pkgserver.dev/git";
