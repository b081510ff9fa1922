import { describe, expect } from "vitest";
import { ANNOTATION_CHANGED_BY } from "../../src/api/v1alpha1/well-known.ts";
import { waitUntil } from "../harness/wait.ts";
import { type Cli, normalize, testWithCli } from "../testenv/cli.ts";
import type { Packages } from "../testenv/packages.ts";

const it = testWithCli("deciding");

it.beforeAll(async ({ env }) => {
  await env.git.createRepository("deployments");
  await env.register("deployments", { deployment: true });
  await env.git.createRepository("gated");
  await env.register("gated", { deployment: true, readinessGates: [{ conditionType: "example.com/scanned" }] });
});

let created = 0;

/** A draft of a package of its own, of alice. */
async function createDraft(packages: Packages, repository = "deployments") {
  const name = `p${++created}`;
  const id = { target: "edge1", repository, package: name, workspace: "first" };
  // Before Kubernetes 1.36 the client names the user.
  const metadata = { annotations: { [ANNOTATION_CHANGED_BY]: "alice" } };
  const object = await packages.createDraft(id, { "a.yaml": "a: 1\n" }, { metadata });
  return { name, short: `edge1/${name}@first`, object, id };
}

async function createProposal(cli: Cli, packages: Packages) {
  const draft = await createDraft(packages);
  await cli("propose", draft.name, "--wait");
  return draft;
}

describe("kubectl pkg propose, withdraw and reject", () => {
  it("move a package between draft and proposal", async ({ cli, env, packages }) => {
    const { name, short, object } = await createDraft(packages);
    const proposed = await cli.run(["propose", name, "--wait"]);
    expect(proposed).toMatchObject({ code: 0, stdout: "" });
    expect(normalize(proposed.stderr).split("\n")[0]).toBe(`proposed ${short}, digest sha256:…`);
    expect((await env.revision(object)).status?.proposal?.by).toBe("alice");
    expect((await cli.run(["withdraw", name])).stderr).toBe(`withdrawn: ${short} is a draft\n`);
    await cli("propose", name, "--wait");
    expect((await cli.run(["reject", name])).stderr).toBe(`withdrawn, as your own proposal: ${short} is a draft\n`);
    await cli("propose", name);
    expect((await cli.run(["wait", name, "--for", "proposed"])).stderr).toBe(`${short} is proposed\n`);
    const reason = 'limits are "missing"\n\u001b[31msee the wiki';
    const rejected = await cli.run(["reject", name, "--reason", reason], { as: "bob" });
    expect(rejected.stderr).toBe(`rejected: ${short} is a draft\n`);
    const shown = await env.revision(object);
    expect(shown.status?.rejected).toBe(
      `"bob" rejected the proposal of "alice": ${JSON.stringify(reason)}; edit the draft, then propose it again`,
    );
    expect(shown.metadata.annotations).not.toHaveProperty("pkg.pkgserver.dev/rejection-reason");
    const page = await cli("show", name);
    expect(page).toContain('Rejected:    "bob" rejected the proposal of "alice": "limits are \\"missing\\"\\n');
    expect(page).not.toContain("\u001b");
    const told = '"bob" rejected the proposal of "alice": "limits are \\"missing\\"\\n';
    expect(normalize(await cli("history", name))).toContain(`\n\nfirst: AGE ago, ${told}`);
    expect(await cli.run(["reject", name], { as: "bob" })).toMatchObject({
      code: 4,
      stderr: `error: ${short} is draft, and not proposed\n`,
    });
  });

  it("tells what a proposal waits for, with exit code 6, and takes the request back", async ({ cli, packages }) => {
    const { name, short } = await createDraft(packages, "gated");
    const { code, stderr } = await cli.run(["propose", name, "--wait", "--timeout", "2s"]);
    expect(code).toBe(6);
    expect(stderr).toContain(`error: ${short} is not proposed yet: WaitingForGate`);
    expect((await cli.run(["withdraw", name])).code).toBe(0);
  });

  it("shows a person what it waits for", async ({ cli, packages }) => {
    const { name } = await createDraft(packages, "gated");
    const { stdout } = await cli.inTerminal(["propose", name, "--wait", "--timeout", "2s"]);
    expect(stdout).toMatch(/draft: WaitingForGate: the readiness gate example\.com\/scanned must be True/);
  });
});

describe("kubectl pkg approve", () => {
  it("shows an earlier rejection, as history and show do", async ({ cli, packages }) => {
    const { name } = await createProposal(cli, packages);
    await cli.run(["reject", name, "--reason", "too small"], { as: "bob" });
    await cli("propose", name, "--wait");
    const told = 'AGE ago, "bob" rejected the proposal of "alice": "too small"';
    const asked = await cli.inTerminal(["approve", name], { as: "bob", input: "y\n" });
    expect(normalize(asked.stdout)).toContain(`Rejected:     ${told}\n`);
    expect(normalize(await cli("show", name))).toContain(told);
    expect(normalize(await cli("history", name))).toMatch(new RegExp(`\n\nv1: ${told}\n$`));
    const { revisions } = JSON.parse(await cli("history", name, "-o", "json"));
    expect(revisions[0].rejection.message).toBe('"bob" rejected the proposal of "alice": "too small"');
  });

  it("shows who did what and the diff, asks, and publishes that", async ({ cli, env, packages }) => {
    const { name, short, object } = await createProposal(cli, packages);
    const { code, stdout } = await cli.inTerminal(["approve", name], { as: "bob", input: "y\n" });
    expect(code).toBe(0);
    const shown = normalize(stdout);
    expect(shown).toMatch(
      /^edge1\/p\d+@first\nProposed by: +alice, AGE ago\nChanged by: +.*alice.*\nReplaces: +nothing: it is the first revision\nDigest: +sha256:…\n/m,
    );
    expect(shown).toContain(`--- /dev/null\n+++ ${short}/a.yaml\n@@ -0,0 +1 @@\n+a: 1\n`);
    expect(shown).toContain(`Approve ${short}? [y/N]`);
    expect(shown).toContain(`published ${short} as v1\n`);
    expect((await env.revision(object)).status).toMatchObject({ lifecycle: "published", publishedBy: "bob" });
  });

  it("does nothing without a yes, and asks nobody in a pipe", async ({ cli, env, packages }) => {
    const { name, object } = await createProposal(cli, packages);
    const declined = await cli.inTerminal(["approve", name], { as: "bob", input: "n\n" });
    expect(declined.code).toBe(1);
    expect(declined.stdout).toContain("not confirmed: nothing was done");
    for (const args of [
      ["approve", name],
      ["approve", name, "--yes"],
      ["approve", name, "--no-input"],
    ]) {
      const refused = await cli.run(args, { as: "bob", input: "y\n" });
      expect(refused.code).toBe(2);
      expect(refused.stderr).toContain("--digest");
    }
    expect((await env.revision(object)).status?.lifecycle).toBe("proposed");
  });

  it("approves no other digest than the one that was reviewed", async ({ cli, env, packages }) => {
    const { name, short, object } = await createProposal(cli, packages);
    const reviewed = (await env.revision(object)).status?.proposal?.digest ?? "";
    await cli("withdraw", name);
    await packages.save(object, { "a.yaml": "a: 2\n" });
    await cli("propose", name, "--wait");
    const late = await cli.run(["approve", name, "--yes", "--digest", reviewed], { as: "bob" });
    expect(late.code).toBe(5);
    expect(late.stderr).toContain(`${short} is not what was reviewed any more: nothing was approved`);
    expect((await env.revision(object)).status?.lifecycle).toBe("proposed");
    const now = (await env.revision(object)).status?.proposal?.digest ?? "";
    const done = await cli.run(["approve", name, "--yes", "--digest", now], { as: "bob" });
    expect(done).toMatchObject({ code: 0, stderr: `published ${short} as v1\n` });
  });

  it("notices a change between what it shows and the answer", async ({ cli, env, packages }) => {
    const { name, short, object } = await createProposal(cli, packages);
    const asking = cli.startInTerminal(["approve", name], { as: "bob" });
    await asking.waitForOutput("[y/N]");
    await cli("withdraw", name);
    await packages.save(object, { "a.yaml": "evil: 1\n" });
    await cli("propose", name, "--wait");
    asking.write("y\n");
    const { code, output } = await asking.ended();
    expect(output).toContain(`${short} is not what was reviewed any more: nothing was approved`);
    expect(code).toBe(5);
    expect((await env.revision(object)).status?.lifecycle).toBe("proposed");
  });

  it("says who may not, in the words of the policy, with exit code 4", async ({ cli, env, packages }) => {
    const { name, object } = await createProposal(cli, packages);
    const digest = (await env.revision(object)).status?.proposal?.digest ?? "";
    const { code, stderr } = await cli.run(["approve", name, "--yes", "--digest", digest], { as: "alice" });
    expect(code).toBe(4);
    expect(stderr).toMatch(/^error: user alice may not approve/);
    expect(stderr).not.toMatch(/ValidatingAdmissionPolicy|denied request/);
  });

  it("warns of the gates of the Repository, also of those that came later", async ({ cli, env, packages }) => {
    await env.git.createRepository("later");
    await env.register("later", { deployment: true });
    const { name, object } = await createDraft(packages, "later");
    await cli("propose", name, "--wait");
    const gates = { spec: { readinessGates: [{ conditionType: "example.com/scanned" }] } };
    await packages.request("admin", "merge", "repositories/later", gates);
    const { stdout } = await cli.run(["approve", name], { as: "bob" });
    expect(stdout).toContain("warning: the gate example.com/scanned has no verdict in status.gates\n");
    expect(await cli("show", name)).toContain("\nGates:\n  example.com/scanned has no verdict in status.gates\n");
    await packages.patch(object, { spec: { lifecycle: "draft" } });
  });

  it("warns of invalid files", async ({ cli, env, packages }) => {
    const { name, object } = await createDraft(packages);
    await packages.save(object, { "bad.yaml": "a: [\n" });
    await env.waitFor(object, "has invalid files", ({ status }) =>
      (status?.conditions ?? []).some((one) => one.type === "FilesValid" && one.status === "False"),
    );
    const proposed = await cli.run(["propose", name, "--wait"]);
    expect(proposed.stderr).toMatch(/^warning: files: InvalidYAML: bad\.yaml:/m);
    const { stdout } = await cli.run(["approve", name], { as: "bob" });
    expect(stdout).toMatch(/^warning: files: InvalidYAML: bad\.yaml:/m);
  });
});

describe("kubectl pkg delete and undelete", () => {
  it("delete a draft at once", async ({ cli, packages }) => {
    const { name, short, object } = await createDraft(packages);
    expect(await cli.run(["delete", name])).toMatchObject({ code: 2, stderr: expect.stringContaining("--yes") });
    const { code, stdout } = await cli.inTerminal(["delete", name], { input: "y\n" });
    expect(code).toBe(0);
    expect(stdout).toContain(`deleted ${short}`);
    await packages.waitUntilGone(object);
  });

  it("walk through the deletion of a published revision", async ({ cli, env, packages }) => {
    const { name, object, id } = await createDraft(packages);
    await packages.publish(object);
    const proposed = await cli.run(["delete", name, "--yes"]);
    expect(proposed).toMatchObject({
      code: 0,
      stderr: `proposed to delete edge1/${name}@v1: an approver deletes it, or undelete keeps it\n`,
    });
    expect((await cli.run(["undelete", name])).stderr).toBe(`kept edge1/${name}@v1\n`);
    expect(await cli.run(["undelete", name])).toMatchObject({ code: 4 });
    await cli("delete", name, "--yes");
    const refused = await cli.run(["delete", name, "--yes"]);
    expect(refused).toMatchObject({ code: 4, stderr: expect.stringMatching(/^error: user alice may not delete/) });
    expect((await cli.run(["delete", name, "--yes"], { as: "bob" })).stderr).toBe(`deleted edge1/${name}@v1\n`);
    await packages.waitUntilGone(object);
    env.ledger.recordDeletion(`${env.namespace}/${object}`);
    const tags = await env.git.git("deployments", "tag", "--list", `${id.target}/${name}/*`);
    expect(tags.trim()).toBe(`${id.target}/${name}/deleted-v1`);
  });
});

describe("kubectl pkg events", () => {
  it("list what needs a person", async ({ cli, env, packages }) => {
    const id = { target: "catalog", repository: "deployments", package: "nowhere", workspace: "first" };
    await env.waitForReason(await packages.create(id), "TargetRequired");
    const events = await waitUntil("the Event is there", async () => await cli("events", "nowhere"), {
      until: (text) => text !== "",
    });
    expect(events).toMatch(/^LAST +TYPE +REASON +COUNT +NOTE\n\d+s +Warning +TargetRequired +1 +/);
  });
});

describe("kubectl pkg wait", () => {
  it.for([
    [["--for", "ready"], 0],
    [["--for", "draft"], 0],
    [["--for", "published", "--timeout", "500ms"], 6],
    [["--for", "deleted", "--timeout", "500ms"], 6],
    [["--for", "nothing"], 2],
  ] as const)("%j ends with %i for a draft", async ([args, code], { cli, packages }) => {
    const { name } = await createDraft(packages);
    expect((await cli.run(["wait", name, ...args])).code).toBe(code);
  });
});
