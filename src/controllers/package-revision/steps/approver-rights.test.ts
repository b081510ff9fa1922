import { describe, expect, it } from "vitest";
import { ApiError } from "../../../kube/client/errors.ts";
import { ReviewingClient } from "../testing/reviewing-client.ts";
import { StepEnv } from "../testing/step-env.ts";

const TAG = "refs/tags/dns/v1";
const BOT = "system:serviceaccount:ci:bot";

async function approvedBy(by: string) {
  const env = await StepEnv.open();
  const client = new ReviewingClient(env.api);
  const name = await env.proposal("dns", { f: "mine" });
  env.user.approve(name);
  env.api.patch("packagerevisions", name, { spec: { approval: { by } } });
  return { env, name, client, reconcile: async () => await env.reconcileWith(name, { client }) };
}

const refuse = (code: number) => () => {
  throw new ApiError({ code, reason: "Refused", message: "refused" });
};

describe("the right of an approver, before a publication", () => {
  it("is asked for once, with the groups of a ServiceAccount", async () => {
    const { env, name, client, reconcile } = await approvedBy(BOT);
    await reconcile();
    expect(env.commitOf(TAG)).toBeDefined();
    expect(client.reviews).toEqual([
      {
        user: BOT,
        groups: ["system:serviceaccounts", "system:serviceaccounts:ci", "system:authenticated"],
        resourceAttributes: {
          group: "pkg.pkgserver.dev",
          resource: "packagerevisions",
          subresource: "approval",
          verb: "update",
          namespace: "default",
          name,
        },
      },
    ]);
  });

  it("is required of a ServiceAccount, whose approval may be taken back without it", async () => {
    const { env, name, client, reconcile } = await approvedBy(BOT);
    client.answer = () => false;
    await reconcile();
    expect(env.commitOf(TAG)).toBeUndefined();
    expect(env.revision(name).status?.waitingFor).toEqual(["ApproverNotAllowed"]);
    const ready = env.revision(name).status?.conditions?.find(({ type }) => type === "Ready");
    expect(ready).toMatchObject({ status: "False", reason: "ApproverNotAllowed" });
    expect(ready?.message).toContain(`${BOT} approved this, and may not`);
    client.answer = () => true;
    await reconcile();
    expect(env.commitOf(TAG)).toBeDefined();
  });

  it.each(["bob", "system:serviceaccount:ci:bot:x", "system:serviceaccount::bot"])(
    "is not asked for %s, whose groups are not known",
    async (user) => {
      const { env, client, reconcile } = await approvedBy(user);
      client.answer = () => false;
      await reconcile();
      expect(client.reviews).toEqual([]);
      expect(env.commitOf(TAG)).toBeDefined();
    },
  );

  it("to override a freeze is asked for as well, of a ServiceAccount that does, until the freeze is over", async () => {
    const { env, name, client, reconcile } = await approvedBy(BOT);
    const freeze = { name: "night", schedule: "* * * * *", duration: "1h" };
    env.api.patch("repositories", "blue", { spec: { freezes: [freeze] } });
    env.api.patch("packagerevisions", name, { spec: { approval: { overrideFreeze: "an outage" } } });
    client.answer = ({ resourceAttributes: { verb } }) => verb !== "override-freeze";
    await reconcile();
    expect(client.reviews.map(({ resourceAttributes: { verb, subresource } }) => [verb, subresource])).toEqual([
      ["update", "approval"],
      ["override-freeze", undefined],
    ]);
    expect(env.commitOf(TAG)).toBeUndefined();
    const ready = env.revision(name).status?.conditions?.find(({ type }) => type === "Ready");
    expect(ready).toMatchObject({ status: "False", reason: "ApproverNotAllowed" });
    expect(ready?.message).toContain(`${BOT} overrides the freeze night, and may not: it needs override-freeze`);
    env.api.patch("repositories", "blue", { spec: { freezes: [] } });
    await reconcile();
    expect(client.reviews.at(-1)?.resourceAttributes.verb).toBe("update");
    expect(env.commitOf(TAG)).toBeDefined();
  });

  it("is not known where the API server does not answer: nothing is published for a ServiceAccount", async () => {
    const { env, name, client, reconcile } = await approvedBy(BOT);
    client.answer = refuse(500);
    await expect(reconcile()).rejects.toMatchObject({ code: 500 });
    client.answer = refuse(403);
    await expect(reconcile()).rejects.toMatchObject({ reason: "ApproverNotAllowed" });
    expect(env.commitOf(TAG)).toBeUndefined();
    const ready = env.revision(name).status?.conditions?.find(({ type }) => type === "Ready");
    expect(ready?.message).toContain("the operator may not create SubjectAccessReviews");
  });
});
