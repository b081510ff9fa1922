import { stringify } from "yaml";
import type { Platform } from "./platforms.ts";

/** An archive with the executable of a platform, for users and krew. */
export interface Archive {
  readonly platform: Pick<Platform, "os" | "arch">;
  /** Name of the file. */
  readonly file: string;
  readonly sha256: string;
  /** Name of the executable in it. */
  readonly executable: string;
}

/** Where a release is published, and what krew shows of it. */
export interface Release {
  /** Without the v. */
  readonly version: string;
  /** The address of the folder with the archives. */
  readonly url: string;
}

const DESCRIPTION = `Manages packages of Kubernetes YAML in Git through the Kubernetes API, with the operator of
pkgserver: pull, edit, push, diff, propose, approve. As kubectl it uses the kubeconfig, its context and its
credentials.
`;
const CAVEATS = `It needs pkgserver in the cluster; \`kubectl pkg doctor\` says what is missing.
For completion in a shell, link kubectl_complete-pkg of the archive into a folder of the PATH.
`;

/** pkg.yaml, by which krew installs the command line as `kubectl pkg`. */
export function krewManifest({ version, url }: Release, archives: readonly Archive[]): string {
  const manifest = {
    apiVersion: "krew.googlecontainertools.github.com/v1alpha2",
    kind: "Plugin",
    metadata: { name: "pkg" },
    spec: {
      version: `v${version}`,
      homepage: url,
      shortDescription: "Edit, review and publish packages of YAML in Git",
      description: DESCRIPTION,
      caveats: CAVEATS,
      platforms: archives.map(({ platform: { os, arch }, file, sha256, executable }) => ({
        selector: { matchLabels: { os, arch } },
        uri: `${url}/${file}`,
        sha256,
        bin: executable,
      })),
    },
  };
  return stringify(manifest, { lineWidth: 0, blockQuote: "literal" });
}

/** As `sha256sum --check` reads it. */
export function checksums(archives: readonly Pick<Archive, "file" | "sha256">[]): string {
  return archives.map(({ file, sha256 }) => `${sha256}  ${file}\n`).join("");
}
