/** Times in milliseconds after which a git command's process group is killed, and its resources in bytes. */
export interface GitLimits {
  /** For ls-remote. Every fetch begins with one, so that a server that does not answer is reported early. */
  readonly listMs: number;
  readonly fetchMs: number;
  /** For the fetches by which a sync finds out which refs are bad, together. A fetch that has begun is not ended. */
  readonly isolateMs: number;
  readonly pushMs: number;
  /** For commands that do not contact a remote. */
  readonly localMs: number;
  /** Memory of each process of a command that contacts a remote. */
  readonly memoryBytes: number;
  /** Size of each file that such a command writes, in practice a pack. */
  readonly fileBytes: number;
  /** Branches and tags of a remote: with more it is not read. */
  readonly refs: number;
  /** Bytes of the list of a remote's branches and tags, as `git ls-remote` prints it. */
  readonly refsBytes: number;
  /** Bytes of one mirror on the disk. */
  readonly mirrorBytes: number;
  /** Bytes of all mirrors of one namespace on the disk. */
  readonly namespaceBytes: number;
  /** Memory of all git processes together. */
  readonly totalMemoryBytes: number;
}

export const DEFAULT_LIMITS: GitLimits = {
  listMs: 60_000,
  fetchMs: 600_000,
  isolateMs: 60_000,
  pushMs: 120_000,
  localMs: 120_000,
  memoryBytes: 256 * 1024 * 1024,
  fileBytes: 4 * 1024 * 1024 * 1024,
  refs: 50_000,
  refsBytes: 16 * 1024 * 1024,
  mirrorBytes: 2 * 1024 * 1024 * 1024,
  namespaceBytes: 8 * 1024 * 1024 * 1024,
  totalMemoryBytes: 256 * 1024 * 1024,
};

/** Where the limits that an administrator sets are set: the chart's value and the variable, for messages. */
export const LIMIT_SETTINGS = {
  refs: "gitLimits.refs, PKGSERVER_GIT_LIMIT_REFS",
  refsBytes: "gitLimits.refsSize, PKGSERVER_GIT_LIMIT_REFS_SIZE",
  mirrorBytes: "gitLimits.mirrorSize, PKGSERVER_GIT_LIMIT_MIRROR_SIZE",
  namespaceBytes: "gitLimits.namespaceSize, PKGSERVER_GIT_LIMIT_NAMESPACE_SIZE",
  totalMemoryBytes: "gitLimits.memory, PKGSERVER_GIT_LIMIT_MEMORY",
} as const;
