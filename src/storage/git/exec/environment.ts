import type { Transport } from "../../../core/identity/url.ts";
import type { FailpointHook } from "../../../core/ports/failpoint.ts";
import type { GitSigning } from "../signing/keyring.ts";
import type { GitMemory } from "./git-memory.ts";
import type { GitLimits } from "./limits.ts";
import { checkRemoteUrl } from "./remote-access.ts";

/** Settings for all git processes of this process. */
export interface GitSettings {
  /** The only variables that git inherits: `PATH`, and the proxies (`HTTPS_PROXY`, …) if there are any. */
  readonly ambient: Readonly<Record<string, string>>;
  /** The transports that git may use; see `GIT_ALLOW_PROTOCOL`. */
  readonly transports: ReadonlySet<Transport>;
  readonly limits: GitLimits;
  readonly signing: GitSigning;
  /** The operator's own folder: no `file:` URL reaches it. */
  readonly dataDir: string;
  /**
   * Runs the hooks of repositories that are reached by `file:`. They would run as the operator's user: only for tests,
   * where such a repository stands for a server.
   */
  readonly runsLocalHooks?: boolean;
  readonly onFailpoint?: FailpointHook | undefined;
  /** Bounds the memory of all git processes of this process together; absent: nothing does. */
  readonly memory?: GitMemory;
}

export type ConfigPair = readonly [key: string, value: string];
export type Environment = Readonly<Record<string, string>>;

/**
 * Configuration that keeps the system, the user and the owner of the remote from deciding what git does. Passed as
 * `GIT_CONFIG_…` variables and not with `-c` or a file: all child processes inherit them, and no argument list shows
 * them.
 */
const HARDENING: readonly ConfigPair[] = [
  ["core.hooksPath", "/dev/null"],
  ["core.fsmonitor", "false"],
  ["core.attributesFile", "/dev/null"],
  ["core.protectHFS", "true"],
  ["core.protectNTFS", "true"],
  ["core.warnAmbiguousRefs", "false"],
  // The remote is authoritative: a mirror that a power failure damaged is cloned again.
  ["core.fsync", "none"],
  ["core.askPass", ""],
  ["credential.helper", ""],
  ["init.templateDir", ""],
  ["safe.bareRepository", "explicit"],
  ["transfer.fsckObjects", "true"],
  ["fetch.fsckObjects", "true"],
  ["receive.fsckObjects", "true"],
  // Harmless flaws in the old history of well-known repositories.
  ["fetch.fsck.zeroPaddedFilemode", "ignore"],
  ["fetch.fsck.missingSpaceBeforeDate", "ignore"],
  ["fetch.fsck.badTimezone", "ignore"],
  ["fetch.recurseSubmodules", "false"],
  // One pack each time, of which the size is limited: loose objects are files of their own.
  ["fetch.unpackLimit", "1"],
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
  // Memory of git repack, and of a push: the defaults are the window as a whole, and 256 MiB.
  ["pack.windowMemory", "16m"],
  ["pack.deltaCacheSize", "16m"],
  // Memory of the long-lived cat-file process. The defaults are 96 MiB, and every pack as a whole.
  ["core.deltaBaseCacheLimit", "16m"],
  ["core.packedGitWindowSize", "4m"],
  ["core.packedGitLimit", "64m"],
  // git streams larger files instead of unpacking them in memory: a compressed megabyte may be a gigabyte.
  ["core.bigFileThreshold", "16m"],
];

/**
 * All variables of a git process that works on the bare repository `gitDir`. `home`: a directory without configuration.
 */
export function gitEnvironment(
  settings: Pick<GitSettings, "ambient" | "transports">,
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
    ...configVariables([...HARDENING, ...config]),
    ...extra,
  };
}

/**
 * The remote `origin` as configuration, without refspecs: every fetch names its refs, and a push moves no local ref.
 * Throws as `checkRemoteUrl`.
 */
export function remoteConfig(url: string, allowed: ReadonlySet<Transport>): readonly ConfigPair[] {
  checkRemoteUrl(url, allowed);
  return originAt(url);
}

/** For git's server side, which does not inherit our configuration. */
const LOCAL_REMOTE: readonly ConfigPair[] = [
  ["core.hooksPath", "/dev/null"],
  ["core.fsmonitor", "false"],
  ["core.alternateRefsCommand", "true"],
  // It names packs, also in other folders.
  ["core.multiPackIndex", "false"],
  ["receive.denyCurrentBranch", "refuse"],
  ["gc.auto", "0"],
  ["maintenance.auto", "false"],
];

/**
 * The repository at a path of this machine as `origin`. Unless `runsHooks`, its own configuration and hooks do not
 * decide what runs as the operator's user.
 */
export function localRemoteConfig(path: string, runsHooks: boolean): readonly ConfigPair[] {
  const git = ["git", ...LOCAL_REMOTE.map(([key, value]) => `-c ${key}=${value}`)].join(" ");
  const commands = [
    ["remote.origin.uploadpack", `${git} upload-pack`],
    ["remote.origin.receivepack", `${git} receive-pack`],
  ] as const;
  return [...originAt(path), ...(runsHooks ? [] : commands)];
}

function originAt(address: string): readonly ConfigPair[] {
  return [
    ["remote.origin.url", address],
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
