import { describe, expect, it, vi } from "vitest";
import { createKubectl, createOwnKubectl } from "./kubectl.ts";

describe("the environment of kubectl", () => {
  const linesOf = async (kubectl: ReturnType<typeof createKubectl>) => (await kubectl()).trim().split("\n");

  it("is the user's own on their cluster: credential plugins need it", async () => {
    vi.stubEnv("CLOUD_PROFILE", "mine");
    const lines = await linesOf(createOwnKubectl("env", "/somewhere/a:/elsewhere/b"));
    vi.unstubAllEnvs();
    expect(lines).toEqual(
      expect.arrayContaining([
        "CLOUD_PROFILE=mine",
        `HOME=${process.env.HOME}`,
        "KUBECONFIG=/somewhere/a:/elsewhere/b",
      ]),
    );
  });

  it("has no variable of the user on a control plane of tests", async () => {
    vi.stubEnv("CLOUD_PROFILE", "mine");
    const lines = await linesOf(createKubectl("env", "/somewhere/kubeconfig"));
    vi.unstubAllEnvs();
    expect(lines.map((line) => line.split("=")[0]).sort()).toEqual([
      "GOGC",
      "HOME",
      "KUBECACHEDIR",
      "KUBECONFIG",
      "KUBECTL_APPLYSET",
      "KUBERC",
      "PATH",
    ]);
  });
});
