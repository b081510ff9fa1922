import { execFile, execFileSync } from "node:child_process";
import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { createServer, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect } from "vitest";
import type { GitError } from "../errors.ts";
import type { RemoteAccess } from "../exec/remote-access.ts";
import { generatePrivateKey } from "../signing/private-key.ts";
import { it as base, MAIN } from "../testing/fixtures.ts";
import { testSettings } from "../testing/repositories.ts";

const run = promisify(execFile);
const password = "s3cret-pass";
const authorization = `Basic ${Buffer.from(`ann:${password}`).toString("base64")}`;
const credentials = { kind: "basic", username: "ann", password } as const;

const it = base
  /** The remote with a commit on main. */
  .extend("remote", async ({ repository }) => {
    await repository.commitFile(MAIN, "a", "1");
    return repository;
  })
  /** Starts a server on a free port of the loopback interface, and returns the port. */
  .extend("listen", ({ onTestFinished }) => async (server: Server): Promise<number> => {
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return (server.address() as AddressInfo).port;
  })
  /** The error of a fetch. */
  .extend("failure", ({ repository }) => async (remote: RemoteAccess, settings = testSettings): Promise<GitError> => {
    const mirror = repository.openMirror({ remote, settings });
    return await mirror
      .then((opened) => opened.fetch())
      .then(
        () => expect.unreachable("the fetch succeeded"),
        (error) => error,
      );
  });

describe("access over HTTP", () => {
  it("sends a password with every request, the first one included", async ({ remote, serve }) => {
    const server = await serve({ authorization });
    const mirror = await remote.openMirror({ remote: { url: `${server.url}/remote.git`, credentials } });
    await mirror.fetch();
    expect(mirror.refs().has(MAIN)).toBe(true);
    expect(new Set(server.requests.map((request) => request.authorization))).toEqual(new Set([authorization]));
  });

  it("sends a token without the line break after it", async ({ remote, serve }) => {
    const server = await serve({ authorization: "Bearer t0ken" });
    const mirror = await remote.openMirror({
      remote: { url: `${server.url}/remote.git`, credentials: { kind: "bearer", token: "t0ken\n" } },
    });
    expect(await mirror.fetch()).toHaveLength(1);
  });

  it("uses new credentials once they are set", async ({ remote, serve }) => {
    const server = await serve({ authorization });
    const url = `${server.url}/remote.git`;
    const mirror = await remote.openMirror({ remote: { url } });
    await expect(mirror.fetch()).rejects.toMatchObject({ reason: "AuthenticationFailed" });
    await mirror.setRemote({ url, credentials });
    expect(await mirror.fetch()).toHaveLength(1);
  });

  it("reports a wrong password without quoting it", async ({ failure, serve }) => {
    const server = await serve({ authorization });
    const wrong = "wr0ng-pass";
    const error = await failure({
      url: `${server.url}/remote.git`,
      credentials: { kind: "basic", username: "ann", password: wrong },
    });
    expect(error).toMatchObject({ reason: "AuthenticationFailed", retryable: false });
    expect(JSON.stringify([error.message, error.stack])).not.toContain(wrong);
  });

  it("hides a password that the remote sends back", async ({ failure, serve }) => {
    const server = await serve({
      intercept: (request, response) => {
        const packet = `ERR you sent ${request.headers.authorization}`;
        response.setHeader("Content-Type", "application/x-git-upload-pack-advertisement");
        response.end(
          `001e# service=git-upload-pack\n0000${(packet.length + 4).toString(16).padStart(4, "0")}${packet}`,
        );
        return true;
      },
    });
    const error = await failure({ url: `${server.url}/remote.git`, credentials });
    expect(error.message).toContain("you sent Basic …");
  });

  it("does not follow a redirect, so that another server never receives the password", async ({ failure, serve }) => {
    const target = await serve();
    const location = `${target.url}/remote.git/info/refs?service=git-upload-pack`;
    const server = await serve({ intercept: (_, response) => answer(response, 302, { location }) });
    expect(await failure({ url: `${server.url}/remote.git` })).toMatchObject({ reason: "RedirectRefused" });
    expect(target.requests).toEqual([]);
  });

  it("refuses an unknown certificate, and accepts the given one", async ({ repository, failure, listen }) => {
    const [key, certificate] = [`${repository.folder}/tls.key`, `${repository.folder}/tls.crt`];
    const request = [
      "req",
      "-x509",
      "-newkey",
      "rsa:2048",
      "-nodes",
      "-days",
      "2",
      "-keyout",
      key,
      "-out",
      certificate,
    ];
    await run("openssl", [...request, "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"]);
    const tls = { key: await readFile(key), cert: await readFile(certificate) };
    const port = await listen(createTlsServer(tls, (_, response) => response.writeHead(404).end()));
    const url = `https://127.0.0.1:${port}/remote.git`;
    expect(await failure({ url })).toMatchObject({ reason: "TLSFailed", retryable: false });
    // After the handshake comes the server's own answer.
    expect(await failure({ url, caCertificate: String(tls.cert) })).toMatchObject({ reason: "RepositoryNotFound" });
  });

  it.for([
    [{ kind: "basic", username: "a:b", password }, "https://git.invalid/a"],
    [{ kind: "bearer", token: "a\r\nX: y" }, "https://git.invalid/a"],
    [{ kind: "bearer", token: "" }, "https://git.invalid/a"],
    [{ kind: "basic", username: "a", password }, "ssh://git.invalid/a"],
  ] as const)("refuses credentials that cannot be sent: %j", async ([unusable, url], { failure }) => {
    expect(await failure({ url, credentials: unusable })).toMatchObject({ reason: "InvalidCredentials" });
  });
});

describe("access over ssh", () => {
  it("starts ssh with the key and the known hosts of the Secret", async ({ repository, failure }) => {
    const bin = join(repository.folder, "bin");
    await mkdir(bin);
    await writeFile(
      join(bin, "ssh"),
      `#!/bin/sh\nprintf '%s\\n' "$@" > "${repository.folder}/ssh-arguments"\nexit 1\n`,
    );
    await chmod(join(bin, "ssh"), 0o755);
    const settings = { ...testSettings, ambient: { PATH: `${bin}:${testSettings.ambient.PATH}` } };
    const ssh = { kind: "ssh", privateKey: generatePrivateKey(), knownHosts: "hosts" } as const;
    await failure({ url: "ssh://git@git.invalid:2222/a", credentials: ssh }, settings);
    const words = (await readFile(join(repository.folder, "ssh-arguments"), "utf8")).split("\n");
    const folder = join(repository.folder, "mirror.git.access");
    expect(words.slice(0, 4)).toEqual(["-F", "/dev/null", "-i", `${folder}/id`]);
    expect(words).toContain("StrictHostKeyChecking=yes");
    expect(words).toContain(`UserKnownHostsFile="${folder}/known_hosts"`);
    expect(words).toContain("git@git.invalid");
  });
});

describe("a fetch that fails", () => {
  it("reports a repository that does not exist", async ({ repository, failure, serve }) => {
    const server = await serve();
    expect(await failure({ url: `${server.url}/other.git` })).toMatchObject({ reason: "RepositoryNotFound" });
    expect(await failure({ url: `${repository.folder}/other.git` })).toMatchObject({ reason: "RepositoryNotFound" });
  });

  it("reports an unknown host and a closed port, both retryable", async ({ failure, serve }) => {
    expect(await failure({ url: "https://git.invalid/a" })).toMatchObject({ reason: "HostNotFound", retryable: true });
    const server = await serve();
    await server.close();
    expect(await failure({ url: `${server.url}/remote.git` })).toMatchObject({
      reason: "ConnectionFailed",
      retryable: true,
    });
  });

  it("reports a server error as a failed connection", async ({ failure, serve }) => {
    const server = await serve({ intercept: (_, response) => answer(response, 503) });
    expect(await failure({ url: `${server.url}/remote.git` })).toMatchObject({ reason: "ConnectionFailed" });
  });

  it("reports a transport that is not allowed, and git itself refuses it as well", async ({ repository, failure }) => {
    const settings = { ...testSettings, transports: new Set(["https", "ssh"] as const) };
    expect(await failure({ url: repository.bare }, settings)).toMatchObject({ reason: "TransportNotAllowed" });
    const mirror = await repository.openMirror({ remote: { url: "https://git.invalid/a" }, settings });
    for (const [url, transport] of [
      [repository.bare, "file"],
      ["http://127.0.0.1:1/a", "http"],
      [`ext::sh -c touch% ${repository.folder}/executed`, "ext"],
    ] as const) {
      const result = await mirror.repository.runRemote(["ls-remote", url], 10_000);
      expect(result.stderr).toContain(`transport '${transport}' not allowed`);
    }
  });

  it("ends at its time limit with all its children, whose arguments contain no secret", async ({ failure, listen }) => {
    const requested = Promise.withResolvers<void>();
    const port = await listen(createServer(() => requested.resolve()));
    const url = `http://127.0.0.1:${port}/remote.git`;
    const limits = { ...testSettings.limits, listMs: 1500, fetchMs: 1500 };
    const fetching = failure({ url, credentials }, { ...testSettings, limits });
    await requested.promise;
    const lines = await commandLines(url);
    expect(lines.some((line) => line.includes("remote-http"))).toBe(true);
    expect(lines.filter((line) => line.includes(password) || line.includes(authorization.slice(6)))).toEqual([]);
    expect(await fetching).toMatchObject({ reason: "Timeout", retryable: true });
    await expect.poll(() => commandLines(url)).toEqual([]);
  });

  it("ends with all its children when the mirror is closed", async ({ repository, listen }) => {
    const requested = Promise.withResolvers<void>();
    const port = await listen(createServer(() => requested.resolve()));
    const url = `http://127.0.0.1:${port}/remote.git`;
    const mirror = await repository.openMirror({ remote: { url } });
    const fetching = mirror.fetch().catch((error) => error);
    await requested.promise;
    await mirror.close();
    expect(await fetching).toMatchObject({ reason: "Closed" });
    await expect.poll(() => commandLines(url)).toEqual([]);
  });
});

function answer(response: ServerResponse, status: number, headers: Record<string, string> = {}): true {
  response.writeHead(status, headers).end();
  return true;
}

/** The command lines of the other processes whose environment contains the URL. */
async function commandLines(url: string): Promise<readonly string[]> {
  const found = execFileSync("sh", ["-c", 'grep -lsa -- "$0" /proc/[0-9]*/environ || true', url]).toString();
  const paths = found.split("\n").filter((path) => path !== "" && !path.startsWith(`/proc/${process.pid}/`));
  const lines = await Promise.all(
    paths.map(async (path) => await readFile(path.replace("environ", "cmdline"), "utf8").catch(() => "")),
  );
  return lines.map((line) => line.replaceAll("\0", " ")).filter((line) => line !== "" && !line.startsWith("grep"));
}
