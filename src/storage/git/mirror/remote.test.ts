import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { GitError } from "../errors.ts";
import { checkRemoteUrl, type RemoteAccess } from "../exec/remote-access.ts";
import { type HttpBackend, type HttpBackendOptions, startHttpBackend } from "../testing/http-backend.ts";
import { TestRepository, testSettings } from "../testing/repositories.ts";

const password = "s3cret-pass";
const authorization = `Basic ${Buffer.from(`ann:${password}`).toString("base64")}`;

describe("checkRemoteUrl", () => {
  it.each([
    ["https://git.example.com/a/b.git", "https"],
    ["https://git.example.com:8443/a", "https"],
    ["ssh://git@git.example.com:22/a", "ssh"],
    ["git@git.example.com:a/b.git", "ssh"],
    ["http://git.example.com/a", "http"],
    ["file:///srv/git/a", "file"],
    ["/srv/git/a", "file"],
  ])("takes %s", (url, transport) => {
    expect(checkRemoteUrl(url, new Set(["https", "ssh", "http", "file"]))).toBe(transport);
  });

  it.each([
    ["", "InvalidURL"],
    ["--upload-pack=touch /tmp/x", "InvalidURL"],
    ["-x", "InvalidURL"],
    ["https://git.example.com/a\nb", "InvalidURL"],
    ["https://git.example.com/a b", "InvalidURL"],
    ["https://ann:secret@git.example.com/a", "InvalidURL"],
    ["https://ann@git.example.com/a", "InvalidURL"],
    ["ssh://ann:secret@git.example.com/a", "InvalidURL"],
    ["ssh://-oProxyCommand=x/a", "InvalidURL"],
    ["-oProxyCommand=x:a", "InvalidURL"],
    ["ext::sh -c x", "InvalidURL"],
    ["ext::sh", "TransportNotAllowed"],
    ["fd::17", "TransportNotAllowed"],
    ["git://git.example.com/a", "TransportNotAllowed"],
    ["ftp://git.example.com/a", "TransportNotAllowed"],
    ["http://git.example.com/a", "TransportNotAllowed"],
    ["file:///srv/git/a", "TransportNotAllowed"],
    ["/srv/git/a", "TransportNotAllowed"],
  ])("refuses %j", (url, reason) => {
    expect(() => checkRemoteUrl(url, new Set(["https", "ssh"]))).toThrowError(expect.objectContaining({ reason }));
  });
});

describe("access to a remote", () => {
  let repository: TestRepository;
  const servers: { close(): unknown }[] = [];

  beforeEach(async () => {
    repository = await TestRepository.create();
    await repository.commitFile("refs/heads/main", "a", "1");
  });
  afterEach(async () => {
    for (const server of servers.splice(0)) await server.close();
    await repository.close();
  });

  async function serve(options: Partial<HttpBackendOptions> = {}): Promise<HttpBackend> {
    const backend = await startHttpBackend({ root: repository.folder, ...options });
    servers.push(backend);
    return backend;
  }

  async function listen(server: Server): Promise<number> {
    servers.push({
      close: () => {
        server.closeAllConnections();
        server.close();
      },
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return (server.address() as AddressInfo).port;
  }

  async function failure(remote: RemoteAccess, settings = testSettings): Promise<GitError> {
    const fetching = repository.openMirror({ remote, settings }).then((mirror) => mirror.fetch());
    return await fetching.then(
      () => expect.unreachable("the fetch worked"),
      (error) => error,
    );
  }

  it("sends a password with the first request, and only to its origin", async () => {
    const server = await serve({ authorization });
    const mirror = await repository.openMirror({
      remote: { url: `${server.url}/remote.git`, credentials: { kind: "basic", username: "ann", password } },
    });
    await mirror.fetch();
    expect(mirror.refs().has("refs/heads/main")).toBe(true);
    expect(new Set(server.requests.map((request) => request.authorization))).toEqual(new Set([authorization]));
  });

  it("sends a token", async () => {
    const server = await serve({ authorization: "Bearer t0ken" });
    const mirror = await repository.openMirror({
      remote: { url: `${server.url}/remote.git`, credentials: { kind: "bearer", token: "t0ken\n" } },
    });
    expect(await mirror.fetch()).toHaveLength(1);
  });

  it("takes new credentials", async () => {
    const server = await serve({ authorization });
    const url = `${server.url}/remote.git`;
    const mirror = await repository.openMirror({ remote: { url } });
    await expect(mirror.fetch()).rejects.toMatchObject({ reason: "AuthenticationFailed" });
    await mirror.setRemote({ url, credentials: { kind: "basic", username: "ann", password } });
    expect(await mirror.fetch()).toHaveLength(1);
  });

  it("tells a wrong password, without saying it", async () => {
    const server = await serve({ authorization });
    const wrong = "wr0ng-pass";
    const error = await failure({
      url: `${server.url}/remote.git`,
      credentials: { kind: "basic", username: "ann", password: wrong },
    });
    expect(error).toMatchObject({ reason: "AuthenticationFailed", retryable: false });
    expect(JSON.stringify([error.message, error.stack])).not.toContain(wrong);
  });

  it("hides a password that the remote sends back", async () => {
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
    const error = await failure({
      url: `${server.url}/remote.git`,
      credentials: { kind: "basic", username: "ann", password },
    });
    expect(error.message).toContain("you sent Basic …");
  });

  it("tells a repository that is not there", async () => {
    const server = await serve();
    expect(await failure({ url: `${server.url}/other.git` })).toMatchObject({ reason: "RepositoryNotFound" });
    expect(await failure({ url: `${repository.folder}/other.git` })).toMatchObject({ reason: "RepositoryNotFound" });
  });

  it("tells an unknown host and a closed port", async () => {
    expect(await failure({ url: "https://git.invalid/a" })).toMatchObject({ reason: "HostNotFound", retryable: true });
    const server = await serve();
    await server.close();
    expect(await failure({ url: `${server.url}/remote.git` })).toMatchObject({
      reason: "ConnectionFailed",
      retryable: true,
    });
  });

  it("tells a server that fails", async () => {
    const server = await serve({ intercept: (_, response) => answer(response, 503) });
    expect(await failure({ url: `${server.url}/remote.git` })).toMatchObject({ reason: "ConnectionFailed" });
  });

  it("follows no redirect", async () => {
    const target = await serve();
    const location = `${target.url}/remote.git/info/refs?service=git-upload-pack`;
    const server = await serve({ intercept: (_, response) => answer(response, 302, { location }) });
    expect(await failure({ url: `${server.url}/remote.git` })).toMatchObject({ reason: "RedirectRefused" });
    expect(target.requests).toEqual([]);
  });

  it("refuses transports that are not allowed, also in git itself", async () => {
    const settings = { ...testSettings, transports: new Set(["https", "ssh"] as const) };
    expect(await failure({ url: repository.bare }, settings)).toMatchObject({ reason: "TransportNotAllowed" });
    const mirror = await repository.openMirror({ remote: { url: "https://git.invalid/a" }, settings });
    const result = await mirror.repository.runRemote(["ls-remote", repository.bare], 10_000);
    expect(result.stderr).toContain("transport 'file' not allowed");
  });

  it("refuses a certificate it does not know, and takes the one it is given", async () => {
    const [key, certificate] = [`${repository.folder}/tls.key`, `${repository.folder}/tls.crt`];
    const request = [
      "req",
      "-x509",
      "-newkey",
      "rsa:2048",
      "-nodes",
      "-keyout",
      key,
      "-out",
      certificate,
      "-days",
      "2",
    ];
    const names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"];
    execFileSync("openssl", [...request, ...names], { stdio: "ignore" });
    const tls = { key: readFileSync(key), cert: readFileSync(certificate) };
    const port = await listen(createTlsServer(tls, (_, response) => response.writeHead(404).end()));
    const url = `https://127.0.0.1:${port}/remote.git`;
    expect(await failure({ url })).toMatchObject({ reason: "TLSFailed", retryable: false });
    // Past the handshake: the server's own answer.
    expect(await failure({ url, caCertificate: String(tls.cert) })).toMatchObject({ reason: "RepositoryNotFound" });
  });

  it("ends a fetch that hangs, with all its children, whose arguments hold no secret", async () => {
    const lines: string[] = [];
    const asked = Promise.withResolvers<void>();
    const port = await listen(createServer(() => asked.resolve()));
    const url = `http://127.0.0.1:${port}/remote.git`;
    const fetching = failure(
      { url, credentials: { kind: "basic", username: "ann", password } },
      { ...testSettings, limits: { ...testSettings.limits, listMs: 1500, fetchMs: 1500 } },
    );
    await asked.promise;
    lines.push(...commandLines(url));
    expect(lines.some((line) => line.includes("remote-http"))).toBe(true);
    expect(lines.filter((line) => line.includes(password) || line.includes(authorization.slice(6)))).toEqual([]);
    expect(await fetching).toMatchObject({ reason: "Timeout", retryable: true });
    await expect.poll(() => commandLines(url)).toEqual([]);
  });

  it("ends a fetch that hangs when it is closed", async () => {
    const asked = Promise.withResolvers<void>();
    const port = await listen(createServer(() => asked.resolve()));
    const url = `http://127.0.0.1:${port}/remote.git`;
    const mirror = await repository.openMirror({ remote: { url } });
    const fetching = mirror.fetch().catch((error) => error);
    await asked.promise;
    await mirror.close();
    expect(await fetching).toMatchObject({ reason: "Closed" });
    await expect.poll(() => commandLines(url)).toEqual([]);
  });

  it.each([
    [{ kind: "basic", username: "a:b", password }, "https://git.invalid/a"],
    [{ kind: "bearer", token: "a\r\nX: y" }, "https://git.invalid/a"],
    [{ kind: "bearer", token: "" }, "https://git.invalid/a"],
    [{ kind: "basic", username: "a", password }, "ssh://git.invalid/a"],
  ] as const)("refuses credentials that cannot be sent: %j to %s", async (credentials, url) => {
    expect(await failure({ url, credentials })).toMatchObject({ reason: "InvalidCredentials" });
  });
});

function answer(response: ServerResponse, status: number, headers: Record<string, string> = {}): true {
  response.writeHead(status, headers).end();
  return true;
}

/** The command lines of processes whose environment or arguments name the URL, but for this one. */
function commandLines(url: string): string[] {
  const found = execFileSync("sh", ["-c", 'grep -lsa -- "$0" /proc/[0-9]*/environ || true', url]).toString();
  return found
    .split("\n")
    .filter((path) => path !== "" && !path.startsWith(`/proc/${process.pid}/`))
    .map((path) => readFileSync(path.replace("environ", "cmdline"), "utf8").replaceAll("\0", " "))
    .filter((line) => !line.startsWith("grep"));
}
