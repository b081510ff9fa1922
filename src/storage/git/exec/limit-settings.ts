/** Where the limits that an administrator sets are set: the chart's value and the variable, for messages. */
export const LIMIT_SETTINGS = {
  refs: "gitLimits.refs, PKGSERVER_GIT_LIMIT_REFS",
  refsBytes: "gitLimits.refsSize, PKGSERVER_GIT_LIMIT_REFS_SIZE",
  mirrorBytes: "gitLimits.mirrorSize, PKGSERVER_GIT_LIMIT_MIRROR_SIZE",
  namespaceBytes: "gitLimits.namespaceSize, PKGSERVER_GIT_LIMIT_NAMESPACE_SIZE",
  totalMemoryBytes: "gitLimits.memory, PKGSERVER_GIT_LIMIT_MEMORY",
} as const;
