import { describe, expect } from "vitest";
import { waitUntil } from "../harness/wait.ts";
import { bindingOf, install, it, mend, propose } from "../testenv/missing-policies.ts";

const FORGER = { username: "contents-forger" };

describe("contents of a proposal that were opened while a policy was missing", () => {
  it("are again those that were proposed", async ({ env, packages, requestAs, repository, onTestFailed }) => {
    await env.waitForRepository(repository, "Synced");
    const { metadata, status } = await propose(packages, "opened");
    const { name } = metadata;
    const admin = env.as("admin");
    const resource = "packagerevisionresourceses";
    await admin("create", "role", FORGER.username, "--verb=patch", `--resource=${resource},${resource}/status`);
    await admin("create", "rolebinding", FORGER.username, `--role=${FORGER.username}`, `--user=${FORGER.username}`);
    onTestFailed(() => install(env));
    await requestAs("admin", "delete", bindingOf("pkgserver-contents-status"));
    const path = `pkg.pkgserver.dev/v1alpha1/namespaces/${env.namespace}/${resource}/${name}`;
    const open = async () =>
      (await requestAs(FORGER, "merge", `${path}/status`, { status: { frozen: false } })).code === 200;
    await waitUntil("the API server accepts the forged status", open);
    const edit = { spec: { resources: { "a.yaml": "shown: to the reviewer\n" } } };
    expect((await requestAs(FORGER, "merge", path, edit)).code).toBe(200);
    await mend(env);
    await waitUntil("the contents are those of the proposal", async () => await packages.contents(name), {
      until: ({ spec, status: now }) => spec.resources?.["a.yaml"] === "a: 1\n" && now?.frozen === true,
    });
    expect((await packages.get(name)).status?.proposal).toEqual(status?.proposal);
    await packages.publish(name);
  });
});
