import { describe, expect, it } from "vitest";
import { findRefusedSetting } from "./local-config.ts";

describe("the configuration of a repository that is reached by file:", () => {
  it.for([
    "",
    "[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = true\n",
    "[core]\r\n\tbare = false\r\n\tlogAllRefUpdates\r\n",
    "# no setting\n; core.fsmonitor = x\n\n[CORE]  # a comment\nBare=true # true\n",
    '[remote "origin"]\n\turl = https://git.example.com/p.git\n\tfetch = "+refs/*:refs/*"\n',
    '[branch "a/[include]"]\n\tremote = origin\n\tmerge = refs/heads/main\n',
    "[extensions]\n\tobjectformat = sha256\n[http]\n\treceivepack = true\n[gc]\n\tauto = 0\n",
  ])("is harmless: %j", (text) => {
    expect(findRefusedSetting(text)).toBeUndefined();
  });

  it.for([
    ["[core]\n\tfsmonitor = id\n", "core.fsmonitor"],
    ["[core]\n\tFSMonitor = id\n", "core.fsmonitor"],
    ["[core]\n\talternateRefsCommand = id\n", "core.alternaterefscommand"],
    ["[core]\n\tworktree = /srv\n", "core.worktree"],
    ["[core]\n\thooksPath = /srv\n", "core.hookspath"],
    ["[receive]\n\tdenyCurrentBranch = updateInstead\n", "receive.denycurrentbranch"],
    ['[receive "fsck"]\n\tskipList = /etc/passwd\n', "receive.*.skiplist"],
    ["[receive.fsck]\n\tskipList = /etc/passwd\n", "receive.fsck.skiplist"],
    ["[gc]\n\trecentObjectsHook = id\n", "gc.recentobjectshook"],
    ["[uploadpack]\n\tpackObjectsHook = id\n", "uploadpack.packobjectshook"],
    ["[include]\n\tpath = /srv\n", "include.path"],
    ['[includeIf "gitdir:/"]\n\tpath = /srv\n', "includeif.*.path"],
    ['[remote "origin"]\n\tpromisor = true\n', "remote.*.promisor"],
    ['[remote "origin"]\n\tpartialCloneFilter = blob:none\n', "remote.*.partialclonefilter"],
    ["[extensions]\n\tpartialClone = origin\n", "extensions.partialclone"],
    ["[extensions]\n\trefStorage = reftable\n", "extensions.refstorage"],
    ['[filter "x"]\n\tclean = id\n', "filter.*.clean"],
    ["[core]\n\tbare = true # \n\tfsmonitor = id\n", "core.fsmonitor"],
  ] as const)("is refused, by name: %j", ([text, key]) => {
    expect(findRefusedSetting(text)).toContain(`the setting ${key} is`);
  });

  it.for([
    "[core][include]\n\tpath = /srv\n",
    "[core] fsmonitor = id\n",
    "[core]\n\tbare = true\\\n\n",
    '[core "a\\"]\n',
    "[core]\n\tbare = true\r\tfsmonitor = id\n",
    "[core]\n\tbare = true\0\n",
    "[core]\n\tbare = true\v\n",
    "\ufeff[core]\n\tbare = true\n",
    "bare = true\n",
    "[core\n]\nbare = true\n",
    "[core]\n= true\n",
    `[core]\n${"x".repeat(81)} = true\n`,
    `[${"x".repeat(81)}]\n`,
  ])("is refused, as it may have another meaning for git: %j", (text) => {
    expect(findRefusedSetting(text)).toMatch(/^line \d is not in the simple form/);
  });
});
