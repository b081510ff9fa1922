import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

const SOURCE = join(import.meta.dirname, "..", "..", "..", "src");
/** Tests, and the command line, which is no part of the operator: no other layer imports it. */
const NOT_OPERATOR = /\.test\.ts$|(?:^|\/)testing\/|^cli\//;

/**
 * Calls that write to the API server, start git, write objects, or record how far a branch was followed: each passes
 * the hook.
 */
const EFFECTS =
  /\bclient\s*\.(?:create|update|patch|patchStatus|delete|send)\((?!\s*\{\s*method: "GET")|\.(?:runRemote|streamRemote|runLocal|streamLocal|tryLocal)\(|\.recordFollowed\(|(?<!function )\b(?:importTrees|writeSigned)\(/g;

/** Code that could have effects without passing the hook, and the files in which it is allowed. */
const WAYS: readonly { readonly what: RegExp; readonly files: readonly string[]; readonly why: string }[] = [
  {
    what: /from "node:child_process"/,
    files: [
      "storage/git/objects/cat-file-process.ts",
      "storage/git/objects/fast-import.ts",
      "storage/git/exec/stream-git.ts",
      "runtime/worker-process.ts",
      "function-runtime/exec/executable.ts",
    ],
    why:
      "reads objects; writes them, for objects/write-objects.ts alone; starts git, for mirror/bare-repository.ts alone; " +
      "reads YAML, in a child that gets nothing but text; runs functions that an administrator allows",
  },
  {
    what: /from "simple-git"/,
    files: ["storage/git/exec/run-git.ts"],
    why: "starts git without the remote, for mirror/bare-repository.ts alone",
  },
  {
    what: /\brunGit\(/,
    files: ["storage/git/exec/run-git.ts", "storage/git/mirror/bare-repository.ts", "storage/git/audit/open-clone.ts"],
    why: "has the hook; reads a clone for the command line, which is no part of the operator",
  },
  {
    what: /\bstreamGit\(/,
    files: ["storage/git/exec/stream-git.ts", "storage/git/mirror/bare-repository.ts"],
    why: "has the hook",
  },
  {
    what: /\brunFastImport\(/,
    files: ["storage/git/objects/fast-import.ts", "storage/git/objects/write-objects.ts"],
    why: "has the hook",
  },
  {
    what: /from "undici"/,
    files: ["kube/client/transport.ts", "kube/client/tls-connector.ts"],
    why: "has the hook; connects for it",
  },
  { what: /\btransport\s*\.send\(/, files: ["kube/client/client.ts"], why: "is what call sites are sites of" },
  {
    what: /from "node:https?"/,
    files: ["runtime/http-server.ts", "kube/client/kubeconfig.ts", "kube/client/proxy.ts"],
    why: "answers probes; only a type; connects for the transport",
  },
  {
    what: /from "node:net"/,
    files: ["runtime/http-server.ts", "runtime/worker-process.ts", "kube/client/proxy.ts"],
    why: "only types; compares addresses",
  },
  {
    what: /from "node:worker_threads"/,
    files: [
      "workers/lease.ts",
      "controllers/sharding/lease-channel.ts",
      "controllers/sharding/lease-worker.ts",
      "function-runtime/wasm/wasm-program.ts",
    ],
    why: "renews the Lease, which with the hook the main thread does; runs functions without access to anything",
  },
  {
    what: /from "node:(?:http2|dgram|cluster)"|\bWebSocket\(|(?<![.#\w])fetch\((?!\))/,
    files: ["storage/git/disk/fetch-guard.ts"],
    why: "calls the function that it guards, which has the hook",
  },
];

/** Call sites that a journey without faults does not reach, and that need no kill. */
const EXCEPTIONS: readonly { readonly file: string; readonly text: string; readonly why: string }[] = [
  {
    file: "storage/git/mirror/integrity.ts",
    text: 'tryLocal(["cat-file", "--batch-check"]',
    why: "only after a failure, and only reads: whether the mirror is damaged",
  },
  {
    file: "storage/git/mirror/history.ts",
    text: 'tryLocal(["merge-base", a, b]',
    why: "only where a merge is in the way, or many commits, and only reads",
  },
  {
    file: "storage/git/mirror/history.ts",
    text: 'runLocal(["rev-list"',
    why: "only where a merge is in the way, many commits, or no published branch, and only reads",
  },
  {
    file: "controllers/package-revision/steps/remove-void-grants.ts",
    text: "client.patchStatus(packageRevisions",
    why: "only after an admission policy was missing, on which other suites rely; a patch that is repeated changes nothing",
  },
  {
    file: "controllers/package-revision/steps/remove-void-grants.ts",
    text: "client.patch(packageRevisions",
    why: "as the one above",
  },
  {
    file: "controllers/package-revision/steps/access-review.ts",
    text: "client.create(subjectAccessReviews",
    why: "only when a ServiceAccount approved, or edits what waits to be proposed, and stores nothing",
  },
  {
    file: "controllers/package-revision/steps/restore-record.ts",
    text: "client.patchStatus(packageRevisions",
    why: "only after another client wrote status; a patch that is repeated changes nothing",
  },
  {
    file: "controllers/package-revision/steps/return-to-draft.ts",
    text: "client.patchStatus(packageRevisions",
    why:
      "only where an approved proposal that waits becomes void: its own test ends the operator before and behind it; a " +
      "patch that is repeated changes nothing",
  },
  {
    file: "controllers/repository/report-policies.ts",
    text: "client.patchStatus(repositories",
    why: "only while a sync hangs and policies change; the next sync writes the conditions",
  },
  {
    file: "kube/objects/service-account-clients.ts",
    text: 'client.send({ method: "POST"',
    why: "only for packages that take objects of the cluster; a token is stored nowhere",
  },
];

export interface CallSites {
  /** `file:line` of every call with an effect. The journey must pass each. */
  readonly effects: readonly string[];
  /** The same of the exceptions. */
  readonly exceptions: readonly string[];
  /** Files that could have effects which pass no failpoint. */
  readonly ways: readonly string[];
}

/** Searches the operator's code for calls with effects, and for code that could bypass the failpoint hook. */
export async function findCallSites(): Promise<CallSites> {
  const names = await readdir(SOURCE, { recursive: true });
  const files = names.filter((name) => name.endsWith(".ts") && !NOT_OPERATOR.test(name));
  const texts = await Promise.all(
    files.map(async (file) => [file, await readFile(join(SOURCE, file), "utf8")] as const),
  );
  const all = texts.flatMap(([file, text]) =>
    [...text.matchAll(EFFECTS)].map((match) => {
      const rest = text.slice(match.index);
      const excepted = EXCEPTIONS.some((one) => one.file === file && rest.replace(/^\W+/, "").startsWith(one.text));
      return { at: `${file}:${lineOf(text, match.index + match[0].length)}`, excepted };
    }),
  );
  const exceptions = all.filter(({ excepted }) => excepted).map(({ at }) => at);
  if (exceptions.length !== EXCEPTIONS.length)
    throw new Error("an exception has no call site any more: take it off the list");
  return {
    effects: all.filter(({ excepted }) => !excepted).map(({ at }) => at),
    exceptions,
    ways: texts.flatMap(([file, text]) =>
      WAYS.filter(({ what, files: allowed }) => what.test(text) && !allowed.includes(file)).map(
        ({ what }) => `${file}: ${what.source}`,
      ),
    ),
  };
}

function lineOf(text: string, index: number): number {
  return text.slice(0, index).split("\n").length;
}
