import { describe, expect } from "vitest";
import { waitUntil } from "../harness/wait.ts";
import { testWithEnv } from "../testenv/fixtures.ts";
import { createGitReader } from "../testenv/git-reader.ts";
import type { Packages } from "../testenv/packages.ts";
import type { TestEnv } from "../testenv/testenv.ts";
import { digestOf, furtherApproval, readyOf } from "./approval-policy.ts";

const it = testWithEnv("freezes");

const ALWAYS = { name: "year-end", schedule: "* * * * *", duration: "1h", timeZone: "Europe/Berlin" };
const FILES = { "a.yaml": "a: 1\n" };

/** A freeze that began in this minute, and ends some seconds from now. */
function freezeFor(seconds: number, now = new Date()) {
  const [hour, minute] = [now.getUTCHours(), now.getUTCMinutes()];
  const duration = `${now.getUTCSeconds() + seconds}s`;
  return { name: "short", schedule: `${minute} ${hour} * * *`, duration };
}

async function register(env: TestEnv, name: string, spec: object): Promise<void> {
  await env.git.createRepository(name);
  await env.register(name, spec as Readonly<Record<string, unknown>>);
}
async function propose(packages: Packages, repository: string): Promise<string> {
  const name = await packages.createDraft({ repository, package: "net", workspace: "one" }, FILES);
  await packages.propose(name);
  return name;
}

describe.concurrent("a freeze of a Repository", () => {
  it("holds publications back until it ends, and then publishes what was approved", async ({ env, packages }) => {
    await register(env, "short", {});
    const name = await propose(packages, "short");
    await packages.request("admin", "merge", "repositories/short", { spec: { freezes: [freezeFor(15)] } });
    await env.waitForRepository("short", "Synced");
    await packages.approve(name);
    const frozen = await packages.waitForReason(name, "Frozen");
    expect(frozen.status).toMatchObject({ lifecycle: "proposed", waitingFor: ["Frozen"] });
    expect(readyOf(frozen)?.message).toMatch(/^the Repository is frozen \(short\): waits until 20\S+Z, or an approval/);
    env.ledger.recordPublication(await packages.waitForReason(name, "Published"));
  });

  it("is ended by a change of the Repository, and an approval may be taken back meanwhile", async ({
    env,
    packages,
  }) => {
    await register(env, "ended", { freezes: [ALWAYS] });
    const name = await propose(packages, "ended");
    await packages.approve(name);
    await packages.waitForReason(name, "Frozen");
    await packages.takeBack(name, "proposed");
    await packages.waitForReason(name, "Proposed");
    await packages.approve(name);
    await packages.waitForReason(name, "Frozen");
    await packages.request("admin", "merge", "repositories/ended", { spec: { freezes: null } });
    env.ledger.recordPublication(await packages.waitForReason(name, "Published"));
    expect(await createGitReader(env.git, "ended").trailers("net/v1")).not.toHaveProperty("Freeze-Overridden-By");
  });

  it("is overridden by those with the right, with a reason that the tag records", async ({ env, packages }) => {
    await register(env, "urgent", { freezes: [ALWAYS] });
    const name = await propose(packages, "urgent");
    const reviewed = await packages.get(name);
    const override = { digest: digestOf(reviewed), by: "bob", overrideFreeze: "an outage" };
    await expect(packages.patch(name, { spec: { lifecycle: "published", approval: override } }, "bob")).rejects.toThrow(
      "user bob may not override a freeze",
    );
    await packages.approve(name, "bob");
    await packages.waitForReason(name, "Frozen");
    // An approval alone is no override.
    await packages.patch(name, furtherApproval("admin", reviewed), "admin");
    const approvals = { carol: { digest: digestOf(reviewed), overrideFreeze: "an outage\nof the shop" } };
    await waitUntil("carol's approval is accepted", async () => {
      return await packages.patch(name, { spec: { approvals } }, "carol").then(Boolean, () => false);
    });
    env.ledger.recordPublication(await packages.waitForReason(name, "Published"));
    expect(await createGitReader(env.git, "urgent").trailers("net/v1")).toMatchObject({
      "Freeze-Overridden-By": "carol",
      "Freeze-Override-Reason": '"an outage\\nof the shop"',
    });
  });

  it("that cannot be evaluated holds everything back, and says so", async ({ env, packages }) => {
    await register(env, "wrong", { freezes: [{ ...ALWAYS, timeZone: "Europe/Nowhere" }] });
    const name = await propose(packages, "wrong");
    await packages.approve(name);
    const held = await packages.waitForReason(name, "InvalidFreeze");
    expect(readyOf(held)?.message).toContain('year-end: window "* * * * *" in "Europe/Nowhere"');
    await packages.request("admin", "merge", "repositories/wrong", { spec: { freezes: [] } });
    env.ledger.recordPublication(await packages.waitForReason(name, "Published"));
  });
});
