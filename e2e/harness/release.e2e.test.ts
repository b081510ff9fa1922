import { describe, expect, inject, it } from "vitest";
import { kubectlAs } from "./kubectl.ts";
import { chooseRelease } from "./tools.ts";

const why = process.env.KUBEBUILDER_ASSETS ? " (skipped: KUBEBUILDER_ASSETS chooses it)" : "";

describe.skipIf(why !== "")(`the control plane of a test run${why}`, () => {
  it("has the release that KUBERNETES names", async () => {
    const version = await kubectlAs(inject("controlPlane"), "admin")("version", "--output=json");
    const { gitVersion } = (JSON.parse(version) as { serverVersion: { gitVersion: string } }).serverVersion;
    expect(gitVersion).toMatch(new RegExp(`^v${chooseRelease(process.env.KUBERNETES).minor}\\.`));
  });
});
