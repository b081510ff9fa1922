import type { Environment } from "./environment.ts";
import type { GitLimits } from "./limits.ts";

/** The name of the script in the directory of the credentials. */
export const GROUP_SCRIPT_NAME = "run-group.sh";

/** Limits of one command, below those of the script, as variables for it. */
export function groupLimits({
  memoryBytes,
  fileBytes,
}: Partial<Pick<GitLimits, "memoryBytes" | "fileBytes">>): Environment {
  return {
    ...(memoryBytes !== undefined && { PKGSERVER_DATA_KIB: String(Math.floor(memoryBytes / 1024)) }),
    ...(fileBytes !== undefined && { PKGSERVER_FILE_BLOCKS: String(Math.ceil(fileBytes / 512)) }),
  };
}

/**
 * A shell script that runs git in a process group of its own and kills the whole group on SIGINT or SIGTERM. Commands
 * that contact a remote have children (git-remote-https, ssh), which a signal to git alone leaves running.
 *
 * The remote decides how much git reads, unpacks and writes; at these limits git fails with an error of its own. Memory
 * is limited as data (`ulimit -d`), because git maps packs. SIGXFSZ is ignored, because it would end git without a
 * message.
 *
 * The text is here and not in a file beside, so that the bundle contains it; `prepareCredentials` writes it to disk.
 */
export function groupScript({ memoryBytes, fileBytes }: Pick<GitLimits, "memoryBytes" | "fileBytes">): string {
  return `ulimit -d "\${PKGSERVER_DATA_KIB:-${Math.floor(memoryBytes / 1024)}}" 2>/dev/null || :
ulimit -f "\${PKGSERVER_FILE_BLOCKS:-${Math.floor(fileBytes / 512)}}" 2>/dev/null || :
trap '' XFSZ
exec 3<&0
setsid git "$@" <&3 3<&- &
child=$!
exec 3<&-
trap 'kill -KILL "-$child"' INT TERM
wait "$child"
`;
}
