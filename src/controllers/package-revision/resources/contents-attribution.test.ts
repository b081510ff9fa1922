import { describe, expect, it } from "vitest";
import { pageName } from "../../../core/identity/names.ts";
import { filesOf, pagesWith, STATUS } from "../testing/contents-pages.ts";
import { StepEnv } from "../testing/step-env.ts";
import { UNACKNOWLEDGED } from "./contents.ts";

describe("attribution of contents objects under four eyes", () => {
  const OPEN = { frozen: false } as const;
  const requireFourEyes = (env: StepEnv, fourEyes: boolean) =>
    env.api.patch("repositories", "blue", { spec: { approval: { fourEyes } } });
  const attributionOf = (env: StepEnv, name: string) => env.page(name).status?.attribution;

  it("is Complete from the status on that opens a page, and removed once nothing requires it", async () => {
    const env = await StepEnv.open({ approval: { fourEyes: true } });
    const name = env.create("dns");
    const owner = env.revision(name);
    await env.contents.create(owner, filesOf("a", "b"), STATUS);
    expect([attributionOf(env, name), attributionOf(env, pageName(name, 2))]).toEqual(["Complete", "Complete"]);
    env.edit(name, { g: "2" });
    await env.contents.updatePageStatus(owner, await env.contents.read(owner), OPEN);
    expect([attributionOf(env, name), env.contents.isSettled(owner, false)]).toEqual(["Complete", true]);
    requireFourEyes(env, false);
    expect(env.contents.isSettled(owner, false)).toBe(false);
    await env.contents.updatePageStatus(owner, await env.contents.read(owner), OPEN);
    expect(attributionOf(env, name)).toBeUndefined();
  });

  it("is Partial of a page that was edited before it was required", async () => {
    const { env, name, owner } = await pagesWith("a");
    env.edit(name, { g: "2" });
    requireFourEyes(env, true);
    await env.contents.updatePageStatus(owner, await env.contents.read(owner), OPEN);
    expect(attributionOf(env, name)).toBe("Partial");
  });

  it("is a Conflict if an open page is edited before it is required of it", async () => {
    const { env, name, owner } = await pagesWith("a");
    requireFourEyes(env, true);
    const pages = await env.contents.read(owner);
    env.edit(name, { g: "2" });
    await expect(env.contents.updatePageStatus(owner, pages, OPEN, UNACKNOWLEDGED)).rejects.toThrow("Conflict");
    expect(attributionOf(env, name)).toBeUndefined();
  });
});
