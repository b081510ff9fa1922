import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runGit } from "./git-command.ts";
import { type GitServer, startGitServer } from "./git-server.ts";

describe("git-server", () => {
  let dir: string;
  let server: GitServer;

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), "git-server-"));
    server = await startGitServer({ root: join(dir, "root"), credentials: { user: "pkg", password: "right" } });
  });
  afterEach(async () => {
    await server.stop();
    await rm(dir, { recursive: true });
  });

  const urlWith = (name: string, password: string): string =>
    server.url(name).replace("http://", `http://pkg:${password}@`);
  const clone = (name: string, password: string): Promise<string> =>
    runGit(dir, ["clone", "--quiet", urlWith(name, password), name]);
  const commit = async (name: string, path: string, text: string | Buffer): Promise<void> => {
    await writeFile(join(dir, name, path), text);
    await runGit(join(dir, name), ["add", "."]);
    await runGit(join(dir, name), ["-c", "user.name=a", "-c", "user.email=a@b", "commit", "--quiet", "-m", path]);
  };

  it("serves a clone of the seeded files", async () => {
    const seed = { "nf/example/a.yaml": "kind: A\n", 'odd "name"\\.txt': "é" };
    await server.createRepository("catalog", { seed });
    await clone("catalog", "right");
    const show = (path: string): Promise<string> => runGit(join(dir, "catalog"), ["show", `HEAD:${path}`]);
    expect(await show("nf/example/a.yaml")).toBe("kind: A\n");
    expect(await show('odd "name"\\.txt')).toBe("é");
    expect(await server.git("catalog", "symbolic-ref", "HEAD")).toBe("refs/heads/main\n");
  });

  it("accepts a push, also a large one with a chunked body", async () => {
    await server.createRepository("catalog");
    await clone("catalog", "right");
    // Larger than http.postBuffer (1 MiB), also when compressed.
    await commit("catalog", "big.bin", randomBytes(3 * 1024 * 1024));
    await runGit(join(dir, "catalog"), [
      "push",
      "--quiet",
      "--atomic",
      "origin",
      "HEAD:refs/heads/main",
      "HEAD:refs/tags/a/v1",
    ]);
    const head = await runGit(join(dir, "catalog"), ["rev-parse", "HEAD"]);
    expect(await server.git("catalog", "rev-parse", "refs/heads/main")).toBe(head);
    expect(await server.git("catalog", "rev-parse", "refs/tags/a/v1")).toBe(head);
  });

  it("understands a compressed request body and protocol v2", async () => {
    await server.createRepository("catalog");
    const response = await fetch(`${server.url("catalog")}/git-upload-pack`, {
      method: "POST",
      headers: {
        authorization: `Basic ${Buffer.from("pkg:right").toString("base64")}`,
        "content-type": "application/x-git-upload-pack-request",
        "content-encoding": "gzip",
        "git-protocol": "version=2",
      },
      body: gzipSync("0014command=ls-refs\n00010000"),
    });
    expect(response.status).toBe(200);
    expect(await response.text()).toContain("refs/heads/main");
  });

  it("refuses a wrong password, and the old one after a change", async () => {
    await server.createRepository("catalog");
    await expect(clone("catalog", "wrong")).rejects.toThrow(/Authentication failed/);
    server.setPassword("new");
    await expect(clone("catalog", "right")).rejects.toThrow(/Authentication failed/);
    await clone("catalog", "new");
  });

  it("logs requests without their secrets", async () => {
    await server.createRepository("catalog");
    const refs = await runGit(dir, ["ls-remote", urlWith("catalog", "right")]);
    expect(refs).toContain("refs/heads/main");
    expect(server.requests()).toEqual([
      { method: "GET", path: "/catalog.git/info/refs?service=git-upload-pack", authorization: false, status: 401 },
      { method: "GET", path: "/catalog.git/info/refs?service=git-upload-pack", authorization: true, status: 200 },
      { method: "POST", path: "/catalog.git/git-upload-pack", authorization: true, status: 200 },
    ]);
    server.forgetRequests();
    expect(server.requests()).toEqual([]);
  });

  it("fails exactly the given number of requests", async () => {
    await server.createRepository("catalog");
    server.failNext(1, 503);
    await expect(clone("catalog", "right")).rejects.toThrow(/503/);
    await clone("catalog", "right");
  });

  it("does not respond to a request that must hang", async () => {
    await server.createRepository("catalog");
    server.failNext(1, "hang");
    const url = `${server.url("catalog")}/info/refs?service=git-upload-pack`;
    await expect(fetch(url, { signal: AbortSignal.timeout(300) })).rejects.toThrow(/timeout/);
    expect(server.requests().map((request) => request.status)).toEqual([undefined]);
  });

  it("runs a hook that refuses a push, until it is removed", async () => {
    await server.createRepository("catalog");
    await server.setHooks("catalog", { preReceive: "echo frozen today >&2; exit 1" });
    await clone("catalog", "right");
    await commit("catalog", "a", "1");
    const push = (): Promise<string> => runGit(join(dir, "catalog"), ["push", "--quiet", "origin", "HEAD"]);
    await expect(push()).rejects.toThrow(/frozen today/);
    await server.setHooks("catalog", { preReceive: null });
    await push();
  });

  it("copies all refs of a bundle, and points HEAD at main", async () => {
    await server.createRepository("first", { initialBranch: "work", seed: { a: "1" } });
    await server.git("first", "branch", "main", "work");
    await server.git("first", "tag", "a/v1", "work");
    const bundle = join(dir, "first.bundle");
    await server.git("first", "bundle", "create", "--quiet", bundle, "--all");
    await server.createRepository("second", { from: bundle });
    expect(await server.git("second", "for-each-ref")).toBe(await server.git("first", "for-each-ref"));
    expect(await server.git("second", "symbolic-ref", "HEAD")).toBe("refs/heads/main\n");
    expect(await server.git("second", "remote")).toBe("");
  });

  it("leaves no folder behind if a source cannot be cloned", async () => {
    await expect(server.createRepository("half", { from: join(dir, "nowhere") })).rejects.toThrow("does not exist");
    expect(existsSync(server.path("half"))).toBe(false);
  });

  it("creates a repository without a commit", async () => {
    await server.createRepository("empty", { empty: true });
    expect(await server.git("empty", "for-each-ref")).toBe("");
  });

  it("responds with 404 for an unknown repository", async () => {
    await expect(clone("missing", "right")).rejects.toThrow(/not found/);
  });
});
