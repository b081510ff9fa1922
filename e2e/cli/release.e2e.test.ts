import { describe, expect } from "vitest";
import { ANNOTATION_CHANGED_BY, LABEL_RELEASE } from "../../src/api/v1alpha1/well-known.ts";
import { type Cli, normalize, testWithCli } from "../testenv/cli.ts";
import { createGitReader } from "../testenv/git-reader.ts";
import type { Packages } from "../testenv/packages.ts";
import type { TestEnv } from "../testenv/testenv.ts";

const it = testWithCli("release-cli");
const PRIVILEGED = `apiVersion: v1
kind: Pod
metadata:
  name: web
spec:
  containers:
    - name: web
      image: web:1
      securityContext:
        privileged: true
`;

/** Drafts of a package for two targets in a Repository of their own. */
async function createDrafts(env: TestEnv, packages: Packages, repository: string) {
  await env.git.createRepository(repository);
  await env.register(repository, { deployment: true });
  const metadata = { annotations: { [ANNOTATION_CHANGED_BY]: "alice" } };
  const create = async (target: string) => {
    const id = { target, repository, package: repository, workspace: "first" };
    return await packages.createDraft(id, { "pod.yaml": PRIVILEGED }, { metadata });
  };
  return [await create("edge1"), await create("edge2")] as const;
}

/** The same, proposed as members of a release of the Repository's name. */
async function createRelease(cli: Cli, env: TestEnv, packages: Packages, repository: string) {
  const objects = await createDrafts(env, packages, repository);
  for (const target of ["edge1", "edge2"]) {
    await cli("propose", `${target}/${repository}`, "--release", repository, "--wait");
  }
  return objects;
}

/** A Role for one user of its own. */
async function grant(env: TestEnv, user: string, rule: object): Promise<void> {
  const role = { name: `release-of-${user}`, namespace: env.namespace };
  const objects = [
    { kind: "Role", metadata: role, rules: [rule] },
    {
      kind: "RoleBinding",
      metadata: role,
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: role.name },
      subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: user }],
    },
  ].map((one) => ({ apiVersion: "rbac.authorization.k8s.io/v1", ...one }));
  await env.as("admin").withInput(objects.map((one) => JSON.stringify(one)).join("\n---\n"), "apply", "-f", "-");
}

const tagsOf = async (env: TestEnv, repository: string) =>
  (await createGitReader(env.git, repository).refs()).filter((ref) => ref.startsWith("tags/"));

describe("kubectl pkg propose, get and approve of a release", () => {
  it("proposes the members, lists them, shows each with its risks, and publishes all after one answer", async ({
    cli,
    env,
    packages,
  }) => {
    const [first, second] = await createDrafts(env, packages, "shop");
    expect((await cli.run(["propose", "edge1/shop", "--release", "spring", "--wait"])).stderr).toContain(
      "edge1/shop@first is a member of release spring\n",
    );
    await packages.patch(second, { metadata: { labels: { [LABEL_RELEASE]: "spring" } } });
    const early = await cli.run(["approve", "--release", "spring"], { as: "bob" });
    expect(early).toMatchObject({
      code: 4,
      stderr: expect.stringContaining("1 of 2 members of release spring are drafts"),
    });
    expect((await cli.run(["propose", "--release", "spring", "--wait"])).stderr).toContain(
      "proposed 1 members of release spring\n",
    );
    const list = await cli("get", "--release", "spring");
    expect(list).toMatch(/RELEASE/);
    expect(list.match(/spring/g)).toHaveLength(2);
    const { code, stdout } = await cli.inTerminal(["approve", "--release", "spring"], { as: "bob", input: "y\n" });
    expect(code).toBe(0);
    const shown = normalize(stdout);
    expect(shown).toContain("--- 1 of 2 ---\nedge1/shop@first\n");
    expect(shown).toContain("--- 2 of 2 ---\nedge2/shop@first\n");
    expect(shown.match(/privileged/g)?.length).toBeGreaterThanOrEqual(4);
    expect(shown).toContain("Release spring: 2 package revisions, published together\n");
    expect(shown).toContain("Approve all 2 members of release spring? [y/N]");
    expect(shown).toContain("published release spring: 2 package revisions\n");
    for (const name of [first, second]) expect((await env.revision(name)).status?.publishedBy).toBe("bob");
    expect(await tagsOf(env, "shop")).toEqual(["tags/edge1/shop/v1", "tags/edge2/shop/v1"]);
  });

  it("says which members the user may not approve before it asks, and lets others approve the rest", async ({
    cli,
    env,
    packages,
  }) => {
    const [first] = await createRelease(cli, env, packages, "shared");
    const refused = await cli.run(["approve", "--release", "shared"]);
    expect(refused).toMatchObject({ code: 4, stderr: expect.stringContaining("you may approve no member") });
    const rule = { apiGroups: ["pkg.pkgserver.dev"], resources: ["packagerevisions/approval"], verbs: ["update"] };
    await grant(env, "alice", { ...rule, resourceNames: [first] });
    const asked = await cli.inTerminal(["approve", "--release", "shared", "--stat"], { input: "y\n" });
    const stdout = normalize(asked.stdout);
    expect(stdout).toContain("warning: you may not approve 1 of 2: edge2/shared@first;");
    expect(stdout).toContain("Approve 1 of 2 members of release shared? [y/N]");
    expect(stdout).toContain("approved 1 of 2 members of release shared; it is published once all are approved");
    expect(await tagsOf(env, "shared")).toEqual([]);
    const rest = await cli.inTerminal(["approve", "--release", "shared", "--stat"], { as: "bob", input: "y\n" });
    expect(rest.stdout).toContain("Approve 1 of 2 members of release shared? [y/N]");
    expect(rest.stdout).toContain("published release shared: 2 package revisions");
    const approvers = await Promise.all([first].map(async (name) => (await env.revision(name)).status?.publishedBy));
    expect(approvers).toEqual(["alice"]);
  });

  it("approves a single member with the digest of the release, and no other release than the one reviewed", async ({
    cli,
    env,
    packages,
  }) => {
    const [first] = await createRelease(cli, env, packages, "single");
    const other = ["approve", "--release", "single", "--yes", "--digest", `sha256:${"0".repeat(64)}`];
    expect(await cli.run(other, { as: "bob" })).toMatchObject({
      code: 5,
      stderr: expect.stringContaining("release single is not what was reviewed any more: nothing was approved"),
    });
    const { stdout } = await cli.inTerminal(["approve", "edge1/single"], { as: "bob", input: "y\n" });
    expect(stdout).toContain("it is one of 2 members of release single, which are published together");
    expect(stdout).toContain("approved edge1/single@first");
    const { spec, status } = await env.waitFor(first, "waits for the others", (one) => {
      return one.status?.waitingFor?.[0] === "WaitingForRelease";
    });
    expect(spec.approval?.release).toBe(status?.release?.digest);
    const digest = status?.release?.digest ?? "";
    const done = await cli.run(["approve", "--release", "single", "--yes", "--digest", digest], { as: "bob" });
    expect(done).toMatchObject({ code: 0, stderr: expect.stringContaining("published release single") });
  });

  it("makes all members drafts again, and says so of each", async ({ cli, env, packages }) => {
    const objects = await createRelease(cli, env, packages, "back");
    const reason = "after the freeze";
    const rejected = await cli.run(["reject", "--release", "back", "--reason", reason], { as: "bob" });
    expect(rejected).toMatchObject({ code: 0, stdout: "" });
    expect(rejected.stderr).toBe(
      "rejected: edge1/back@first is a draft\nrejected: edge2/back@first is a draft\n" +
        "2 of 2 members of release back became drafts\n",
    );
    for (const name of objects) expect((await packages.get(name)).status?.rejected).toContain(`"${reason}"`);
    await cli("propose", "edge2/back", "--wait");
    expect(await cli.run(["withdraw", "--release", "back"])).toMatchObject({
      code: 0,
      stderr: "withdrawn: edge2/back@first is a draft\n1 of 2 members of release back became drafts\n",
    });
    expect(await cli.run(["withdraw", "--release", "back"])).toMatchObject({
      code: 4,
      stderr: expect.stringContaining("all 2 members of release back are drafts"),
    });
  });

  it("goes on with the other members behind one that is refused", async ({ cli, env, packages }) => {
    const [first, second] = await createRelease(cli, env, packages, "partly");
    const rule = { apiGroups: ["pkg.pkgserver.dev"], resources: ["packagerevisions"], verbs: ["patch"] };
    await grant(env, "dave", { ...rule, resourceNames: [second] });
    const { code, stderr } = await cli.run(["reject", "--release", "partly", "--reason", "no"], { as: "dave" });
    expect(code).toBe(4);
    expect(stderr).toContain('error: edge1/partly@first: User "dave" cannot patch resource');
    expect(stderr).toContain("rejected: edge2/partly@first is a draft\n");
    expect(stderr).toContain("1 of 2 members of release partly did not become drafts\nto see it: kubectl pkg show ");
    expect((await packages.get(first)).status?.lifecycle).toBe("proposed");
  });

  it("refuses what is no release, and both or neither of package and release", async ({ cli }) => {
    for (const args of [
      ["approve"],
      ["approve", "web", "--release", "spring"],
      ["propose"],
      ["withdraw"],
      ["reject"],
    ]) {
      expect((await cli.run(args)).code).toBe(2);
    }
    expect((await cli.run(["approve", "--release", "a,b"])).code).toBe(2);
    const { code, stderr } = await cli.run(["approve", "--release", "unknown"]);
    expect(code).toBe(3);
    expect(stderr).toContain("has the label pkg.pkgserver.dev/release=unknown");
  });
});
