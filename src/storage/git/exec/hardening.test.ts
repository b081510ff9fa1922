import { describe, expect, it } from "vitest";
import { testSigning } from "../testing/signing.ts";
import { type Environment, type GitSettings, gitEnvironment, localRemoteConfig, remoteConfig } from "./environment.ts";
import { DEFAULT_LIMITS } from "./limits.ts";

const settings: GitSettings = {
  ambient: { PATH: "/usr/bin", HTTPS_PROXY: "http://proxy:3128" },
  transports: new Set(["https", "ssh"]),
  limits: DEFAULT_LIMITS,
  signing: testSigning,
  dataDir: "/nowhere",
};

// Written out on purpose: a setting that is dropped or changed must be changed here as well.
const hardening: Readonly<Record<string, string>> = {
  "core.askPass": "",
  "core.attributesFile": "/dev/null",
  "core.bigFileThreshold": "16m",
  "core.deltaBaseCacheLimit": "16m",
  "core.fsmonitor": "false",
  "core.fsync": "none",
  "core.hooksPath": "/dev/null",
  "core.packedGitLimit": "64m",
  "core.packedGitWindowSize": "4m",
  "core.protectHFS": "true",
  "core.protectNTFS": "true",
  "core.warnAmbiguousRefs": "false",
  "credential.helper": "",
  "fetch.fsck.badTimezone": "ignore",
  "fetch.fsck.missingSpaceBeforeDate": "ignore",
  "fetch.fsck.zeroPaddedFilemode": "ignore",
  "fetch.fsckObjects": "true",
  "fetch.recurseSubmodules": "false",
  "fetch.showForcedUpdates": "false",
  "fetch.unpackLimit": "1",
  "fetch.writeCommitGraph": "false",
  "gc.auto": "0",
  "http.followRedirects": "false",
  "http.sslVerify": "true",
  "init.templateDir": "",
  "maintenance.auto": "false",
  "pack.deltaCacheSize": "16m",
  "pack.threads": "1",
  "pack.windowMemory": "16m",
  "push.gpgSign": "false",
  "push.negotiate": "false",
  "push.recurseSubmodules": "no",
  "receive.fsckObjects": "true",
  "safe.bareRepository": "explicit",
  "submodule.recurse": "false",
  "transfer.bundleURI": "false",
  "transfer.fsckObjects": "true",
};

/** The configuration in `GIT_CONFIG_…` variables as pairs, in order, and the other variables. */
function split(env: Environment): { readonly pairs: readonly (readonly string[])[]; readonly rest: Environment } {
  const indexes = Array.from({ length: Number(env.GIT_CONFIG_COUNT) }, (_, index) => index);
  const pairs = indexes.map((index) => [`GIT_CONFIG_KEY_${index}`, `GIT_CONFIG_VALUE_${index}`]);
  const names = new Set(["GIT_CONFIG_COUNT", ...pairs.flat()]);
  return {
    pairs: pairs.map((pair) => pair.map((name) => env[name] ?? "")),
    rest: Object.fromEntries(Object.entries(env).filter(([name]) => !names.has(name))),
  };
}

describe("gitEnvironment", () => {
  it("sets exactly the configuration in the table of this test", () => {
    const { pairs } = split(gitEnvironment(settings, "/data/x.git", "/data/home"));
    expect(pairs).toHaveLength(Object.keys(hardening).length);
    expect(Object.fromEntries(pairs)).toEqual(hardening);
  });

  it("sets exactly these variables, and inherits those of the settings alone", () => {
    expect(split(gitEnvironment(settings, "/data/x.git", "/data/home")).rest).toEqual({
      PATH: "/usr/bin",
      HTTPS_PROXY: "http://proxy:3128",
      HOME: "/data/home",
      LC_ALL: "C",
      GIT_DIR: "/data/x.git",
      GIT_CONFIG_NOSYSTEM: "1",
      GIT_CONFIG_GLOBAL: "/dev/null",
      GIT_ATTR_NOSYSTEM: "1",
      GIT_NO_REPLACE_OBJECTS: "1",
      GIT_OPTIONAL_LOCKS: "0",
      GIT_TERMINAL_PROMPT: "0",
      GIT_ALLOW_PROTOCOL: "https:ssh",
    });
  });

  it("adds the configuration and variables of a remote", () => {
    const config = [["http.https://git.example.com/.extraHeader", "Authorization: Bearer t"]] as const;
    const { pairs, rest } = split(gitEnvironment(settings, "/x", "/h", config, { GIT_SSH_VARIANT: "ssh" }));
    expect(pairs.slice(-1)).toEqual(config);
    expect(rest).toMatchObject({ GIT_SSH_VARIANT: "ssh", GIT_DIR: "/x" });
  });
});

describe("remoteConfig", () => {
  it("fetches no tags that are not named", () => {
    expect(remoteConfig("https://git.example.com/p", settings.transports)).toEqual([
      ["remote.origin.url", "https://git.example.com/p"],
      ["remote.origin.tagOpt", "--no-tags"],
    ]);
  });

  it.each([
    ["http://git.example.com/p", "TransportNotAllowed"],
    ["file:///srv/p.git", "TransportNotAllowed"],
    ["ext::sh -c evil", "InvalidURL"],
    ["--upload-pack=evil", "InvalidURL"],
    ["https://ann:secret@git.example.com/p", "InvalidURL"],
  ])("refuses %s", (url, reason) => {
    expect(() => remoteConfig(url, settings.transports)).toThrow(expect.objectContaining({ reason }));
  });
});

describe("localRemoteConfig", () => {
  const origin = [
    ["remote.origin.url", "/srv/p.git"],
    ["remote.origin.tagOpt", "--no-tags"],
  ];

  it("has git's server side run nothing that the repository names, and read no pack elsewhere", () => {
    const git =
      "git -c core.hooksPath=/dev/null -c core.fsmonitor=false -c core.alternateRefsCommand=true " +
      "-c core.multiPackIndex=false -c receive.denyCurrentBranch=refuse -c gc.auto=0 -c maintenance.auto=false";
    expect(localRemoteConfig("/srv/p.git", false)).toEqual([
      ...origin,
      ["remote.origin.uploadpack", `${git} upload-pack`],
      ["remote.origin.receivepack", `${git} receive-pack`],
    ]);
  });

  it("leaves a test's repository its hooks", () => {
    expect(localRemoteConfig("/srv/p.git", true)).toEqual(origin);
  });
});

describe("DEFAULT_LIMITS", () => {
  it("end a command that hangs within minutes, and bound memory and disk", () => {
    expect(DEFAULT_LIMITS).toEqual({
      listMs: 60_000,
      fetchMs: 600_000,
      pushMs: 120_000,
      localMs: 120_000,
      isolateMs: 60_000,
      memoryBytes: 256 * 1024 ** 2,
      fileBytes: 4 * 1024 ** 3,
      refs: 50_000,
      refsBytes: 16 * 1024 ** 2,
      mirrorBytes: 2 * 1024 ** 3,
      namespaceBytes: 8 * 1024 ** 3,
      totalMemoryBytes: 256 * 1024 ** 2,
    });
  });
});
