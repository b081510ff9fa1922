/**
 * The settings that a repository which is reached by `file:` may have. git reads them as the operator's user. Others
 * name commands (`core.fsmonitor`, `core.alternateRefsCommand`), other files (`include.path`, `core.worktree`) or
 * repositories from which missing objects are fetched (`remote.*.promisor`). A list of what is harmless and not of what
 * is not: every version of git adds settings.
 */
const HARMLESS: Readonly<Record<string, readonly string[]>> = {
  core: [
    "repositoryformatversion filemode bare ignorecase precomposeunicode logallrefupdates symlinks sharedrepository",
    "autocrlf eol safecrlf quotepath compression loosecompression bigfilethreshold deltabasecachelimit",
    "packedgitlimit packedgitwindowsize protecthfs protectntfs fsync fsyncobjectfiles warnambiguousrefs",
  ],
  extensions: ["objectformat"],
  http: ["receivepack uploadpack getanyfile"],
  receive: [
    "denynonfastforwards denydeletes fsckobjects autogc unpacklimit maxinputsize advertiseatomic advertisepushoptions",
    "updateserverinfo hiderefs",
  ],
  uploadpack: ["allowfilter allowanysha1inwant allowtipsha1inwant allowreachablesha1inwant allowrefinwant hiderefs"],
  transfer: ["fsckobjects unpacklimit hiderefs advertisesid"],
  gc: ["auto autodetach autopacklimit pruneexpire reflogexpire reflogexpireunreachable writecommitgraph packrefs"],
  maintenance: ["auto"],
  pack: ["threads window depth compression windowmemory deltacachesize packsizelimit indexversion writebitmaps"],
  repack: ["writebitmaps usedeltabaseoffset"],
  user: ["name email"],
  init: ["defaultbranch"],
  gitweb: ["owner description category url"],
  // `remote.*.promisor` and `remote.*.partialclonefilter` are not here: each of them has git fetch from that remote.
  "remote.*": ["url pushurl fetch push mirror tagopt prune"],
  "branch.*": ["remote merge rebase description"],
};

const KEYS: ReadonlySet<string> = new Set(
  Object.entries(HARMLESS).flatMap(([section, names]) =>
    names.flatMap((line) => line.split(" ")).map((name) => `${section}.${name}`),
  ),
);

const BLANK = /^[ \t]*(?:[#;].*)?$/;
const SECTION = /^[ \t]*\[([A-Za-z0-9.-]{1,80})(?:[ \t]+"([^"\\]*)")?\][ \t]*(?:[#;].*)?$/;
/** Without a backslash: at the end of a line it has git read on in the next one. */
const SETTING = /^[ \t]*([A-Za-z][A-Za-z0-9-]{0,79})[ \t]*(?:=[^\\]*)?$/;

/**
 * The first setting of a configuration file that is not known to be harmless; undefined if there is none. Understands
 * less of the format than git does, and refuses the rest: two settings on a line, escapes, control characters, long
 * names.
 */
export function findRefusedSetting(text: string): string | undefined {
  let section: string | undefined;
  for (const [index, line] of text.replaceAll("\r\n", "\n").split("\n").entries()) {
    const unreadable = `line ${index + 1} is not in the simple form of a section or a setting`;
    if (/[\x00-\x08\x0a-\x1f\x7f]/.test(line)) return unreadable;
    if (BLANK.test(line)) continue;
    const header = SECTION.exec(line);
    const name = SETTING.exec(line)?.[1];
    if (header !== null) {
      section = `${header[1]?.toLowerCase()}${header[2] === undefined ? "" : ".*"}`;
    } else {
      if (name === undefined || section === undefined) return unreadable;
      const key = `${section}.${name.toLowerCase()}`;
      if (!KEYS.has(key)) return `the setting ${key} is not one of those that are known to be harmless`;
    }
  }
  return undefined;
}
