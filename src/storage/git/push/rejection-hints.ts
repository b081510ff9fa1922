/** Messages of git and of hosts, and what resolves them. */
const HINTS: readonly (readonly [message: RegExp, hint: string])[] = [
  [
    // git; GitHub; GitLab; Gitea.
    /deletion of the current branch|delete the current branch|default branch [^;]*cannot be deleted|is the default branch/i,
    "the draft's branch is the remote's default branch, which cannot be deleted: make the branch of spec.git.ref its " +
      "default branch",
  ],
  [
    /\bcommitter(?:'s)? e-?mail/i,
    "set spec.git.commit.committer of the Repository to a name and an address that the rule accepts",
  ],
  [
    /\bauthor(?:'s)? (?:commit )?e-?mail/i,
    "set spec.git.commit.emailDomain of the Repository to the domain of the users' addresses",
  ],
  [
    /\bcommit message (?:does not|contains|must)/i,
    "set spec.git.commit.messageTemplate of the Repository to one that the rule accepts",
  ],
  [
    /\b(?:branch|tag) name (?:does not|contains|must|'[^';]*' does not)/i,
    "the names of branches and tags are those of the packages: let the rule accept FOLDER/WORKSPACE and FOLDER/vN",
  ],
];

/** What a user can do about a push that rules of the remote reject; undefined: the message is all that is known. */
export function hintForRejection(message: string): string | undefined {
  const hints = HINTS.flatMap(([pattern, hint]) => (pattern.test(message) ? [hint] : []));
  return hints.length === 0 ? undefined : hints.join("; ");
}
