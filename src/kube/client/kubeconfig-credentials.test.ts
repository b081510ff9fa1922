import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadCluster } from "./kubeconfig.ts";

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "kubeconfig-credentials-"));
});
afterAll(async () => {
  await rm(dir, { recursive: true });
});

/** A cluster whose clock stands at `clock.now`. */
async function load(user: object, cluster: object = {}, clock = { now: 0 }) {
  const file = join(dir, "config");
  const config = {
    "current-context": "one",
    contexts: [
      { name: "one", context: { cluster: "c", user: "u" } },
      { name: "other", context: { cluster: "d", user: "u", namespace: "other" } },
    ],
    clusters: [
      { name: "c", cluster: { server: "https://example.test:6443", ...cluster } },
      { name: "d", cluster: { server: "https://other.test:6443" } },
    ],
    users: [{ name: "u", user }],
  };
  await writeFile(file, JSON.stringify(config));
  return { file, cluster: loadCluster({ kubeconfig: file, now: () => clock.now }) };
}

/** An exec plugin that appends a line to a file each time that it runs, and succeeds once `token` exists. */
function plugin(runs: string, token: string) {
  const credential = '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"%s"}}';
  const script = `echo run >> "${runs}"; printf '${credential}' "$(cat "${token}")" && test -s "${token}"`;
  return { exec: { apiVersion: "client.authentication.k8s.io/v1", command: "sh", args: ["-c", script] } };
}

describe("credentials of loadCluster", () => {
  it("are read again from files after ten seconds, so that rotated ones are used", async () => {
    const clock = { now: 0 };
    const certificate = join(dir, "client.crt");
    await writeFile(certificate, "OLD");
    const { cluster } = await load({ "client-certificate": certificate }, {}, clock);
    expect((await cluster.tls()).cert).toEqual(Buffer.from("OLD"));
    await writeFile(certificate, "NEW");
    clock.now = 9_999;
    expect((await cluster.tls()).cert).toEqual(Buffer.from("OLD"));
    clock.now = 10_000;
    expect((await cluster.tls()).cert).toEqual(Buffer.from("NEW"));
  });

  it("are requested again at once after an exec plugin failed", async () => {
    const [runs, token] = [join(dir, "runs"), join(dir, "token")];
    const { cluster } = await load(plugin(runs, token));
    await expect(cluster.authHeaders()).rejects.toThrow();
    await writeFile(token, "t0ken");
    expect(await cluster.authHeaders()).toEqual({ authorization: "Bearer t0ken" });
    expect((await readFile(runs, "utf8")).trim().split("\n")).toHaveLength(2);
  });

  it("are dropped by refresh, at most once in ten seconds", async () => {
    const clock = { now: 0 };
    const { file, cluster } = await load({ token: "first" }, {}, clock);
    expect(await cluster.authHeaders()).toEqual({ authorization: "Bearer first" });
    const replaceToken = async (token: string) =>
      writeFile(file, (await readFile(file, "utf8")).replace(/"token":"\w+"/, `"token":"${token}"`));
    await replaceToken("second");
    expect(cluster.refresh()).toBe(true);
    expect(await cluster.authHeaders()).toEqual({ authorization: "Bearer second" });
    await replaceToken("third");
    clock.now = 9_999;
    expect(cluster.refresh()).toBe(false);
    expect(await cluster.authHeaders()).toEqual({ authorization: "Bearer second" });
    clock.now = 10_000;
    expect(cluster.refresh()).toBe(true);
    expect(await cluster.authHeaders()).toEqual({ authorization: "Bearer third" });
  });

  it("contain user name and password as basic authentication", async () => {
    const { cluster } = await load({ username: "ann", password: "secret" });
    const encoded = Buffer.from("ann:secret").toString("base64");
    expect(await cluster.authHeaders()).toEqual({ authorization: `Basic ${encoded}` });
  });
});

describe("loadCluster and TLS", () => {
  it("verifies the API server's certificate, except with insecure-skip-tls-verify", async () => {
    expect((await (await load({})).cluster.tls()).rejectUnauthorized).not.toBe(false);
    const { cluster } = await load({}, { "insecure-skip-tls-verify": true });
    expect(await cluster.tls()).toMatchObject({ rejectUnauthorized: false });
  });

  it("refuses plain http, and other protocols even with insecure-skip-tls-verify", async () => {
    const refusal = "is not allowed without insecure-skip-tls-verify";
    await expect(load({}, { server: "http://example.test" })).rejects.toThrow(`http:// ${refusal}`);
    const insecure = { "insecure-skip-tls-verify": true };
    await expect(load({}, { server: "ftp://example.test", ...insecure })).rejects.toThrow(refusal);
    expect((await load({}, { server: "http://example.test", ...insecure })).cluster.server.protocol).toBe("http:");
  });
});

/** The token of a Pod: in a Pod there is always a cluster. */
const SERVICE_ACCOUNT_TOKEN = "/var/run/secrets/kubernetes.io/serviceaccount/token";

describe("loadCluster and contexts", () => {
  it("uses the context that is asked for", async () => {
    const { file } = await load({});
    const cluster = loadCluster({ kubeconfig: file, context: "other" });
    expect([cluster.server.hostname, cluster.namespace]).toEqual(["other.test", "other"]);
  });

  it.skipIf(existsSync(SERVICE_ACCOUNT_TOKEN))(
    "reports that neither a kubeconfig nor a service account exists",
    async () => {
      const before = { KUBECONFIG: process.env.KUBECONFIG, HOME: process.env.HOME };
      Object.assign(process.env, { HOME: dir });
      delete process.env.KUBECONFIG;
      try {
        expect(() => loadCluster()).toThrow("no cluster: there is no kubeconfig and no service account");
      } finally {
        for (const [name, value] of Object.entries(before)) {
          if (value === undefined) delete process.env[name];
          else process.env[name] = value;
        }
      }
    },
  );
});
