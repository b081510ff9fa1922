import { describe, expect, it } from "vitest";
import { ConfigError, readConfig } from "./config.ts";

describe("readConfig", () => {
  it("has a default for everything", () => {
    const { identity, ...config } = readConfig({});
    expect(config).toEqual({
      watchNamespaces: [],
      namespace: "pkgserver-system",
      signingSecret: "pkgserver-signing-key",
      dataDir: "/var/lib/pkgserver",
      listen: { host: "0.0.0.0", port: 8081 },
      logLevel: "info",
      allowedTransports: new Set(["https", "ssh"]),
      contentsBudget: 64 * 1024 ** 2,
      maxSecretValue: 64 * 1024,
      limits: { revisions: 5000, repositories: 200, crashes: 3 },
      leaseDurationMs: 15_000,
      objectsIntervalMs: 30_000,
      gitTimeouts: { listMs: 60_000, fetchMs: 600_000, pushMs: 120_000 },
      gitLimits: {
        refs: 50_000,
        refsBytes: 16 * 1024 ** 2,
        mirrorBytes: 2 * 1024 ** 3,
        namespaceBytes: 8 * 1024 ** 3,
        totalMemoryBytes: 256 * 1024 ** 2,
      },
      gitEnvironment: {},
    });
    expect(identity).toBe(`local_${process.pid}`);
  });

  it("takes empty variables for absent ones", () => {
    const names = ["NAMESPACE", "WATCH_NAMESPACES", "DATA_DIR", "LISTEN", "LOG_LEVEL", "ALLOWED_TRANSPORTS"];
    const more = [
      "SIGNING_SECRET",
      "CONTENTS_BUDGET",
      "MAX_SECRET_VALUE",
      "LEASE_DURATION",
      "OBJECTS_INTERVAL",
      "GIT_LIST_TIMEOUT",
      "GIT_FETCH_TIMEOUT",
      "GIT_PUSH_TIMEOUT",
      "LIMIT_REVISIONS",
      "LIMIT_REPOSITORIES",
      "LIMIT_CRASHES",
      "FUNCTIONS",
      "GIT_LIMIT_REFS",
      "GIT_LIMIT_REFS_SIZE",
      "GIT_LIMIT_MIRROR_SIZE",
      "GIT_LIMIT_NAMESPACE_SIZE",
      "GIT_LIMIT_MEMORY",
    ];
    const env = Object.fromEntries([...names, ...more].map((name) => [`PKGSERVER_${name}`, ""]));
    expect(readConfig({ ...env, HOSTNAME: "", PATH: "" })).toEqual(readConfig({}));
  });

  it("reads namespaces, directory and level", () => {
    const env = {
      PKGSERVER_WATCH_NAMESPACES: " team-a, team-b,,",
      PKGSERVER_NAMESPACE: "platform",
      PKGSERVER_DATA_DIR: "/data",
      PKGSERVER_FUNCTIONS: "/etc/pkgserver/functions.yaml",
      PKGSERVER_LOG_LEVEL: "debug",
    };
    expect(readConfig(env)).toMatchObject({
      watchNamespaces: ["team-a", "team-b"],
      namespace: "platform",
      dataDir: "/data",
      functionsFile: "/etc/pkgserver/functions.yaml",
      logLevel: "debug",
    });
  });

  it.for(["Key", "a/b", "-a", "a".repeat(254)])("refuses %j as the name of the signing Secret", (name) => {
    expect(() => readConfig({ PKGSERVER_SIGNING_SECRET: name })).toThrow(ConfigError);
    expect(readConfig({ PKGSERVER_SIGNING_SECRET: "our.key-1" }).signingSecret).toBe("our.key-1");
  });

  it("makes the identity of a replica from its host and process: a restarted container is another replica", () => {
    expect(readConfig({ HOSTNAME: "pkgserver-7d9f" }).identity).toBe(`pkgserver-7d9f_${process.pid}`);
  });

  it("passes PATH and proxies to git, and no other variable", () => {
    const forGit = {
      PATH: "/usr/bin",
      HTTPS_PROXY: "http://proxy:1",
      https_proxy: "http://proxy:2",
      HTTP_PROXY: "http://proxy:3",
      http_proxy: "http://proxy:4",
      NO_PROXY: "a",
      no_proxy: "b",
    };
    const others = {
      HOME: "/root",
      GIT_SSH_COMMAND: "sh -c evil",
      GIT_CONFIG_GLOBAL: "/root/.gitconfig",
      GIT_TRACE: "1",
      SSH_AUTH_SOCK: "/tmp/agent",
      ALL_PROXY: "http://proxy:5",
      LD_PRELOAD: "evil.so",
    };
    expect(readConfig({ ...forGit, ...others }).gitEnvironment).toEqual(forGit);
  });

  it.each(["*", "simple-git", "simple-git:*", "a,simple-git", "a *"])(
    "refuses DEBUG=%s, with which simple-git would print passwords",
    (debug) => {
      expect(() => readConfig({ DEBUG: debug })).toThrow(ConfigError);
      expect(() => readConfig({ DEBUG: debug })).toThrow("simple-git would print passwords");
    },
  );

  it("accepts DEBUG for other programs", () => {
    expect(() => readConfig({ DEBUG: "express,not-simple-git" })).not.toThrow();
  });
});

describe("PKGSERVER_LISTEN", () => {
  it.each([
    ["127.0.0.1:9090", { host: "127.0.0.1", port: 9090 }],
    [":9090", { host: "0.0.0.0", port: 9090 }],
    ["[::1]:9090", { host: "::1", port: 9090 }],
    ["localhost:65535", { host: "localhost", port: 65_535 }],
  ])("reads %s", (text, listen) => {
    expect(readConfig({ PKGSERVER_LISTEN: text }).listen).toEqual(listen);
  });

  it.each(["8081", "host:", "host:http", "host:65536", "host:123456", "[]:80", "[::1:80", "::1]:80"])(
    "refuses %s",
    (text) => {
      expect(() => readConfig({ PKGSERVER_LISTEN: text })).toThrow(
        `PKGSERVER_LISTEN is ${text}: host:port is expected, such as 0.0.0.0:8081`,
      );
    },
  );
});

describe("PKGSERVER_ALLOWED_TRANSPORTS", () => {
  it("adds to https and ssh", () => {
    const read = (text: string) => readConfig({ PKGSERVER_ALLOWED_TRANSPORTS: text }).allowedTransports;
    expect(read("http")).toEqual(new Set(["https", "ssh", "http"]));
    expect(read("file, http")).toEqual(new Set(["https", "ssh", "file", "http"]));
    expect(read("https")).toEqual(new Set(["https", "ssh"]));
  });

  it.each(["ext", "git", "fd", "http;file", "HTTP"])("refuses %s", (text) => {
    expect(() => readConfig({ PKGSERVER_ALLOWED_TRANSPORTS: text })).toThrow(
      `PKGSERVER_ALLOWED_TRANSPORTS is ${text}: one of https, ssh, http, file is expected`,
    );
  });
});

describe("PKGSERVER_LOG_LEVEL", () => {
  it("refuses a level that does not exist", () => {
    expect(() => readConfig({ PKGSERVER_LOG_LEVEL: "loud" })).toThrow(
      "PKGSERVER_LOG_LEVEL is loud: one of debug, info, warn, error is expected",
    );
  });
});

describe("PKGSERVER_CONTENTS_BUDGET", () => {
  it.each([
    [undefined, 64 * 1024 ** 2],
    ["0", 0],
    ["1000", 1000],
    ["20Ki", 20 * 1024],
    ["2Gi", 2 * 1024 ** 3],
  ])("reads %s", (text, bytes) => {
    expect(readConfig({ PKGSERVER_CONTENTS_BUDGET: text }).contentsBudget).toBe(bytes);
  });

  it.each(["-1", "64M", "1.5Gi", "much", "64 Mi"])("refuses %s", (text) => {
    expect(() => readConfig({ PKGSERVER_CONTENTS_BUDGET: text })).toThrow(
      `PKGSERVER_CONTENTS_BUDGET is ${text}: bytes are expected, such as 64Mi`,
    );
  });
});

describe("PKGSERVER_MAX_SECRET_VALUE", () => {
  it("is read in bytes", () => {
    expect(readConfig({ PKGSERVER_MAX_SECRET_VALUE: "100Ki" }).maxSecretValue).toBe(102_400);
    expect(() => readConfig({ PKGSERVER_MAX_SECRET_VALUE: "64kB" })).toThrow(
      "PKGSERVER_MAX_SECRET_VALUE is 64kB: bytes are expected, such as 64Mi",
    );
  });
});

describe("PKGSERVER_LEASE_DURATION", () => {
  it.each([
    ["2s", 2_000],
    ["1m30s", 90_000],
    ["10m", 600_000],
  ])("reads %s", (text, ms) => {
    expect(readConfig({ PKGSERVER_LEASE_DURATION: text }).leaseDurationMs).toBe(ms);
  });

  it.each(["15", "1s", "500ms", "1.5s", "11m", "soon"])("refuses %s", (text) => {
    expect(() => readConfig({ PKGSERVER_LEASE_DURATION: text })).toThrow(
      `PKGSERVER_LEASE_DURATION is ${text}: whole seconds from 2s to 10m are expected, such as 15s`,
    );
  });
});

describe("PKGSERVER_OBJECTS_INTERVAL", () => {
  it("is a duration", () => {
    expect(readConfig({ PKGSERVER_OBJECTS_INTERVAL: "2m" }).objectsIntervalMs).toBe(120_000);
  });

  it.each(["0s", "999ms", "25h", "soon"])("is refused as %s", (text) => {
    expect(() => readConfig({ PKGSERVER_OBJECTS_INTERVAL: text })).toThrow(
      `PKGSERVER_OBJECTS_INTERVAL is ${text}: a duration from 1s to 24h is expected`,
    );
  });
});

describe("time limits for Git servers", () => {
  it("are read for lists, fetches and pushes", () => {
    const env = {
      PKGSERVER_GIT_LIST_TIMEOUT: "5s",
      PKGSERVER_GIT_FETCH_TIMEOUT: "1h",
      PKGSERVER_GIT_PUSH_TIMEOUT: "1m30s",
    };
    expect(readConfig(env).gitTimeouts).toEqual({ listMs: 5_000, fetchMs: 3_600_000, pushMs: 90_000 });
  });

  it.each(["0s", "999ms", "25h", "60", "soon", "-5s"])("are refused as %s", (text) => {
    for (const name of ["LIST", "FETCH", "PUSH"]) {
      const variable = `PKGSERVER_GIT_${name}_TIMEOUT`;
      expect(() => readConfig({ [variable]: text })).toThrow(
        `${variable} is ${text}: a duration from 1s to 24h is expected, such as 2m or 90s`,
      );
    }
  });
});

describe("limits of what git may use", () => {
  it("are read as a number of refs, and as bytes", () => {
    const env = {
      PKGSERVER_GIT_LIMIT_REFS: "1000",
      PKGSERVER_GIT_LIMIT_REFS_SIZE: "1Mi",
      PKGSERVER_GIT_LIMIT_MIRROR_SIZE: "3Gi",
      PKGSERVER_GIT_LIMIT_NAMESPACE_SIZE: "4Gi",
      PKGSERVER_GIT_LIMIT_MEMORY: "5Mi",
    };
    expect(readConfig(env).gitLimits).toEqual({
      refs: 1000,
      refsBytes: 1024 ** 2,
      mirrorBytes: 3 * 1024 ** 3,
      namespaceBytes: 4 * 1024 ** 3,
      totalMemoryBytes: 5 * 1024 ** 2,
    });
  });

  it.each(["0", "-1", "1000001", "many", "5e4", "50 000"])("are refused as %s refs", (text) => {
    expect(() => readConfig({ PKGSERVER_GIT_LIMIT_REFS: text })).toThrow(
      `PKGSERVER_GIT_LIMIT_REFS is ${text}: a number from 1 to 1000000 is expected, such as 50000`,
    );
  });

  it.each(["REFS_SIZE", "MIRROR_SIZE", "NAMESPACE_SIZE", "MEMORY"])("are refused as no bytes: %s", (name) => {
    const variable = `PKGSERVER_GIT_LIMIT_${name}`;
    expect(() => readConfig({ [variable]: "much" })).toThrow(`${variable} is much: bytes are expected`);
  });
});

describe("limits of objects", () => {
  it("are read as numbers", () => {
    const env = {
      PKGSERVER_LIMIT_REVISIONS: "12000",
      PKGSERVER_LIMIT_REPOSITORIES: "3",
      PKGSERVER_LIMIT_CRASHES: "0",
    };
    expect(readConfig(env).limits).toEqual({ revisions: 12_000, repositories: 3, crashes: 0 });
    expect(readConfig({ PKGSERVER_LIMIT_CRASHES: "7" }).limits.crashes).toBe(7);
    expect(() => readConfig({ PKGSERVER_LIMIT_REPOSITORIES: "none" })).toThrow(
      "PKGSERVER_LIMIT_REPOSITORIES is none: a number from 1 to 1000000 is expected",
    );
  });
});
