import { describe, expect } from "vitest";
import { waitUntil } from "../harness/wait.ts";
import type { Impersonated } from "../testenv/api-client.ts";
import { pushExternally } from "../testenv/external-push.ts";
import { testWithEnv, testWithIsolatedEnv } from "../testenv/fixtures.ts";
import { createGitReader } from "../testenv/git-reader.ts";
import { needs } from "../testenv/needs.ts";
import type { Packages } from "../testenv/packages.ts";

const GATE = "example.com/checked";
const GATES = { spec: { readinessGates: [{ conditionType: GATE }] } };
const FILES = { "a.yaml": "a: 1\n" };

const it = testWithEnv("takeback");

it.beforeAll(async ({ env }) => {
  await env.git.createRepository("blue");
  await env.register("blue");
});

/** A draft of alice's that she asks to propose while its gate is not True. */
async function createWaiting(packages: Packages, name: string): Promise<string> {
  const revision = await packages.createDraft({ repository: "blue", package: name, workspace: "one" }, FILES, GATES);
  await packages.setLifecycle(revision, "proposed");
  await packages.waitForReason(revision, "WaitingForGate");
  return revision;
}

async function passGate(packages: Packages, name: string): Promise<void> {
  const { apiVersion, kind, status } = await packages.get(name);
  const gates = [{ conditionType: GATE, digest: status?.contentDigest, status: "True", reason: "Checked" }];
  const body = { apiVersion, kind, metadata: { name }, status: { gates } };
  await packages.request("admin", "apply", `packagerevisions/${name}/status?fieldManager=checker`, body);
}

/** Waits until the request is taken back for this reason, and stays so with the gate True. */
async function expectTakenBack(packages: Packages, name: string, because: string): Promise<void> {
  const { spec, status, metadata } = await packages.waitForReason(name, "ProposalTakenBack");
  expect([spec.lifecycle, status?.lifecycle, status?.waitingFor]).toEqual(["draft", "draft", undefined]);
  expect(metadata.annotations).not.toHaveProperty(["pkg.pkgserver.dev/proposed-by"]);
  const ready = status?.conditions?.find((one) => one.type === "Ready");
  expect(ready).toMatchObject({ status: "True", message: expect.stringContaining(because) });
  // What took it back may not be shown yet: a gate's program judges again when the contents change.
  await waitUntil(`the gate has judged the contents of ${name} that are shown`, async () => {
    await passGate(packages, name);
    const { gates = [], contentDigest } = (await packages.get(name)).status ?? {};
    return gates.some(({ digest }) => digest === contentDigest);
  });
  expect((await packages.get(name)).status?.lifecycle).toBe("draft");
}

describe.concurrent("a request to propose that waits", () => {
  it(
    ...needs("MutatingAdmissionPolicy", "is taken back by another user's edit, which a review would not have expected"),
    async ({ env, packages }) => {
      const name = await createWaiting(packages, "edited");
      await packages.save(name, { "b.yaml": "b: 1\n" }, "carol");
      await expectTakenBack(packages, name, `carol edited ${name} after alice asked to propose it`);
      const events = async () =>
        (
          await env
            .as("admin")
            .getJson<{ items: readonly { reason: string }[] }>(
              "events.events.k8s.io",
              `--field-selector=regarding.name=${name}`,
            )
        ).items.map((event) => event.reason);
      await waitUntil("an Event tells it", events, { until: (all) => all.includes("ProposalTakenBack") });
      const git = createGitReader(env.git, "blue");
      expect(await git.files("edited/one", "edited")).toEqual({ ...FILES, "b.yaml": "b: 1\n" });
      await packages.propose(name);
      await packages.publish(name);
    },
  );

  it(
    ...needs("MutatingAdmissionPolicy", "is taken back by another user's change of inputs or labels"),
    async ({ packages }) => {
      const name = await createWaiting(packages, "labelled");
      await packages.patch(name, { metadata: { labels: { tier: "gold" } } }, "carol");
      await expectTakenBack(packages, name, "carol changed its spec, labels or annotations after alice asked");
      const other = await createWaiting(packages, "inputs");
      const inputs = [{ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "values" } }];
      await packages.patch(other, { spec: { inputs } }, "carol");
      await expectTakenBack(packages, other, "carol changed its spec, labels or annotations after alice asked");
    },
  );

  it(...needs("MutatingAdmissionPolicy", "is taken back by a push to its branch"), async ({ env, packages }) => {
    const name = await createWaiting(packages, "pushed");
    const [commit] = await pushExternally(env.git, "blue", {
      branch: "pushed/one",
      files: { "pushed/b.yaml": "b: 1\n" },
    });
    await env.sync("blue");
    await expectTakenBack(packages, name, `an external client pushed commit ${commit} to refs/heads/pushed/one`);
  });

  it("is taken back by a push of what the operator signed for an earlier draft of that name", async ({
    env,
    packages,
  }) => {
    const git = createGitReader(env.git, "blue");
    const id = { repository: "blue", package: "replayed", workspace: "one" };
    const name = await packages.createDraft(id, FILES, GATES);
    const before = await git("rev-parse", "replayed/one");
    await packages.save(name, { "carol.yaml": "c: 1\n" }, "carol");
    await passGate(packages, name);
    await packages.propose(name, "carol");
    const signed = await git("rev-parse", "replayed/one");
    const { uid } = (await packages.get(name)).metadata;
    await packages.delete(name);
    await waitUntil("its branch is deleted", async () => await git.refs(), {
      until: (refs) => !refs.includes("heads/replayed/one"),
    });
    await git("update-ref", "refs/heads/replayed/one", before);
    await env.sync("blue");
    await packages.waitFor(name, "is a new object", ({ metadata, status }) => {
      return metadata.uid !== uid && status?.lifecycle === "draft";
    });
    await packages.setLifecycle(name, "proposed");
    await packages.waitForReason(name, "WaitingForGate");
    await git("update-ref", "refs/heads/replayed/one", signed);
    await env.sync("blue");
    await expectTakenBack(packages, name, `an external client pushed commit ${signed} to refs/heads/replayed/one`);
  });

  it(
    ...needs("MutatingAdmissionPolicy", "stands while its proposer and its gate's program write"),
    async ({ env, packages, requestAs }) => {
      const name = await createWaiting(packages, "gated");
      const checker: Impersonated = { username: `system:serviceaccount:${env.namespace}:checker` };
      const admin = env.as("admin");
      await admin("create", "serviceaccount", "checker");
      const role = ["--verb=update", "--resource=packagerevisions.pkg.pkgserver.dev/gates", `--resource-name=${GATE}`];
      await admin("create", "role", "checker", ...role);
      const account = `--serviceaccount=${env.namespace}:checker`;
      await admin("create", "rolebinding", "checker-gates", "--role=checker", account);
      await admin("create", "rolebinding", "checker-edits", "--clusterrole=pkgserver-editor", account);
      const path = `pkg.pkgserver.dev/v1alpha1/namespaces/${env.namespace}/packagerevisionresourceses/${name}`;
      const write = () => requestAs(checker, "merge", path, { spec: { resources: { "report.yaml": "ok: true\n" } } });
      // The API server knows the roles a moment later.
      await waitUntil("the program may edit", write, { until: ({ code }) => code === 200 });
      await packages.waitForAcknowledgement(name);
      await packages.save(name, { "b.yaml": "b: 1\n" });
      expect((await packages.get(name)).spec.lifecycle).toBe("proposed");
      await passGate(packages, name);
      const { status } = await packages.waitForReason(name, "Proposed");
      expect(status?.proposal?.by).toBe("alice");
    },
  );
});

const isolated = testWithIsolatedEnv("takeback-down");

describe("a request to propose while the operator is away", () => {
  isolated(
    ...needs("MutatingAdmissionPolicy", "is taken back by another user's edit, also if the proposer edits last"),
    async ({ env, packages }) => {
      await env.git.createRepository("red");
      await env.register("red");
      const name = await packages.createDraft({ repository: "red", package: "net", workspace: "one" }, FILES);
      await env.operator.stop();
      await packages.setLifecycle(name, "proposed");
      await packages.edit(name, { "b.yaml": "b: carol\n" }, "carol");
      await packages.edit(name, { "c.yaml": "c: alice\n" }, "alice");
      await env.restartOperator("stop");
      const { spec, status } = await packages.waitForReason(name, "ProposalTakenBack");
      expect([spec.lifecycle, status?.proposal]).toEqual(["draft", undefined]);
      expect(status?.takenBack).toContain(`carol edited ${name} after alice asked to propose it`);
      await packages.waitForAcknowledgement(name);
      const files = { ...FILES, "b.yaml": "b: carol\n", "c.yaml": "c: alice\n" };
      expect(await createGitReader(env.git, "red").files("net/one", "net")).toEqual(files);
    },
  );
});
