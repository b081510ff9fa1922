import { beforeAll, describe, expect, inject, it } from "vitest";
import { packageRevisionKind } from "../../src/api/v1alpha1/package-revision.ts";
import { waitUntil } from "../harness/wait.ts";
import { type Case, changeable, draft, published, revisionCases } from "./cases.ts";
import {
  type ApiResponse,
  contentsOf,
  createPolicyTestEnv,
  expectAnswer,
  type KubeLike,
  newRevision,
  type PolicyTestEnv,
  type User,
} from "./testenv.ts";

let env: PolicyTestEnv;

beforeAll(async () => {
  env = await createPolicyTestEnv(inject("controlPlane"), "policies");
});

async function act(user: User, object: KubeLike, what: Case["act"]): Promise<ApiResponse> {
  const path = `${env.revisions}/${object.metadata.name}`;
  if (what === "delete") return env.requestAs(user, "delete", path);
  const replaces = typeof what === "function";
  return env.requestAs(user, replaces ? "replace" : "merge", path, replaces ? what(object) : what);
}

for (const [name, cases] of Object.entries(revisionCases)) {
  const rows = cases.flatMap(({ as, ...one }) =>
    as.map((user) => ({ ...one, user, says: one.refused === undefined ? "accepted" : "refused" })),
  );
  describe(`policies: ${name}`, () => {
    it.each(rows)("$user: $title: $says", async (row) => {
      const answer = await act(row.user, await env.arrange(row.given), row.act);
      expectAnswer(answer, row.refused);
      if (row.result !== undefined) expect(answer.body).toMatchObject(row.result);
      if (row.lacks !== undefined) expect(answer.body).not.toHaveProperty([...row.lacks]);
    });
  });
}

describe("policies: the table", () => {
  it("has a value to try for every field of the spec that can change", () => {
    const {
      packageRevID: _,
      lifecycle: _l,
      approval: _a,
      tasks: _t,
      upstream: _u,
      ...fields
    } = packageRevisionKind.spec.properties;
    expect(Object.keys(changeable).toSorted()).toEqual(Object.keys(fields).toSorted());
  });
});

describe("policies: server-side apply", () => {
  it("refuses a manifest that forgets the lifecycle it once set", async () => {
    const object = newRevision();
    const path = `${env.revisions}/${object.metadata.name}?fieldManager=alice`;
    const full = { ...object, spec: { ...object.spec, lifecycle: "proposed" } };
    expectAnswer(await env.requestAs("alice", "apply", path, full));
    expectAnswer(
      await env.requestAs("alice", "apply", path, object),
      "spec.lifecycle cannot be removed once set (it is proposed)",
    );
    expectAnswer(await env.requestAs("alice", "apply", path, full));
  });
});

describe("policies: status", () => {
  it.each(["alice", "bob", "carol", "dave"] as const)("%s may not write what was observed", async (user) => {
    for (const [collection, object] of [
      [env.revisions, await env.arrange(draft)],
      [env.contents, await env.arrange({}, env.contents, contentsOf(newRevision().metadata.name))],
    ] as const) {
      const answer = await env.requestAs(user, "merge", `${collection}/${object.metadata.name}/status`, {
        status: { commit: "x" },
      });
      expectAnswer(answer, `User "${user}" cannot patch resource`);
    }
  });
});

describe("policies: deletion of many, and with the namespace", () => {
  it("refuses what is published in a deletion of many", async () => {
    const metadata = { labels: { many: "yes" } };
    const kept = await env.arrange({ ...published, metadata });
    const query = "?labelSelector=many%3Dyes";
    expectAnswer(await env.requestAs("carol", "delete", `${env.revisions}${query}`), "is not deleted directly");
    expect((await env.requestAs("carol", "get", `${env.revisions}/${kept.metadata.name}`)).code).toBe(200);
  });

  it("lets a terminating namespace take everything along", async () => {
    const ending = await createPolicyTestEnv(inject("controlPlane"), "policies-ending");
    const revision = await ending.arrange(published);
    const contents = await ending.arrange({}, ending.contents, contentsOf(revision.metadata.name));
    const remove = (collection: string) =>
      ending.requestAs("admin", "delete", `${collection}/${revision.metadata.name}`);
    expectAnswer(await remove(ending.revisions), "is not deleted directly");
    expectAnswer(await remove(ending.contents), "are removed by the operator");
    expectAnswer(await ending.requestAs("admin", "delete", "../api/v1/namespaces/policies-ending"));
    // What admission knows of the namespace follows a moment later.
    await waitUntil("the deletion is accepted", async () => (await remove(ending.revisions)).code === 200);
    expectAnswer(await remove(ending.contents));
    expect((await ending.requestAs("admin", "get", `${ending.contents}/${contents.metadata.name}`)).code).toBe(404);
  });
});
