import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { it as base, describe, expect } from "vitest";
import { type Impersonation, loadCluster } from "./kubeconfig.ts";

const it = base
  .extend("dir", async ({}, { onCleanup }) => {
    const dir = await mkdtemp(join(tmpdir(), "kubeconfig-"));
    onCleanup(async () => await rm(dir, { recursive: true }));
    return dir;
  })
  .extend("time", () => ({ now: 0 }))
  /** Loads the cluster of a kubeconfig with this user. */
  .extend("load", ({ dir, time }) => async (user: object, cluster: object = {}, context?: string) => {
    const file = join(dir, "config");
    const config = {
      "current-context": "one",
      contexts: [
        { name: "one", context: { cluster: "c", user: "u", namespace: "team" } },
        { name: "two", context: { cluster: "missing", user: "u" } },
      ],
      clusters: [{ name: "c", cluster: { server: "https://example.test:6443/base/", ...cluster } }],
      users: [{ name: "u", user }],
    };
    await writeFile(file, JSON.stringify(config));
    return loadCluster({ kubeconfig: file, now: () => time.now, ...(context !== undefined && { context }) });
  });

const CREDENTIAL = {
  apiVersion: "client.authentication.k8s.io/v1",
  kind: "ExecCredential",
  status: { token: "made" },
};

describe("loadCluster", () => {
  it("returns the server, the namespace and the headers of a context", async ({ load }) => {
    const cluster = await load({ token: "t0ken" });
    expect(cluster.server.href).toBe("https://example.test:6443/base");
    expect(cluster.namespace).toBe("team");
    expect(await cluster.authHeaders()).toEqual({ authorization: "Bearer t0ken" });
  });

  it("returns certificates and the server name for TLS", async ({ load }) => {
    const data = (text: string) => Buffer.from(text).toString("base64");
    const cluster = await load(
      { "client-certificate-data": data("CERT"), "client-key-data": data("KEY") },
      { "certificate-authority-data": data("CA"), "tls-server-name": "kubernetes" },
    );
    const tls = await cluster.tls();
    expect(tls).toEqual({
      ca: Buffer.from("CA"),
      cert: Buffer.from("CERT"),
      key: Buffer.from("KEY"),
      servername: "kubernetes",
    });
    expect(await cluster.authHeaders()).toEqual({});
  });

  it("reads a token file again after a 401, but not after each 401, and trims its newline", async ({
    dir,
    load,
    time,
  }) => {
    const tokenFile = join(dir, "token");
    await writeFile(tokenFile, "first\n");
    const cluster = await load({ "auth-provider": { name: "tokenFile", config: { tokenFile } } });
    expect(await cluster.authHeaders()).toEqual({ authorization: "Bearer first" });
    await writeFile(tokenFile, "second\n");
    expect(await cluster.authHeaders()).toEqual({ authorization: "Bearer first" });
    expect(cluster.refresh()).toBe(true);
    expect(await cluster.authHeaders()).toEqual({ authorization: "Bearer second" });
    expect(cluster.refresh()).toBe(false);
    time.now += 9_999;
    expect(cluster.refresh()).toBe(false);
    time.now += 1;
    expect(cluster.refresh()).toBe(true);
  });

  it("uses the token of an exec plugin", async ({ load }) => {
    const { apiVersion } = CREDENTIAL;
    const exec = { apiVersion, command: "printf", args: ["%s", JSON.stringify(CREDENTIAL)] };
    const cluster = await load({ exec });
    expect(await cluster.authHeaders()).toEqual({ authorization: "Bearer made" });
  });

  it("runs an exec plugin again after it failed", async ({ dir, load }) => {
    const marker = join(dir, "ready");
    const script = `test -e ${marker} && printf '%s' '${JSON.stringify(CREDENTIAL)}'`;
    const cluster = await load({ exec: { ...CREDENTIAL, command: "sh", args: ["-c", script] } });
    await expect(cluster.authHeaders()).rejects.toThrow();
    await expect(cluster.authHeaders()).rejects.toThrow();
    await writeFile(marker, "");
    expect(await cluster.authHeaders()).toEqual({ authorization: "Bearer made" });
  });

  it("adds the headers of an impersonation", async ({ dir, load }) => {
    await load({ token: "t0ken" });
    const as = (impersonate: Impersonation) => loadCluster({ kubeconfig: join(dir, "config"), impersonate });
    expect(await as({ user: "bob", groups: ["a", "b"] }).authHeaders()).toEqual({
      authorization: "Bearer t0ken",
      "impersonate-user": "bob",
      "impersonate-group": ["a", "b"],
    });
    expect(await as({ user: "bob" }).authHeaders()).not.toHaveProperty("impersonate-group");
  });

  it("takes the proxy of the kubeconfig before that of the environment", async ({ dir, load }) => {
    expect((await load({}, { "proxy-url": "http://proxy:3128" })).proxy?.host).toBe("proxy:3128");
    const withEnv = () => loadCluster({ kubeconfig: join(dir, "config"), env: { HTTPS_PROXY: "other:1" } });
    expect(withEnv().proxy?.host).toBe("proxy:3128");
    expect((await load({})).proxy).toBeUndefined();
    expect(withEnv().proxy?.host).toBe("other:1");
  });

  it("says that a file is missing, and which", ({ dir }) => {
    const file = join(dir, "nothing");
    expect(() => loadCluster({ kubeconfig: file })).toThrow(`there is no kubeconfig ${JSON.stringify(file)}`);
  });

  it("rejects plain http, a proxy that is not understood and an unknown context", async ({ load }) => {
    await expect(load({}, { server: "http://example.test" })).rejects.toThrow("insecure-skip-tls-verify");
    await expect(load({}, { "proxy-url": "socks5://user:secret@proxy" })).rejects.toThrow(/^the proxy is no http/);
    await expect(load({}, {}, "two")).rejects.toThrow('"two" in the kubeconfig');
    await expect(load({}, {}, "three")).rejects.toThrow('"three" in the kubeconfig');
  });
});
