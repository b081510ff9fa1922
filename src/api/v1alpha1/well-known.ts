/** True on the latest published revision of a package. */
export const LABEL_LATEST = "pkg.pkgserver.dev/latest";
/** On package revisions of one Repository that are published together: the name of the release. */
export const LABEL_RELEASE = "pkg.pkgserver.dev/release";
/** The proposer. Admission fills in this annotation and the next four where MutatingAdmissionPolicy v1 is served. */
export const ANNOTATION_PROPOSED_BY = "pkg.pkgserver.dev/proposed-by";
/**
 * The users who changed spec (but for lifecycle and approval), labels or annotations; one name a line, the last last.
 */
export const ANNOTATION_CHANGED_BY = "pkg.pkgserver.dev/changed-by";
/** The user who last changed `spec.lifecycle`. */
export const ANNOTATION_LIFECYCLE_CHANGED_BY = "pkg.pkgserver.dev/lifecycle-changed-by";
/** Given by the request that rejects a proposal, with its reason. The operator removes it once it is recorded. */
export const ANNOTATION_REJECTION_REASON = "pkg.pkgserver.dev/rejection-reason";
/** On a draft: the user who asks the operator to rebase it. The operator removes it once that is done or refused. */
export const ANNOTATION_REBASE_REQUESTED_BY = "pkg.pkgserver.dev/rebase-requested-by";
/** On a contents object: its editors, one name a line, the last editor last. */
export const ANNOTATION_EDITED_BY = "pkg.pkgserver.dev/edited-by";
/** On a draft: the approver who set the present value of `confirm-base`. */
export const ANNOTATION_CONFIRMED_BY = "pkg.pkgserver.dev/confirmed-by";
/** On a Repository: a new value requests a sync. */
export const ANNOTATION_SYNC = "pkg.pkgserver.dev/sync-requested-at";
/** On a Repository: the release of Kubernetes, such as 1.31, that the objects of its packages are for. */
export const ANNOTATION_KUBERNETES_VERSION = "pkg.pkgserver.dev/kubernetes-version";
/** On a Repository: the prefix of the full names of the refs that `status.skipped` lists. */
export const ANNOTATION_LIST_SKIPPED = "pkg.pkgserver.dev/list-skipped";
/** On a draft: the commit of main or the published revision that it may replace although it was not made from it. */
export const ANNOTATION_CONFIRM_BASE = "pkg.pkgserver.dev/confirm-base";
/** On a Repository or a draft whose branch was rewritten: `<old commit>..<new commit>` accepts the new history. */
export const ANNOTATION_CONFIRM_HISTORY = "pkg.pkgserver.dev/confirm-history";
/** On a published revision: `true` shows its files, independent of spec.contents of the Repository. */
export const ANNOTATION_SHOW_CONTENTS = "pkg.pkgserver.dev/show-contents";
/** On a Secret: the hosts that its values may be sent to, `host` or `host:port`, separated by commas. */
export const ANNOTATION_ALLOWED_HOSTS = "pkg.pkgserver.dev/allowed-hosts";
/**
 * On a Repository: `true` uses its Secret only if that is bound to hosts. A user who may `use` the Secret and not read
 * it must set this, and cannot remove it.
 */
export const ANNOTATION_BOUND_CREDENTIALS = "pkg.pkgserver.dev/bound-credentials";
/** On a draft: the commit of its branch, which is deleted with it although others have pushed commits to it. */
export const ANNOTATION_DELETE_BRANCH = "pkg.pkgserver.dev/delete-branch";
/**
 * On a package revision: `NAME/UID` of the PackageVariant that it belongs to. Only the operator writes this annotation
 * and the next one.
 */
export const ANNOTATION_VARIANT = "config.pkg.pkgserver.dev/variant";
/** On a draft of a variant: sha256 over the spec that the operator gave it, by which a user's change is known. */
export const ANNOTATION_WRITTEN_SPEC = "config.pkg.pkgserver.dev/written-spec";
/** On a draft that the operator made: the package revision that needs it. Only the operator writes it. */
export const ANNOTATION_SCHEDULED_FOR = "pkg.pkgserver.dev/scheduled-for";
/** On a PackageVariantSet: the value of `status.plan.confirm`, which confirms the removals that it names. */
export const ANNOTATION_CONFIRM_REMOVALS = "config.pkg.pkgserver.dev/confirm-removals";
/** On a PackageVariantSet: what a person has decided on its rollout: `resume:ID:…`, `abort:ID` or `rollback:ID`. */
export const ANNOTATION_ROLLOUT = "config.pkg.pkgserver.dev/rollout";
/**
 * On a PackageVariant: the rollout of its set that wrote its spec last, and the spec that it had before. Only the
 * operator writes this annotation.
 */
export const ANNOTATION_ROLLED_OUT = "config.pkg.pkgserver.dev/rolled-out";
/** On a PackageVariant: its downstream package goes with it, as `spec.deletionPolicy` says. */
export const VARIANT_FINALIZER = "config.pkg.pkgserver.dev/downstream";
export const FINALIZER = "pkg.pkgserver.dev/git";
