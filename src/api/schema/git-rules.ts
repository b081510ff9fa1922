import type { CelRule } from "./schema.ts";

/** No white space, control characters, query or fragment; the latter two may contain secrets. */
const PATH = "[^\\x00-\\x20\\x7f?#\\\\]+";
const HOST = "([A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?|\\[[0-9A-Fa-f:.]+\\])";
const PORT = "(:[0-9]{1,5})?";
const USER = "[A-Za-z0-9_][A-Za-z0-9._-]*@";

/** https://host/path, ssh://[user@]host/path, user@host:path. The operator's administrator may allow http and file. */
const ADDRESSES = [
  `https?://${HOST}${PORT}/${PATH}`,
  `ssh://(${USER})?${HOST}${PORT}/${PATH}`,
  `file:///${PATH}`,
  `${USER}${HOST}:([^-:/\\x00-\\x20\\x7f?#\\\\]|/[^/])${PATH}`,
];

export const remoteUrlRules: readonly CelRule[] = [
  {
    rule: `!self.matches(${quote("^(ssh://[^/@]*:[^/@]*|https?://[^/]*)@")})`,
    message: "git.url must hold neither password nor user: put them in a Secret and name it in git.credentials",
  },
  {
    rule: `self.matches(${quote(`^(${ADDRESSES.join("|")})$`)})`,
    message:
      "git.url must be https://host/path, ssh://user@host/path or user@host:path (http and file where the " +
      "operator's administrator allows them), without query, fragment or white space",
  },
];

/** Names that `git check-ref-format` refuses, or that a command line could take for an option. */
const NOT_IN_REFS =
  "[\\x00-\\x20\\x7f~^:?*\\[\\\\]|^[-+]|\\.\\.|@\\{|^@$|//|^/|/$|(^|/)\\.|\\.$|\\.[lL][oO][cC][kK](/|$)";

export const branchRules: readonly CelRule[] = [
  {
    rule: `!self.matches(${quote(`${NOT_IN_REFS}|^refs/|^HEAD$`)})`,
    message: "git.ref must be the short name of a branch, such as main",
  },
];

/** A folder is part of branch and tag names, and has to follow their rules. */
export const folderRules: readonly CelRule[] = [
  {
    rule: `!self.matches(${quote(NOT_IN_REFS)})`,
    message:
      "git.directory must be a relative path such as packages/network: no empty part, none that begins " +
      "with a dot, no slash at its ends, and only characters that a branch name may have",
  },
];

/** A raw CEL string, in which backslashes are not escaped. */
function quote(pattern: string): string {
  return `r'${pattern}'`;
}
