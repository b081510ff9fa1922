import { describe, expect } from "vitest";
import { ANNOTATION_CHANGED_BY, ANNOTATION_PROPOSED_BY } from "../../src/api/v1alpha1/well-known.ts";
import { bindApprovers } from "../packages/approval-policy.ts";
import { normalize, testWithCli } from "../testenv/cli.ts";
import { needs } from "../testenv/needs.ts";
import type { Packages } from "../testenv/packages.ts";

const it = testWithCli("approvals");

const OWNERS = "net-owners";
const asFrank = ["--as", "frank", "--as-group", OWNERS];

it.beforeAll(async ({ env, requestAs }) => {
  await bindApprovers(env, requestAs, OWNERS);
  for (const name of ["two", "owned", "eyes"]) await env.git.createRepository(name);
  await env.register("two", { deployment: true, approval: { required: 2 } });
  const rules = [{ name: "edge", match: { targets: ["edge*"] }, groups: [OWNERS] }];
  await env.register("owned", { deployment: true, approval: { rules } });
  await env.register("eyes", { deployment: true, approval: { fourEyes: true, required: 2 } });
});

/** A proposal of alice; returns its object's name and digest. */
async function propose(packages: Packages, repository: string, name: string) {
  const id = { target: "edge1", repository, package: name, workspace: "first" };
  const metadata = { annotations: { [ANNOTATION_CHANGED_BY]: "alice" } };
  const object = await packages.createDraft(id, { "a.yaml": "a: 1\n" }, { metadata });
  const by = { annotations: { [ANNOTATION_PROPOSED_BY]: "alice" } };
  await packages.patch(object, { spec: { lifecycle: "proposed" }, metadata: by });
  const { status } = await packages.waitFor(object, "is proposed", (one) => one.status?.lifecycle === "proposed");
  return { object, digest: status?.proposal?.digest ?? "" };
}

describe("kubectl pkg approve where several users approve", () => {
  it("says who has to follow, and the last one publishes", async ({ cli, packages }) => {
    const { object, digest } = await propose(packages, "two", "shared");
    const approve = async (as: "bob" | "carol") =>
      await cli.run(["approve", "shared", "--yes", "--digest", digest], { as });
    expect(await cli("show", "shared")).toContain("0 of 2 approvals; waits for 2 of: any approver\n");
    expect(await approve("bob")).toMatchObject({
      code: 0,
      stderr: "approved edge1/shared@first: 1 of 2 approvals (bob); waits for 1 of: any approver\n",
    });
    const shown = normalize(await cli("show", "shared"));
    expect(shown).toMatch(/^Waits for: +WaitingForApproval: 1 of 2 approvals \(bob\); waits for 1 of: any approver$/m);
    expect(shown).toMatch(/^Approved by: +bob, AGE ago$/m);
    const listed = async (as: "bob" | "carol") =>
      (await cli.run(["get", "--needs-approval", "--repo", "two", "-o", "name"], { as })).stdout;
    expect([await listed("bob"), await listed("carol")]).toEqual(["", expect.stringContaining(object)]);
    const back = async (as: "bob" | "carol") => await cli.run(["approve", "shared", "--take-back"], { as });
    expect(await back("carol")).toMatchObject({
      code: 4,
      stderr: "error: carol has not approved edge1/shared@first\n",
    });
    expect(await back("bob")).toMatchObject({
      code: 0,
      stderr: "your approval of edge1/shared@first is taken back\n",
    });
    expect((await packages.waitForReason(object, "Proposed")).spec.approval).toBeUndefined();
    expect((await approve("carol")).stderr).toContain("1 of 2 approvals (carol)");
    expect((await cli.run(["approve", "shared"], { as: "bob" })).stdout).toMatch(/^Approvals: +1 of 2 approvals/m);
    expect(await approve("bob")).toMatchObject({ code: 0, stderr: "published edge1/shared@first as v1\n" });
    expect(normalize(await cli("show", "edge1/shared@v1"))).toMatch(
      /^Approved by: +carol, AGE ago\nApproved by: +bob, AGE ago$/m,
    );
  });

  it("adds approvals that are given at the same moment", async ({ cli, packages }) => {
    const { digest } = await propose(packages, "two", "race");
    const users = ["bob", "carol"] as const;
    const results = await Promise.all(
      users.map(async (as) => await cli.run(["approve", "race", "--yes", "--digest", digest], { as })),
    );
    expect(results.map(({ code }) => code)).toEqual([0, 0]);
    expect(results.map(({ stderr }) => stderr).join("")).toContain("published edge1/race@first as v1\n");
  });

  it("does not wait for the end of a freeze, and overrides it with a reason", async ({ cli, env, packages }) => {
    await env.git.createRepository("frozen");
    const freezes = [{ name: "always", schedule: "* * * * *", duration: "1h" }];
    await env.register("frozen", { deployment: true, freezes });
    const { digest } = await propose(packages, "frozen", "ice");
    const approve = async (as: "bob" | "carol", ...more: readonly string[]) =>
      await cli.run(["approve", "ice", "--yes", "--digest", digest, ...more], { as });
    const waits = await approve("bob");
    expect([waits.code, waits.stderr]).toEqual([
      0,
      expect.stringMatching(/^approved edge1\/ice@first: the Repository is frozen \(always\): waits until /),
    ]);
    const override = ["--override-freeze", "an outage"] as const;
    const refused = await approve("bob", ...override);
    expect([refused.code, refused.stderr]).toEqual([4, expect.stringMatching(/^error: user bob may not override/)]);
    expect(await approve("carol", ...override)).toMatchObject({ code: 0, stderr: "published edge1/ice@first as v1\n" });
  });

  it("names the groups of the user", async ({ cli, packages }) => {
    const { object, digest } = await propose(packages, "owned", "net");
    const listed = async (args: readonly string[], as: "bob" | "admin") =>
      (await cli.run(["get", "--needs-approval", "--repo", "owned", "-o", "name", ...args], { as })).stdout;
    expect(await listed([], "bob")).toBe("");
    expect(await listed(asFrank, "admin")).toContain(object);
    const done = await cli.run(["approve", "net", "--yes", "--digest", digest, ...asFrank], { as: "admin" });
    expect(done).toMatchObject({ code: 0, stderr: "published edge1/net@first as v1\n" });
    expect(normalize(await cli("show", "edge1/net@v1"))).toMatch(
      /^Approved by: +frank, of group net-owners, AGE ago$/m,
    );
  });

  const rejected = "takes all approvals back with a rejection, and lists nothing of one's own under four eyes";
  it(...needs("MutatingAdmissionPolicy", rejected), async ({ cli, packages }) => {
    const { object, digest } = await propose(packages, "eyes", "mine");
    const listed = async (as: "alice" | "bob") =>
      (await cli.run(["get", "--needs-approval", "--repo", "eyes", "-o", "name"], { as })).stdout;
    expect([await listed("alice"), await listed("bob")]).toEqual(["", expect.stringContaining(object)]);
    await cli.run(["approve", "mine", "--yes", "--digest", digest], { as: "bob" });
    await cli.run(["reject", "mine", "--reason", "too early"], { as: "bob" });
    const { spec, status } = await packages.get(object);
    expect([spec.approval, spec.approvals, status?.approvals]).toEqual([undefined, undefined, undefined]);
  });
});
