import { describe, expect } from "vitest";
import { needs } from "../testenv/needs.ts";
import { contentsOf, newRevision } from "./objects.ts";
import { type ApiResponse, expectResponse, type Given, it, type KubeLike, type PolicyTestEnv } from "./testenv.ts";

const EDITED_BY = "pkg.pkgserver.dev/edited-by";
const ALLOW_EMPTY = "pkg.pkgserver.dev/allow-empty";
const edit = { spec: { resources: { "b.yaml": "b: 1\n" } } };
const labelled = { metadata: { labels: { a: "b" } } };

/** The contents of a draft, which hold `a.yaml`; `page`: the suffix of a further page's name. */
async function arrangeContents(env: PolicyTestEnv, given: Given = {}, page = ""): Promise<KubeLike> {
  const object = contentsOf(`${newRevision().metadata.name}${page}`, { resources: { "a.yaml": "a: 1\n" } });
  return env.arrange({ status: { frozen: false }, ...given }, env.contents, object);
}

const pathOf = (env: PolicyTestEnv, object: KubeLike) => `${env.contents}/${object.metadata.name}`;
const editorsIn = (response: ApiResponse) =>
  (response.body.metadata.annotations as Record<string, string> | undefined)?.[EDITED_BY];

describe("policies of package contents: creation and deletion", () => {
  it.for(["carol", "admin"] as const)("are refused for %s", async (user, { env }) => {
    const object = await arrangeContents(env);
    const refusal = user === "admin" ? "are made by the operator" : `User "${user}" cannot create resource`;
    const copy = { ...object, metadata: { name: `${object.metadata.name}-copy` } };
    expectResponse(await env.requestAs(user, "create", env.contents, copy), refusal);
    const removal = user === "admin" ? "are removed by the operator" : `User "${user}" cannot delete resource`;
    expectResponse(await env.requestAs(user, "delete", pathOf(env, object)), removal);
  });

  it.for(["operator", "collector"] as const)("deletion is accepted for %s", async (user, { env }) => {
    expectResponse(await env.requestAs(user, "delete", pathOf(env, await arrangeContents(env))));
  });
});

describe("policies of package contents: status", () => {
  it("refuse to open a proposal, for everybody but the operator", async ({ env }) => {
    const object = await arrangeContents(env, { status: { frozen: true } });
    const path = `${pathOf(env, object)}/status`;
    const opened = { status: { frozen: false } };
    expectResponse(await env.requestAs("admin", "merge", path, opened), "is written by the operator alone");
    expectResponse(await env.requestAs("admin", "merge", path, { status: null }), "is written by the operator alone");
    expectResponse(await env.requestAs("admin", "merge", path, { status: { frozen: true } }));
    expectResponse(await env.requestAs("operator", "merge", path, opened));
  });
});

describe("policies of package contents: edits", () => {
  it("accept an edit of a draft, and refuse every user's while status does not say that it is one", async ({ env }) => {
    const open = await arrangeContents(env, { status: { frozen: false } });
    expectResponse(await env.requestAs("alice", "merge", pathOf(env, open), edit));
    const frozen = await arrangeContents(env, { status: { frozen: true } });
    const unobserved = await arrangeContents(env, { status: {} });
    for (const user of ["alice", "admin", "operator"] as const) {
      const refusal = "the contents are frozen: only a draft can be edited";
      expectResponse(await env.requestAs(user, "merge", pathOf(env, frozen), edit), refusal);
      expectResponse(await env.requestAs(user, "merge", pathOf(env, unobserved), edit), refusal);
    }
    expectResponse(await env.requestAs("alice", "merge", pathOf(env, frozen), labelled));
    expectResponse(await env.requestAs("bob", "merge", pathOf(env, open), edit), 'User "bob" cannot patch resource');
  });

  it("refuse a finalizer of a user, with which the object would outlive its package revision", async ({ env }) => {
    const path = pathOf(env, await arrangeContents(env));
    const keptBy = (...finalizers: readonly string[]) => ({ metadata: { finalizers } });
    const refusal = "metadata.finalizers of PackageRevisionResources are not for users: leave them as they are";
    for (const user of ["alice", "admin"] as const) {
      expectResponse(await env.requestAs(user, "merge", path, keptBy("example.com/keep")), refusal);
    }
    // Of an object that has one from before this rule: it can be removed.
    expectResponse(await env.requestAs("operator", "merge", path, keptBy("example.com/keep", "example.com/old")));
    expectResponse(await env.requestAs("alice", "merge", path, edit));
    expectResponse(await env.requestAs("alice", "merge", path, keptBy("example.com/keep", "example.com/new")), refusal);
    expectResponse(await env.requestAs("alice", "merge", path, keptBy()));
  });

  it("refuse an owner reference of a user, which would have the object garbage-collected", async ({ env }) => {
    const owner = (uid: string) => ({ apiVersion: "v1", kind: "ConfigMap", name: "other", uid });
    const first = owner("11111111-2222-3333-4444-555555555555");
    const second = owner("66666666-7777-8888-9999-000000000000");
    const path = pathOf(env, await arrangeContents(env));
    const ownedBy = (...ownerReferences: readonly object[]) => ({ metadata: { ownerReferences } });
    const refusal = "metadata.ownerReferences of PackageRevisionResources are the operator's: leave them as they are";
    for (const user of ["alice", "admin"] as const) {
      expectResponse(await env.requestAs(user, "merge", path, ownedBy(first)), refusal);
    }
    expectResponse(await env.requestAs("operator", "merge", path, ownedBy(first)));
    // A reference to nobody, with the owner's uid.
    expectResponse(await env.requestAs("alice", "merge", path, ownedBy({ ...first, name: "nobody" })), refusal);
    expectResponse(await env.requestAs("alice", "merge", path, edit));
    expectResponse(await env.requestAs("alice", "merge", path, ownedBy(first, second)), refusal);
    expectResponse(await env.requestAs("alice", "merge", path, ownedBy()));
  });

  it("refuse to remove every file unless an annotation says that it is meant", async ({ env }) => {
    const refusal = "spec would hold no file: if that is meant, set the annotation";
    const object = await arrangeContents(env);
    const emptied = { ...object, spec: {} };
    for (const user of ["alice", "admin"] as const) {
      expectResponse(await env.requestAs(user, "replace", pathOf(env, object), emptied), refusal);
    }
    const annotated = (value: string) => ({
      ...emptied,
      metadata: { ...object.metadata, annotations: { [ALLOW_EMPTY]: value } },
    });
    expectResponse(await env.requestAs("alice", "replace", pathOf(env, object), annotated("false")), refusal);
    expectResponse(await env.requestAs("alice", "replace", pathOf(env, object), annotated("true")));
  });

  it("count binary files as files", async ({ env }) => {
    const binary = { spec: { resources: {}, binaryResources: { logo: "AAAA" } } };
    const object = await arrangeContents(env, binary);
    expectResponse(
      await env.requestAs("alice", "replace", pathOf(env, object), { ...object, spec: {} }),
      "spec would hold no file",
    );
    const text = await arrangeContents(env);
    expectResponse(await env.requestAs("alice", "replace", pathOf(env, text), { ...text, ...binary }));
  });

  it("accept an object without files that had none, or that is a further page", async ({ env }) => {
    const empty = await arrangeContents(env, { spec: { resources: {} } });
    expectResponse(await env.requestAs("alice", "merge", pathOf(env, empty), labelled));
    const page = await arrangeContents(env, {}, ".page-2");
    expectResponse(await env.requestAs("alice", "replace", pathOf(env, page), { ...page, spec: {} }));
  });

  it(
    ...needs("MutatingAdmissionPolicy", "accept an edit of a package near the size limit of an object"),
    async ({ env }) => {
      const big = "x".repeat(600_000);
      const object = await arrangeContents(env, { spec: { resources: { "big.yaml": big } } });
      const patch = { spec: { resources: { "big2.yaml": big } } };
      const response = await env.requestAs("alice", "merge", pathOf(env, object), patch);
      expect(response.body.message).toBeUndefined();
      expect(editorsIn(response)).toBe("alice");
    },
  );
});

describe("policies of package contents: the record of editors", () => {
  it(...needs("MutatingAdmissionPolicy", "lists every editor once, the last editor last"), async ({ env }) => {
    const path = pathOf(env, await arrangeContents(env));
    const put = (name: string, text: string) => ({ spec: { resources: { [name]: text } } });
    expect(editorsIn(await env.requestAs("alice", "merge", path, edit))).toBe("alice");
    expect(editorsIn(await env.requestAs("carol", "merge", path, put("c", "1")))).toBe("alice\ncarol");
    expect(editorsIn(await env.requestAs("alice", "merge", path, put("c", "2")))).toBe("carol\nalice");
    const unedited = await env.requestAs("carol", "merge", path, labelled);
    expect(editorsIn(unedited)).toBe("carol\nalice");
    const { annotations: _, ...metadata } = unedited.body.metadata;
    const manifest = { ...unedited.body, metadata, spec: edit.spec };
    expect(editorsIn(await env.requestAs("admin", "replace", path, manifest))).toBe("carol\nalice\nadmin");
  });

  it.for(["bob", "alice\nbob", "bob\nalice"])("refuses the forged editors %j", async (value, { env }) => {
    const object = await arrangeContents(env, { metadata: { annotations: { [EDITED_BY]: "carol" } } });
    const forged = { ...edit, metadata: { annotations: { [EDITED_BY]: value } } };
    const response = await env.requestAs("alice", "merge", pathOf(env, object), forged);
    expectResponse(response, "edited-by is filled in by the API server");
  });

  it("refuses the requester's own name without an edit", async ({ env }) => {
    const object = await arrangeContents(env, { metadata: { annotations: { [EDITED_BY]: "alice\ncarol" } } });
    const moved = { metadata: { annotations: { [EDITED_BY]: "carol\nalice" } } };
    expectResponse(
      await env.requestAs("alice", "merge", pathOf(env, object), moved),
      "edited-by is filled in by the API server",
    );
  });

  it(
    ...needs(
      "MutatingAdmissionPolicy",
      "has a bound, beyond which a further editor is told to create a new package revision",
    ),
    async ({ env }) => {
      const editedBy = (count: number) => {
        const names = Array.from({ length: count }, (_, index) => `user-${index}`);
        return { metadata: { annotations: { [EDITED_BY]: names.join("\n") } } };
      };
      const last = await arrangeContents(env, editedBy(99));
      expectResponse(await env.requestAs("alice", "merge", pathOf(env, last), edit));
      const full = await arrangeContents(env, editedBy(100));
      const refusal = "edited-by would have more than 100 names or 16384 characters: create a new package revision";
      expectResponse(await env.requestAs("alice", "merge", pathOf(env, full), edit), refusal);
    },
  );
});
