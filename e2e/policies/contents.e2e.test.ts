import { beforeAll, describe, expect, inject, it } from "vitest";
import {
  type ApiResponse,
  contentsOf,
  createPolicyTestEnv,
  expectAnswer,
  type Given,
  type KubeLike,
  newRevision,
  type PolicyTestEnv,
} from "./testenv.ts";

let env: PolicyTestEnv;

beforeAll(async () => {
  env = await createPolicyTestEnv(inject("controlPlane"), "policies-contents");
});

/** The contents of a draft, which hold `a.yaml`. */
async function arrangeContents(given: Given, page = ""): Promise<KubeLike> {
  const object = contentsOf(`${newRevision().metadata.name}${page}`, { resources: { "a.yaml": "a: 1\n" } });
  return env.arrange({ status: { frozen: false }, ...given }, env.contents, object);
}

describe("policies: contents", () => {
  const EDITED_BY = "pkg.pkgserver.dev/edited-by";
  const ALLOW_EMPTY = "pkg.pkgserver.dev/allow-empty";
  const edit = { spec: { resources: { "b.yaml": "b: 1\n" } } };
  const path = (object: KubeLike) => `${env.contents}/${object.metadata.name}`;
  const editors = (answer: ApiResponse) =>
    (answer.body.metadata.annotations as Record<string, string> | undefined)?.[EDITED_BY];

  it.each(["carol", "admin"] as const)("%s neither makes nor removes them", async (user) => {
    const object = await arrangeContents({});
    const refusal = user === "admin" ? "are made by the operator" : `User "${user}" cannot create resource`;
    const copy = { ...object, metadata: { name: `${object.metadata.name}-copy` } };
    expectAnswer(await env.requestAs(user, "create", env.contents, copy), refusal);
    const removal = user === "admin" ? "are removed by the operator" : `User "${user}" cannot delete resource`;
    expectAnswer(await env.requestAs(user, "delete", path(object)), removal);
  });

  it.each(["operator", "collector"] as const)("%s removes them", async (user) => {
    expectAnswer(await env.requestAs(user, "delete", path(await arrangeContents({}))));
  });

  it("are edited in a draft, and frozen for everyone when status says so", async () => {
    const open = await arrangeContents({ status: { frozen: false } });
    expectAnswer(await env.requestAs("alice", "merge", path(open), edit));
    const frozen = await arrangeContents({ status: { frozen: true } });
    const unopened = await arrangeContents({ status: {} });
    for (const user of ["alice", "admin", "operator"] as const) {
      const refusal = "the contents are frozen: only a draft can be edited";
      expectAnswer(await env.requestAs(user, "merge", path(frozen), edit), refusal);
      expectAnswer(await env.requestAs(user, "merge", path(unopened), edit), refusal);
    }
    expectAnswer(await env.requestAs("alice", "merge", path(frozen), { metadata: { labels: { a: "b" } } }));
    expectAnswer(await env.requestAs("bob", "merge", path(open), edit), 'User "bob" cannot patch resource');
  });

  it("keep the owner that they have: another one would have them collected", async () => {
    const owner = (uid: string) => ({ apiVersion: "v1", kind: "ConfigMap", name: "other", uid });
    const object = await arrangeContents({});
    const given = { metadata: { ownerReferences: [owner("11111111-2222-3333-4444-555555555555")] } };
    const refusal = "metadata.ownerReferences of PackageRevisionResources are the operator's: leave them as they are";
    for (const user of ["alice", "admin"] as const) {
      expectAnswer(await env.requestAs(user, "merge", path(object), given), refusal);
    }
    expectAnswer(await env.requestAs("operator", "merge", path(object), given));
    expectAnswer(await env.requestAs("alice", "merge", path(object), { metadata: { ownerReferences: [] } }));
  });

  it("are not emptied by a manifest that forgot the files", async () => {
    const object = await arrangeContents({});
    const emptied = { ...object, spec: {} };
    for (const user of ["alice", "admin"] as const) {
      expectAnswer(
        await env.requestAs(user, "replace", path(object), emptied),
        "spec would hold no file: if that is meant, set the annotation",
      );
    }
    const meant = { ...emptied, metadata: { ...object.metadata, annotations: { [ALLOW_EMPTY]: "true" } } };
    expectAnswer(await env.requestAs("alice", "replace", path(object), meant));
    const empty = await arrangeContents({ spec: { resources: {} } });
    expectAnswer(await env.requestAs("alice", "merge", path(empty), { metadata: { labels: { a: "b" } } }));
    const page = await arrangeContents({}, ".page-2");
    expectAnswer(await env.requestAs("alice", "replace", path(page), { ...page, spec: {} }));
  });

  it("remember everyone who edited, the last editor last", async () => {
    const object = await arrangeContents({});
    expect(editors(await env.requestAs("alice", "merge", path(object), edit))).toBe("alice");
    expect(editors(await env.requestAs("carol", "merge", path(object), { spec: { resources: { c: "1" } } }))).toBe(
      "alice\ncarol",
    );
    expect(editors(await env.requestAs("alice", "merge", path(object), { spec: { resources: { c: "2" } } }))).toBe(
      "carol\nalice",
    );
    const unchanged = await env.requestAs("carol", "merge", path(object), { metadata: { labels: { a: "b" } } });
    expect(editors(unchanged)).toBe("carol\nalice");
    const { annotations: _, ...metadata } = unchanged.body.metadata;
    const replaced = await env.requestAs("admin", "replace", path(object), {
      ...unchanged.body,
      metadata,
      spec: edit.spec,
    });
    expect(editors(replaced)).toBe("carol\nalice\nadmin");
  });

  it.each(["bob", "alice\nbob", "bob\nalice"])("refuse the forged editors %j", async (value) => {
    const object = await arrangeContents({ metadata: { annotations: { [EDITED_BY]: "carol" } } });
    const forged = { ...edit, metadata: { annotations: { [EDITED_BY]: value } } };
    expectAnswer(
      await env.requestAs("alice", "merge", path(object), forged),
      "edited-by is filled in by the API server",
    );
  });

  it("take an edit of a package near the limit of an object", async () => {
    const big = "x".repeat(600_000);
    const object = await arrangeContents({ spec: { resources: { "big.yaml": big } } });
    const answer = await env.requestAs("alice", "merge", path(object), { spec: { resources: { "big2.yaml": big } } });
    expect(answer.body.message).toBeUndefined();
    expect(editors(answer)).toBe("alice");
  });
});
