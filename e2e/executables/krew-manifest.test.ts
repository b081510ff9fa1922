import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { checksums, krewManifest } from "./krew-manifest.ts";
import { PLATFORMS, platformName } from "./platforms.ts";

const sha256 = "0123456789abcdef".repeat(4);
const archives = PLATFORMS.map((platform) => ({
  platform,
  file: `kubectl-pkg_0.1.0_${platform.os}_${platform.arch}.tar.gz`,
  sha256,
  executable: platform.os === "windows" ? "kubectl-pkg.exe" : "kubectl-pkg",
}));
const text = krewManifest({ version: "0.1.0", url: "https://example.com/v0.1.0" }, archives);
const { metadata, spec, ...head } = parse(text);

describe("krewManifest", () => {
  it("is a Plugin of krew that is called as kubectl pkg", () => {
    expect(head).toEqual({ apiVersion: "krew.googlecontainertools.github.com/v1alpha2", kind: "Plugin" });
    expect(metadata).toEqual({ name: "pkg" });
    expect(Object.keys(spec).sort()).toEqual(
      ["caveats", "description", "homepage", "platforms", "shortDescription", "version"].sort(),
    );
  });

  it("has what krew's index asks for", () => {
    expect(spec.version).toMatch(/^v\d+\.\d+\.\d+$/);
    expect(spec.shortDescription.length).toBeLessThanOrEqual(50);
    expect(spec.shortDescription).not.toMatch(/[.\n]|kubectl|plugin/i);
    for (const line of text.split("\n")) expect(line.length, line).toBeLessThanOrEqual(120);
  });

  it("has an archive of its own for each platform", () => {
    const names = spec.platforms.map(({ selector }: { selector: { matchLabels: { os: string; arch: string } } }) =>
      platformName(selector.matchLabels as never),
    );
    expect(names).toEqual(["linux/amd64", "linux/arm64", "darwin/arm64", "windows/amd64"]);
    for (const [index, platform] of spec.platforms.entries()) {
      expect(platform).toEqual({
        selector: { matchLabels: { os: PLATFORMS[index]?.os, arch: PLATFORMS[index]?.arch } },
        uri: `https://example.com/v0.1.0/${archives[index]?.file}`,
        sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
        bin: index === 3 ? "kubectl-pkg.exe" : "kubectl-pkg",
      });
    }
  });
});

describe("checksums", () => {
  it("has a line for each file, as sha256sum writes it", () => {
    expect(checksums(archives).split("\n")[0]).toBe(`${sha256}  kubectl-pkg_0.1.0_linux_amd64.tar.gz`);
  });
});
