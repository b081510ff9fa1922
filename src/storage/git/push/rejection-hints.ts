/** Messages of git and of hosts, and what resolves them. The first match decides. */
const HINTS: readonly (readonly [message: RegExp, hint: string])[] = [
  [
    // git; GitHub; GitLab; Gitea.
    /deletion of the current branch|delete the current branch|default branch [^;]*cannot be deleted|is the default branch/i,
    "the draft's branch is the remote's default branch, which cannot be deleted: make the branch of spec.git.ref its " +
      "default branch",
  ],
];

/** What a user can do about a push that a rule of the remote rejects; undefined: the message is all that is known. */
export function hintForRejection(message: string): string | undefined {
  return HINTS.find(([pattern]) => pattern.test(message))?.[1];
}
