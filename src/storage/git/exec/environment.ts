import type { Transport } from "../../../core/identity/url.ts";
import type { FailpointHook } from "../../../core/ports/failpoint.ts";
import { checkRemoteUrl } from "./remote-access.ts";

/** What is the same for every git child of the process. */
export interface GitSettings {
  /** The only variables git gets from outside: `PATH`, and proxies (`HTTPS_PROXY`, …) where there are any. */
  readonly ambient: Readonly<Record<string, string>>;
  readonly transports: ReadonlySet<Transport>;
  readonly limits: GitLimits;
  readonly onFailpoint?: FailpointHook;
}

/** Wall-clock limits in milliseconds, at which the whole process group is ended, and what a remote may make git use. */
export interface GitLimits {
  /** For a look at the remote's refs: every fetch begins with one, so that a silent server is told early. */
  readonly listMs: number;
  readonly fetchMs: number;
  readonly pushMs: number;
  /** For commands that do not leave the machine. */
  readonly localMs: number;
  /** Of each process of a command that talks to a remote. */
  readonly memoryBytes: number;
  /** The largest file that such a command may write: a pack. */
  readonly fileBytes: number;
}

export const DEFAULT_LIMITS: GitLimits = {
  listMs: 60_000,
  fetchMs: 600_000,
  pushMs: 120_000,
  localMs: 120_000,
  memoryBytes: 512 * 1024 * 1024,
  fileBytes: 4 * 1024 * 1024 * 1024,
};

export type ConfigPair = readonly [key: string, value: string];
export type Environment = Readonly<Record<string, string>>;

/**
 * Nothing of the system, the user or the repository's owner decides what git does. Given as `GIT_CONFIG_…` variables
 * and not as `-c` or a file: these reach every grandchild and show up in no argument list.
 */
const hardening: readonly ConfigPair[] = [
  ["core.hooksPath", "/dev/null"],
  ["core.fsmonitor", "false"],
  ["core.attributesFile", "/dev/null"],
  ["core.protectHFS", "true"],
  ["core.protectNTFS", "true"],
  ["core.warnAmbiguousRefs", "false"],
  // The remote is the record: a mirror that a power cut damaged is cloned anew.
  ["core.fsync", "none"],
  ["core.askPass", ""],
  ["credential.helper", ""],
  ["init.templateDir", ""],
  ["safe.bareRepository", "explicit"],
  ["transfer.fsckObjects", "true"],
  ["fetch.fsckObjects", "true"],
  ["receive.fsckObjects", "true"],
  // Old, harmless flaws that the histories of well-known repositories have.
  ["fetch.fsck.zeroPaddedFilemode", "ignore"],
  ["fetch.fsck.missingSpaceBeforeDate", "ignore"],
  ["fetch.fsck.badTimezone", "ignore"],
  ["fetch.recurseSubmodules", "false"],
  ["fetch.writeCommitGraph", "false"],
  ["fetch.showForcedUpdates", "false"],
  ["push.recurseSubmodules", "no"],
  ["push.negotiate", "false"],
  ["push.gpgSign", "false"],
  ["submodule.recurse", "false"],
  ["transfer.bundleURI", "false"],
  ["http.followRedirects", "false"],
  ["http.sslVerify", "true"],
  ["gc.auto", "0"],
  ["maintenance.auto", "false"],
  ["pack.threads", "1"],
  // What a long-lived reader keeps in memory: by default 96 MiB, and every pack whole.
  ["core.deltaBaseCacheLimit", "16m"],
  ["core.packedGitWindowSize", "4m"],
  ["core.packedGitLimit", "64m"],
  // Larger files are unpacked piece by piece: a megabyte may stand for a gigabyte.
  ["core.bigFileThreshold", "16m"],
];

/** The environment of a git child that works on the bare repository `gitDir`; `home` is an empty place of ours. */
export function gitEnvironment(
  settings: GitSettings,
  gitDir: string,
  home: string,
  config: readonly ConfigPair[] = [],
  extra: Environment = {},
): Environment {
  return {
    ...settings.ambient,
    HOME: home,
    LC_ALL: "C",
    GIT_DIR: gitDir,
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_ATTR_NOSYSTEM: "1",
    GIT_NO_REPLACE_OBJECTS: "1",
    GIT_OPTIONAL_LOCKS: "0",
    GIT_TERMINAL_PROMPT: "0",
    GIT_ALLOW_PROTOCOL: [...settings.transports].join(":"),
    ...configVariables([...hardening, ...config]),
    ...extra,
  };
}

/** `remote.origin` as configuration. It tracks nothing: what is fetched is named each time, and pushes move no ref of ours. */
export function remoteConfig(url: string, allowed: ReadonlySet<Transport>): readonly ConfigPair[] {
  checkRemoteUrl(url, allowed);
  return [
    ["remote.origin.url", url],
    ["remote.origin.tagOpt", "--no-tags"],
  ];
}

function configVariables(pairs: readonly ConfigPair[]): Environment {
  const variables: Record<string, string> = { GIT_CONFIG_COUNT: String(pairs.length) };
  for (const [index, [key, value]] of pairs.entries()) {
    variables[`GIT_CONFIG_KEY_${index}`] = key;
    variables[`GIT_CONFIG_VALUE_${index}`] = value;
  }
  return variables;
}
