import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { mkdir, readdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { promisify } from "node:util";
import { type Dispatcher, EnvHttpProxyAgent, fetch } from "undici";
import { parse } from "yaml";

/** The list of archives that setup-envtest reads. */
export const PUBLIC_ENVTEST_INDEX =
  "https://raw.githubusercontent.com/kubernetes-sigs/controller-tools/HEAD/envtest-releases.yaml";

interface Archive {
  /** SHA-512, in hex. */
  readonly hash: string;
  readonly selfLink: string;
}

/** The index: release → archive's name → archive. */
interface EnvtestIndex {
  readonly releases?: Readonly<Record<string, Readonly<Record<string, Archive>>>>;
}

export interface EnvtestTools {
  /** Name of a program → file, inside the given folder. */
  readonly files: ReadonlyMap<string, string>;
  readonly origin: string;
}

/**
 * Downloads the archive of this platform for `version`, or for the newest published patch of the same minor version,
 * and unpacks it into `dir`. Throws if the index or the archive cannot be downloaded, or the archive's digest is not
 * the one in the index.
 */
export async function downloadEnvtest(index: string, version: string, dir: string): Promise<EnvtestTools> {
  const dispatcher = new EnvHttpProxyAgent({
    connect: { timeout: 5_000 },
    headersTimeout: 15_000,
    bodyTimeout: 30_000,
  });
  try {
    const response = await get(index, dispatcher);
    const archive = pickArchive(
      parse(await response.text(), { schema: "failsafe" }) as EnvtestIndex,
      version,
      platformName(),
    );
    const file = join(dir, "envtest.tar.gz");
    const hash = await downloadFile(archive.selfLink, file, dispatcher);
    if (hash !== archive.hash) {
      throw new Error(`${archive.selfLink} has SHA-512 ${hash}, the index says ${archive.hash}`);
    }
    const origin = `${archive.selfLink} sha512:${hash}`;
    return { files: await unpack(file, join(dir, "envtest")), origin };
  } finally {
    await dispatcher.destroy();
  }
}

/** Platform in the names of archives: `linux-amd64`, `darwin-arm64`. */
export function platformName(): string {
  const os = process.platform === "win32" ? "windows" : process.platform;
  return `${os}-${process.arch === "x64" ? "amd64" : process.arch}`;
}

function pickArchive(index: EnvtestIndex, version: string, platform: string): Archive {
  const minor = version.slice(0, version.lastIndexOf("."));
  const patchOf = (release: string): number =>
    release === version ? Infinity : Number(release.slice(minor.length + 1));
  const candidates = Object.entries(index.releases ?? {})
    .filter(([release]) => release.startsWith(`${minor}.`) && !Number.isNaN(patchOf(release)))
    .sort(([a], [b]) => patchOf(b) - patchOf(a));
  for (const [release, archives] of candidates) {
    const archive = archives[`envtest-${release}-${platform}.tar.gz`];
    if (archive !== undefined) return archive;
  }
  throw new Error(`the index has no archive of ${minor} for ${platform}`);
}

async function get(url: string, dispatcher: Dispatcher) {
  const response = await fetch(url, { dispatcher });
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  return response;
}

async function downloadFile(url: string, file: string, dispatcher: Dispatcher): Promise<string> {
  const response = await get(url, dispatcher);
  const hash = createHash("sha512");
  const body = Readable.fromWeb(response.body as Parameters<typeof Readable.fromWeb>[0]);
  await pipeline(
    body,
    async function* (chunks: AsyncIterable<Uint8Array>) {
      for await (const chunk of chunks) {
        hash.update(chunk);
        yield chunk;
      }
    },
    createWriteStream(file),
  );
  return hash.digest("hex");
}

async function unpack(archive: string, dir: string): Promise<ReadonlyMap<string, string>> {
  await mkdir(dir, { recursive: true });
  await promisify(execFile)("tar", ["-xzf", archive, "-C", dir]);
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  return new Map(entries.filter((e) => e.isFile()).map((e) => [basename(e.name), join(e.parentPath, e.name)]));
}
