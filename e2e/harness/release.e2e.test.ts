import { describe, expect, inject, it } from "vitest";
import { kubectlAs } from "./kubectl.ts";
import { chooseRelease } from "./tools.ts";

describe.skipIf(process.env.KUBEBUILDER_ASSETS)("the control plane of a test run", () => {
  it("has the release that KUBERNETES names", async () => {
    const version = await kubectlAs(inject("controlPlane"), "admin")("version", "--output=json");
    const { gitVersion } = (JSON.parse(version) as { serverVersion: { gitVersion: string } }).serverVersion;
    expect(gitVersion).toMatch(new RegExp(`^v${chooseRelease(process.env.KUBERNETES).minor}\\.`));
  });
});
