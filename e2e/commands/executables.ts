import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import manifest from "../../package.json" with { type: "json" };
import { buildArchive } from "../executables/build-archive.ts";
import { collectGoLicenses } from "../executables/go-licenses.ts";
import { type Archive, checksums, krewManifest } from "../executables/krew-manifest.ts";
import { collectLicenses } from "../executables/licenses.ts";
import { provideNode, UnavailableError } from "../executables/node-programs.ts";
import { choosePlatforms, hostPlatform, type Platform, platformName } from "../executables/platforms.ts";
import { STARLARK_DIR, WASI } from "../harness/go-programs.ts";
import { CommandError, reportErrors } from "./command-error.ts";

/** `make executables`: archives, their checksums, and the manifest of krew. */
reportErrors();
const [cli = "dist/cli", out = "dist/release"] = process.argv.slice(2);
const { PLATFORMS = "", RELEASE_URL: url = "", SIGN_DARWIN = "", SIGN_WINDOWS = "" } = process.env;
const SIGN: Readonly<Record<Platform["os"], string>> = { linux: "", darwin: SIGN_DARWIN, windows: SIGN_WINDOWS };
const log = (line: string): void => void process.stderr.write(`${line}\n`);

const { platforms, host } = choose();
const builder = await download(host);
if (!existsSync(join(cli, "starlark.wasm")))
  throw new CommandError("executables have the function starlark: install Go");
const licenses = join(cli, "LICENSE.packages");
const inputs = JSON.parse(await readFile(join(cli, "inputs.json"), "utf8"));
await writeFile(licenses, await collectLicenses(".", inputs));
const goLicenses = join(cli, "LICENSE.starlark");
await writeFile(goLicenses, await collectGoLicenses(STARLARK_DIR, WASI));
const sources = {
  bundle: resolve(cli, "kubectl-pkg"),
  assets: { "starlark.wasm": resolve(cli, "starlark.wasm") },
  completion: resolve(cli, "kubectl_complete-pkg"),
  licenses: {
    LICENSE: resolve("LICENSE"),
    "LICENSE.node": join(builder, "LICENSE"),
    "LICENSE.packages": licenses,
    "LICENSE.starlark": goLicenses,
  },
  version: manifest.version,
};
await rm(out, { recursive: true, force: true });
await mkdir(out, { recursive: true });
const archives: Archive[] = [];
for (const platform of platforms) archives.push(await build(platform));
await writeFile(join(out, "checksums.txt"), checksums(archives));
await writeFile(join(out, "pkg.yaml"), krewManifest({ version: manifest.version, url }, archives));
log(`wrote ${archives.length} archives, checksums.txt and pkg.yaml into ${out}`);

function choose() {
  try {
    return { platforms: choosePlatforms(PLATFORMS), host: hostPlatform() };
  } catch (error) {
    throw new CommandError((error as Error).message);
  }
}

async function download(platform: Platform): Promise<string> {
  return await provideNode(platform, process.env, log).catch((error: unknown) => {
    throw error instanceof UnavailableError ? new CommandError(error.message) : error;
  });
}

async function build(platform: Platform): Promise<Archive> {
  const node = join(await download(platform), platform.node);
  const sign = SIGN[platform.os];
  const scratch = await mkdtemp(join(tmpdir(), "pkgserver-executables-"));
  try {
    const archive = await buildArchive(platform, sources, { builder: join(builder, host.node), node, sign }, scratch);
    await writeFile(join(out, archive.file), archive.bytes);
    log(`built ${archive.file}`);
    if (platform.os === "darwin" && sign === "")
      log(`${platformName(platform)} is not signed: macOS does not start it`);
    return archive;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
