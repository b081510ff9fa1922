import { describe, expect } from "vitest";
import { pushExternally } from "../testenv/external-push.ts";
import { testWithEnv } from "../testenv/fixtures.ts";
import type { Packages } from "../testenv/packages.ts";

const it = testWithEnv("target-duplicates");

it.beforeAll(async ({ env }) => {
  await env.git.createRepository("deployments");
  await env.register("deployments", { deployment: true });
});

const configMap = (name: string) => `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n`;
const at = (name: string, target = "edge1", workspace = "one") => ({
  repository: "deployments",
  target,
  package: name,
  workspace,
});

/** Waits for the condition FilesValid. */
async function waitForFiles(packages: Packages, name: string, reason: string) {
  const filesValid = (status: Awaited<ReturnType<Packages["get"]>>["status"]) =>
    status?.conditions?.find(({ type }) => type === "FilesValid");
  const object = await packages.waitFor(name, `has files that are ${reason}`, ({ status }) => {
    return filesValid(status)?.reason === reason;
  });
  return filesValid(object.status);
}

describe("resources that two packages of one target have", () => {
  it("are told on the proposal before it is approved, and hold it back where a gate says so", async ({ packages }) => {
    await packages.createPublished(at("first"), { "size.yaml": configMap("size") });
    const gated = { spec: { readinessGates: [{ conditionType: "FilesValid" }] } };
    const name = await packages.createDraft(at("second"), { "sub/all.yaml": configMap("size") }, gated);
    const condition = await waitForFiles(packages, name, "DuplicateResource");
    const message = "ConfigMap size is also in edge1/first/size.yaml: nothing of the target can be built";
    expect(condition).toMatchObject({ status: "False", message: `sub/all.yaml:1:1: ${message}` });
    expect((await packages.contents(name)).status?.fileProblems).toEqual([
      { path: "sub/all.yaml", line: 1, column: 1, message },
    ]);
    await packages.setLifecycle(name, "proposed");
    await packages.waitForReason(name, "WaitingForGate");
    await packages.save(name, { "sub/all.yaml": configMap("size-2") });
    await packages.waitForReason(name, "Proposed");
  });

  it("are told on a proposal when the other package is published meanwhile, until it is deleted", async ({
    packages,
  }) => {
    const name = await packages.createDraft(at("early"), { "a.yaml": configMap("late") });
    await packages.propose(name);
    await waitForFiles(packages, name, "FilesValid");
    const { metadata } = await packages.createPublished(at("late"), { "b.yaml": configMap("late") });
    expect((await waitForFiles(packages, name, "DuplicateResource"))?.message).toContain("edge1/late/b.yaml");
    await packages.setLifecycle(metadata.name, "deletionProposed");
    await packages.waitFor(
      metadata.name,
      "is deletionProposed",
      ({ status }) => status?.lifecycle === "deletionProposed",
    );
    await packages.delete(metadata.name, "bob");
    await waitForFiles(packages, name, "FilesValid");
  });

  it("are told for files of external clients as well, and not for other targets or revisions of the package", async ({
    env,
    packages,
  }) => {
    await pushExternally(env.git, "deployments", { files: { "edge2/by-hand/a.yaml": configMap("hand") } });
    await env.sync("deployments");
    const files = { "a.yaml": configMap("hand") };
    const other = await packages.createPublished(at("tool"), files);
    expect(other.status?.conditions?.find(({ type }) => type === "FilesValid")?.status).not.toBe("False");
    const next = await packages.createDraft(at("tool", "edge1", "two"), files);
    await waitForFiles(packages, next, "FilesValid");
    const name = await packages.createDraft(at("tool", "edge2"), files);
    expect((await waitForFiles(packages, name, "DuplicateResource"))?.message).toContain("edge2/by-hand/a.yaml");
    await pushExternally(env.git, "deployments", { files: { "edge2/by-hand/a.yaml": null } });
    await env.sync("deployments");
    await waitForFiles(packages, name, "FilesValid");
  });
});
