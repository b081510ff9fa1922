import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { zipSync } from "fflate";
import type { Archive } from "./krew-manifest.ts";
import type { Platform } from "./platforms.ts";

const run = promisify(execFile);

export interface Sources {
  /** The bundled command line, one file of JavaScript. */
  readonly bundle: string;
  /** Name → file, which the program reads by the name. */
  readonly assets: Readonly<Record<string, string>>;
  /** kubectl_complete-pkg. */
  readonly completion: string;
  /** Name in the archive → file. */
  readonly licenses: Readonly<Record<string, string>>;
  readonly version: string;
}

/** The inputs of the executable of a platform. */
export interface Tools {
  /** Node.js that runs here, and builds. */
  readonly builder: string;
  /** Node.js of the platform, of the same version. */
  readonly node: string;
  /** A command of a shell, called with the path of the executable, before it is put into the archive. */
  readonly sign: string;
}

/** The earliest time of a zip archive: archives have equal bytes whenever they are made. */
const MADE_AT = new Date(1980, 0, 1);

/** Builds the executable of a platform in a folder, and an archive with it. Two builds give equal bytes. */
export async function buildArchive(
  platform: Platform,
  sources: Sources,
  tools: Tools,
  dir: string,
): Promise<Archive & { readonly bytes: Uint8Array }> {
  const files = join(dir, `${platform.os}_${platform.arch}`);
  await mkdir(files, { recursive: true });
  const executable = platform.os === "windows" ? "kubectl-pkg.exe" : "kubectl-pkg";
  await buildExecutable(sources, tools, join(files, executable));
  if (tools.sign !== "") await run("sh", ["-c", `${tools.sign} "$1"`, "sh", join(files, executable)]);
  for (const [name, file] of Object.entries(sources.licenses)) await copyFile(file, join(files, name));
  const names = [executable, ...Object.keys(sources.licenses)];
  const isWindows = platform.os === "windows";
  if (!isWindows) await copyFile(sources.completion, join(files, "kubectl_complete-pkg"));
  const bytes = isWindows ? await zip(files, names) : await tarGz(files, [...names, "kubectl_complete-pkg"], dir);
  const file = `kubectl-pkg_${sources.version}_${platform.os}_${platform.arch}.${isWindows ? "zip" : "tar.gz"}`;
  return { platform, file, sha256: createHash("sha256").update(bytes).digest("hex"), executable, bytes };
}

/** One file that is Node.js with the bundle in it. */
async function buildExecutable({ bundle, assets }: Sources, { builder, node }: Tools, output: string): Promise<void> {
  const config = {
    main: bundle,
    assets,
    output,
    executable: node,
    disableExperimentalSEAWarning: true,
    // A user's NODE_OPTIONS is for other programs.
    execArgvExtension: "none",
    // It has other bytes in each build, and is of use only for the builder's own platform.
    useCodeCache: false,
  };
  await writeFile(`${output}.json`, JSON.stringify(config));
  await run(builder, ["--build-sea", `${output}.json`]);
}

async function zip(folder: string, names: readonly string[]): Promise<Uint8Array> {
  const files = names.map(async (name) => [name, await readFile(join(folder, name))] as const);
  return zipSync(Object.fromEntries(await Promise.all(files)), { level: 6, mtime: MADE_AT });
}

/** Regular files only: krew takes no links. */
async function tarGz(folder: string, names: readonly string[], dir: string): Promise<Uint8Array> {
  const file = join(dir, "archive.tar.gz");
  const owner = ["--owner=0", "--group=0", "--numeric-owner", "--mode=u=rwX,go=rX", "--mtime=@315532800"];
  const how = ["--create", "--format=ustar", ...owner, "--use-compress-program=gzip -n", `--file=${file}`];
  await run("tar", [...how, `--directory=${folder}`, "--", ...names]);
  return await readFile(file);
}
