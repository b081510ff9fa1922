import type { CommanderError } from "commander";

/** Words that users of kubectl and git try, and what does that here. */
const OTHER_WORDS: Readonly<Record<string, string | undefined>> = {
  apply: "to send a pulled folder to its draft: kubectl pkg push; to apply a manifest: kubectl apply -f FILE",
  checkout: "to have the files of a package in a folder: kubectl pkg pull",
  commit: "to save a pulled folder in its draft, which is a commit: kubectl pkg push",
  create: "to begin a package: kubectl pkg init, or clone; to register a repository: kubectl pkg repo add",
  describe: "to see what a package is and waits for: kubectl pkg show",
  list: "to list packages: kubectl pkg get; repositories: kubectl pkg repo list",
  log: "to see the revisions of a package: kubectl pkg history",
  logs: "to see what happened to a package: kubectl pkg events",
  merge: "to publish a proposal: kubectl pkg approve",
  new: "to begin a package: kubectl pkg init, or clone",
  patch: "to change inputs, labels or gates: kubectl pkg set; files: kubectl pkg edit",
  publish: "to publish a proposal: kubectl pkg approve",
  remove: "to delete a package revision: kubectl pkg delete; a Repository: kubectl pkg repo remove",
  status: "to see the state of a package: kubectl pkg show; of a pulled folder: kubectl pkg diff",
  update: "to change inputs, labels or gates: kubectl pkg set; files: kubectl pkg edit",
};

/** Formats of kubectl that take a template. */
const TEMPLATE = /argument '(?:jsonpath|go-template|template|custom-columns)/;

/** What to do instead, for a call that the parser has refused; undefined where its own message is enough. */
export function usageHint({ code, message }: CommanderError): string | undefined {
  if (code === "commander.unknownCommand") {
    const [, word = ""] = /unknown command '([^']*)'/.exec(message) ?? [];
    return Object.hasOwn(OTHER_WORDS, word) ? OTHER_WORDS[word] : undefined;
  }
  if (code !== "commander.invalidArgument" || !TEMPLATE.test(message)) return undefined;
  return "for single fields: -o json, and jq; or kubectl get packagerevisions -o jsonpath=…";
}
