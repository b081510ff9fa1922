/** Labels, annotations and finalizers of the operator's own. */
export const LABEL_LATEST = "pkg.pkgserver.dev/latest";
/** Who proposed; filled in, like the next two, where MutatingAdmissionPolicy v1 is served. */
export const ANNOTATION_PROPOSED_BY = "pkg.pkgserver.dev/proposed-by";
/** Who last changed spec, labels or annotations of a package revision. */
export const ANNOTATION_CHANGED_BY = "pkg.pkgserver.dev/changed-by";
/** On a contents object: who edited it, a name a line, the last one last. */
export const ANNOTATION_EDITED_BY = "pkg.pkgserver.dev/edited-by";
/** On a Repository: any new value makes it sync now. */
export const ANNOTATION_SYNC = "pkg.pkgserver.dev/sync-requested-at";
/** On a draft: the commit of main, or the published revision, that it may replace though it was not made from it. */
export const ANNOTATION_CONFIRM_BASE = "pkg.pkgserver.dev/confirm-base";
/** On a Repository or a draft whose branch was rewritten, to go on from there: `<the commit before>..<the one that is there>`. */
export const ANNOTATION_CONFIRM_HISTORY = "pkg.pkgserver.dev/confirm-history";
/** On a published revision: `true` shows its files, whatever spec.contents of the Repository keeps. */
export const ANNOTATION_SHOW_CONTENTS = "pkg.pkgserver.dev/show-contents";
export const FINALIZER = "pkg.pkgserver.dev/git";
