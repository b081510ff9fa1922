import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadCluster } from "./kubeconfig.ts";

let dir: string;
let now = 0;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "kubeconfig-"));
});
afterAll(async () => {
  await rm(dir, { recursive: true });
});

async function load(user: object, cluster: object = {}, context?: string) {
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
  return loadCluster({ kubeconfig: file, now: () => now, ...(context === undefined ? {} : { context }) });
}

describe("kube/config", () => {
  it("gives the server, the namespace and the headers of a context", async () => {
    const cluster = await load({ token: "t0ken" });
    expect(cluster.server.href).toBe("https://example.test:6443/base");
    expect(cluster.namespace).toBe("team");
    expect(await cluster.authHeaders()).toEqual({ authorization: "Bearer t0ken" });
  });

  it("gives certificates and the server's name for TLS", async () => {
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

  it("reads a token file again after a 401, without its newline, but not at every 401", async () => {
    const tokenFile = join(dir, "token");
    await writeFile(tokenFile, "first\n");
    const cluster = await load({ "auth-provider": { name: "tokenFile", config: { tokenFile } } });
    expect(await cluster.authHeaders()).toEqual({ authorization: "Bearer first" });
    await writeFile(tokenFile, "second\n");
    expect(await cluster.authHeaders()).toEqual({ authorization: "Bearer first" });
    expect(cluster.refresh()).toBe(true);
    expect(await cluster.authHeaders()).toEqual({ authorization: "Bearer second" });
    expect(cluster.refresh()).toBe(false);
    now += 10_000;
    expect(cluster.refresh()).toBe(true);
  });

  it("asks an exec plugin", async () => {
    const credential = {
      apiVersion: "client.authentication.k8s.io/v1",
      kind: "ExecCredential",
      status: { token: "made" },
    };
    const exec = { apiVersion: credential.apiVersion, command: "printf", args: ["%s", JSON.stringify(credential)] };
    const cluster = await load({ exec });
    expect(await cluster.authHeaders()).toEqual({ authorization: "Bearer made" });
  });

  it("asks again after an exec plugin failed", async () => {
    const cluster = await load({ exec: { command: "false" } });
    await expect(cluster.authHeaders()).rejects.toThrow();
    await expect(cluster.authHeaders()).rejects.toThrow();
  });

  it("refuses what it cannot do safely", async () => {
    await expect(load({}, { server: "http://example.test" })).rejects.toThrow("insecure-skip-tls-verify");
    await expect(load({}, { "proxy-url": "http://proxy" })).rejects.toThrow("proxy-url");
    await expect(load({}, {}, "two")).rejects.toThrow('no cluster for the context "two"');
    await expect(load({}, {}, "three")).rejects.toThrow('no cluster for the context "three"');
  });
});
