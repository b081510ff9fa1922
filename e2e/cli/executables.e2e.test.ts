import { execFile } from "node:child_process";
import { once } from "node:events";
import { createReadStream } from "node:fs";
import { mkdir, open, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { basename, delimiter, dirname, join } from "node:path";
import { promisify } from "node:util";
import { describe, expect } from "vitest";
import { VERSION } from "../../src/api/version.ts";
import { provideNode, UnavailableError } from "../executables/node-programs.ts";
import { PLATFORMS } from "../executables/platforms.ts";
import { type KrewBinaries, resolveKrew } from "../harness/binaries.ts";
import { type Cli, testWithCli } from "../testenv/cli.ts";
import {
  completeInBash,
  completeInKubectl,
  completeInZsh,
  resolveZsh,
  shellEnvironment,
} from "../testenv/shell-completion.ts";

const ROOT = join(import.meta.dirname, "..", "..");
/** Downloads Node.js of four platforms, and builds krew, once; writes 600 MB. */
const LIMIT_MS = 15 * 60_000;

const run = promisify(execFile);
const it = testWithCli("executables").extend("releases", { scope: "file" }, serveReleases);
const zsh = await resolveZsh();
/** Why npm's registry cannot give Node.js of each platform here; a download that is not what is pinned fails. */
const missing = await downloadNodes();
const title = (text: string) => `${text}${missing === undefined ? "" : `: ${missing}`}`;

async function downloadNodes(): Promise<string | undefined> {
  try {
    for (const platform of PLATFORMS) await provideNode(platform, process.env, () => undefined);
    return undefined;
  } catch (error) {
    if (!(error instanceof UnavailableError)) throw error;
    return error.message;
  }
}

/** Serves a folder as the place where releases are published. */
async function serveReleases({ cli }: { readonly cli: Cli }, { onCleanup }: Cleanup) {
  const dir = join(cli.dir, "release");
  const server = createServer((request, response) => {
    createReadStream(join(dir, basename(request.url ?? "")))
      .on("error", () => response.writeHead(404).end())
      .pipe(response);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onCleanup(async () => {
    server.closeAllConnections();
    await once(server.close(), "close");
  });
  return { dir, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v0.1.0` };
}
interface Cleanup {
  readonly onCleanup: (cleanup: () => Promise<void>) => void;
}

async function build(cli: Cli, releaseDir: string, ...settings: readonly string[]): Promise<string> {
  const args = ["executables", `CLI_DIR=${join(cli.dir, "bundle")}`, `RELEASE_DIR=${releaseDir}`, ...settings];
  // Nothing here needs small archives, and gzip would take a fifth of the CPU time of this file.
  return (await run("make", args, { cwd: ROOT, env: { ...process.env, GZIP: "-1" } })).stderr;
}

const archiveOf = (dir: string, os: string, arch: string) => join(dir, `kubectl-pkg_${VERSION}_${os}_${arch}.tar.gz`);

/** The first bytes of the executable for another platform. */
async function headOf(archive: string, dir: string): Promise<Buffer> {
  await mkdir(dir);
  await run("tar", ["xzf", archive, "-C", dir]);
  const file = await open(join(dir, "kubectl-pkg"));
  const { buffer } = await file.read(Buffer.alloc(64 * 1024));
  await file.close();
  await rm(dir, { recursive: true });
  return buffer;
}

it.beforeAll(async ({ cli, env, packages, releases }) => {
  if (missing !== undefined) return;
  expect(await build(cli, releases.dir, `RELEASE_URL=${releases.url}`)).toContain("darwin/arm64 is not signed");
  // As a user does: unpacked into a folder of the PATH. From here on, `cli` runs the executable.
  await run("tar", ["xzf", archiveOf(releases.dir, "linux", "amd64"), "-C", join(cli.dir, "bin")]);
  await env.git.createRepository("deployments");
  await env.register("deployments", { deployment: true });
  const id = { target: "edge1", repository: "deployments", realm: "web", package: "storefront", workspace: "one" };
  await packages.createPublished(id, { "app.yaml": "a: 1\n" });
}, LIMIT_MS);

describe.skipIf(missing !== undefined)(title("the executable for Linux"), () => {
  it("needs no Node.js, and takes no options for it", async ({ cli }) => {
    const env = { PATH: "/nonexistent", NODE_OPTIONS: "--no-such-option" };
    expect(await cli.run(["version", "--client"], { env })).toEqual({
      code: 0,
      stdout: `Client: ${VERSION}\n`,
      stderr: "",
    });
    expect((await cli.run(["get", "--help"], { env })).stdout).toMatch(/^Usage: kubectl pkg get /);
    const pkgctl = join(cli.dir, "bin", "pkgctl");
    expect((await run(pkgctl, ["--help"], { env })).stdout).toMatch(/^Usage: pkgctl /);
  });

  it("has starlark in it", async ({ cli }) => {
    const source = 'for r in ctx.resource_list["items"]:\n  r["metadata"]["labels"] = {"a": "b"}\n';
    const pipeline = { mutators: [{ image: "starlark", configMap: { source }, exclude: [{ kind: "Kptfile" }] }] };
    const kptfile = { apiVersion: "kpt.dev/v1", kind: "Kptfile", metadata: { name: "p" }, pipeline };
    const folder = join(cli.dir, "scripted");
    await mkdir(folder);
    await writeFile(join(folder, "Kptfile"), JSON.stringify(kptfile));
    await writeFile(join(folder, "app.yaml"), "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: app\n");
    expect(await cli("render", "scripted")).toBe("M app.yaml\n");
    expect(await readFile(join(folder, "app.yaml"), "utf8")).toMatch(/ {2}labels:\n {4}a: b\n$/);
  });

  it("takes a package from a draft to a tag", async ({ cli, env }) => {
    await cli("draft", "storefront", "--workspace", "two");
    await cli("pull", "storefront", "folder");
    await writeFile(join(cli.dir, "folder", "app.yaml"), "a: 2\n");
    expect(await cli("push", "folder")).toBe("M app.yaml\n");
    const { stdout } = await cli.run(["validate", "folder"]);
    expect(stdout).toBe(
      "folder/app.yaml:1:1: no Kubernetes object (kind and metadata.name): nothing of the target can be built\n",
    );
    expect(await cli("diff", "storefront")).toContain("\n-a: 1\n+a: 2\n");
    await cli("propose", "storefront", "--wait");
    const { status } = await env.revision("edge1.deployments.web.storefront.two");
    const approval = ["approve", "storefront", "--yes", "--digest", status?.proposal?.digest ?? ""];
    const approved = await cli.run(approval, { as: "bob" });
    expect(approved).toMatchObject({ code: 0, stderr: "published edge1/web/storefront@two as v2\n" });
    expect(await env.git.git("deployments", "show", "edge1/web/storefront/v2:edge1/web/storefront/app.yaml")).toBe(
      "a: 2\n",
    );
  });

  it("is a plugin of kubectl, which completes it", async ({ cli, env }) => {
    const { kubectl } = env.controlPlane;
    const args = ["pkg", "get", "storefront@v1", "-o", "name"];
    const { stdout } = await run(kubectl, args, { env: await shellEnvironment(cli) });
    expect(stdout).toBe("packagerevision.pkg.pkgserver.dev/edge1.deployments.web.storefront.one\n");
    expect(await completeInKubectl(cli, kubectl, ["sh"])).toMatch(/^show\t.*\n:4$/);
  });

  it("completes in bash", async ({ cli }) => {
    expect(await completeInBash(cli, "kubectl-pkg cat edge1/web/storefront@v1 ap")).toBe("app.yaml");
    expect(await completeInBash(cli, "pkgctl repo show dep")).toBe("deployments");
  });

  it.skipIf("missing" in zsh)(`completes in zsh${"missing" in zsh ? `: ${zsh.missing}` : ""}`, async ({ cli }) => {
    expect(await completeInZsh(cli, zsh, ["pkgctl", "cat", "edge1/web/storefront@v1", "ap"])).toBe("app.yaml");
  });
});

describe.skipIf(missing !== undefined)(title("make executables"), () => {
  it("writes checksums that sha256sum takes, and equal bytes when it runs again", { timeout: LIMIT_MS }, async ({
    cli,
    releases,
  }) => {
    const { stdout } = await run("sha256sum", ["--check", "checksums.txt"], { cwd: releases.dir });
    expect(stdout.match(/: OK$/gm)).toHaveLength(4);
    const again = join(cli.dir, "again");
    await build(cli, again, "PLATFORMS=linux/amd64");
    const [first] = (await readFile(join(releases.dir, "checksums.txt"), "utf8")).split("\n");
    expect(await readFile(join(again, "checksums.txt"), "utf8")).toBe(`${first}\n`);
  });

  it("builds programs for the other platforms", async ({ cli, releases }) => {
    const arm = await headOf(archiveOf(releases.dir, "linux", "arm64"), join(cli.dir, "arm"));
    // ELF, and the machine AArch64.
    expect([arm.readUInt32BE(0), arm.readUInt16LE(18)]).toEqual([0x7f454c46, 0xb7]);
    const mac = await headOf(archiveOf(releases.dir, "darwin", "arm64"), join(cli.dir, "mac"));
    // Mach-O of 64 bits, and the processor ARM64; the bundle is a segment of its own.
    expect([mac.readUInt32LE(0), mac.readUInt32LE(4)]).toEqual([0xfeedfacf, 0x0100000c]);
    expect(mac.includes("NODE_SEA")).toBe(true);
  });

  it("signs with the given command, and refuses platforms that are not known", async ({ cli }) => {
    const dir = join(cli.dir, "signed");
    const settings = ["PLATFORMS=windows/amd64", "SIGN_WINDOWS=printf signed >>"];
    await build(cli, dir, ...settings);
    const { stdout } = await run("unzip", ["-p", join(dir, `kubectl-pkg_${VERSION}_windows_amd64.zip`), "*.exe"], {
      encoding: "buffer",
      maxBuffer: 2 ** 28,
    });
    expect([stdout.subarray(0, 2).toString(), stdout.subarray(-6).toString()]).toEqual(["MZ", "signed"]);
    await expect(build(cli, dir, "PLATFORMS=plan9/amd64")).rejects.toThrow("PLATFORMS=plan9/amd64: known here are");
  });
});

const krew = await resolveKrew().catch((error: Error) => ({ missing: error.message.split("\n")[0] }));
const withoutKrew = missing ?? ("missing" in krew ? krew.missing : undefined);

describe.skipIf(withoutKrew !== undefined)(`the manifest${withoutKrew === undefined ? "" : `: ${withoutKrew}`}`, () => {
  it("is one that krew takes: it installs the archive of each platform", { timeout: LIMIT_MS }, async ({
    cli,
    env,
    releases,
  }) => {
    const { krew: program, validateManifest } = krew as KrewBinaries;
    const bin = join(cli.dir, "krew-bin");
    await mkdir(bin);
    await symlink(program, join(bin, "kubectl-krew"));
    const root = join(cli.dir, "krew");
    const PATH = [bin, join(root, "bin"), dirname(env.controlPlane.kubectl), process.env.PATH].join(delimiter);
    const manifest = join(releases.dir, "pkg.yaml");
    const options = { env: { PATH, KREW_ROOT: root, HOME: cli.dir } };
    const validated = await run(validateManifest, ["-manifest", manifest], options);
    expect(validated.stderr).toContain("all 4 spec.platforms installed fine");
    await run("kubectl", ["krew", "install", `--manifest=${manifest}`], options);
    const { stdout } = await run("kubectl", ["pkg", "version", "--client"], options);
    expect(stdout).toBe(`Client: ${VERSION}\n`);
  });
});
