/** What each exit code means; documented in docs/cli.md, and stable. */
export const EXIT_CODES = {
  done: 0,
  error: 1,
  usage: 2,
  notFound: 3,
  refused: 4,
  conflict: 5,
  timedOut: 6,
} as const;

export type Failure = Exclude<keyof typeof EXIT_CODES, "done">;

export const EXIT_CODE_MEANINGS: Readonly<Record<keyof typeof EXIT_CODES, string>> = {
  done: "done",
  error: "an error, such as an API server that does not answer",
  usage: "a wrong call, or a name that several package revisions have",
  notFound: "not found",
  refused: "refused: a missing right, a policy, or a state in which the command has no meaning",
  conflict: "a conflict with changes of another user; nothing of them was overwritten",
  timedOut: "what was waited for did not happen in time",
};
