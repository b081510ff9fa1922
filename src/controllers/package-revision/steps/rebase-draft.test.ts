import { describe, expect, it } from "vitest";
import type { Repository } from "../../../api/v1alpha1/repository.ts";
import {
  ANNOTATION_EDITED_BY,
  ANNOTATION_PROPOSED_BY,
  ANNOTATION_REBASE_REQUESTED_BY,
} from "../../../api/v1alpha1/well-known.ts";
import { parseCommitMetadata } from "../../../core/revision/commit-trailers.ts";
import { MAIN } from "../testing/model/mirror.ts";
import { StepEnv } from "../testing/step-env.ts";

const DRAFT = "refs/heads/dns/three";
const UNCHANGED = { a: "a: 1\n", b: "b: 1\n" };

/** A draft from v1, whose files were changed, of a package that has v2 with other changes since. */
async function outdated(
  mine: Readonly<Record<string, string | null>>,
  theirs: Readonly<Record<string, string | null>>,
  first: Readonly<Record<string, string>> = UNCHANGED,
  repository: Partial<Repository["spec"]> = {},
) {
  const env = await StepEnv.open(repository);
  await env.published("dns", first, "one");
  const other = await env.draft("dns", {}, "two");
  const name = await env.draft("dns", {}, "three");
  if (Object.keys(mine).length > 0) env.edit(name, mine, "carol");
  await env.settle(name);
  env.edit(other, theirs);
  await env.publish(other);
  await env.settle(name);
  return { env, name };
}

async function rebased(...parameters: Parameters<typeof outdated>) {
  const { env, name } = await outdated(...parameters);
  env.user.rebase(name, "dave");
  await env.settle(name);
  return { env, name };
}

const filesOf = (env: StepEnv, name: string) => env.page(name).spec.resources;
const recordOf = (env: StepEnv, ref = DRAFT) => parseCommitMetadata(env.messageOf(ref));

describe("rebaseDraft", () => {
  it("tells of a draft that it is behind its package, and no longer once it is rebased", async () => {
    const { env, name } = await outdated({ b: "b: 2\n" }, { a: "a: 2\n" });
    expect(env.revision(name).status).toMatchObject({ base: { revision: "v1" }, outdatedBy: "v2" });
    env.user.rebase(name);
    await env.settle(name);
    expect(env.revision(name).status).toMatchObject({ base: { revision: "v2" } });
    expect(env.revision(name).status).not.toHaveProperty("outdatedBy");
  });

  it("merges what was published since into the draft, as a commit that says so", async () => {
    const { env, name } = await rebased({ b: "b: 2\n", c: "c: 1\n" }, { a: "a: 2\n", d: "d: 1\n" });
    const files = { a: "a: 2\n", b: "b: 2\n", c: "c: 1\n", d: "d: 1\n" };
    expect(filesOf(env, name)).toEqual(files);
    expect(env.messageOf(DRAFT)).toMatch(/^Rebase dns \(three\): v1 → v2\n/);
    const record = recordOf(env);
    expect(record).toMatchObject({
      lifecycle: "draft",
      rebasedBy: "dave",
      rebasedOnto: "v2",
      editors: ["carol", "dave"],
      digest: env.revision(name).status?.contentDigest,
      metadata: { base: { revision: "v2" } },
    });
    const { status, metadata } = env.revision(name);
    expect(status?.lastRebase).toMatchObject({ result: "Rebased", message: 'rebased onto v2, as "dave" has asked' });
    expect(metadata.annotations ?? {}).not.toHaveProperty(ANNOTATION_REBASE_REQUESTED_BY);
    expect(env.events).toContain("Rebased");
    await env.publish(name);
    expect(env.revision(name).status).toMatchObject({ lifecycle: "published", revision: "v3" });
    expect(env.filesAt(MAIN)).toEqual(
      Object.fromEntries(Object.entries(files).map(([at, text]) => [`dns/${at}`, text])),
    );
  });

  it("keeps the beginning of the branch, to which an audit reads its history", async () => {
    const { env, name } = await outdated({ b: "b: 2\n" }, { a: "a: 2\n" });
    const began = env.revision(name).status?.base?.commit;
    env.user.rebase(name);
    await env.settle(name);
    expect(began).toBeDefined();
    expect(env.revision(name).status?.base).toEqual({ revision: "v2", commit: began });
  });

  it.each([
    [
      "the draft's files byte for byte if the new revision has those of the old one",
      { b: "b:   2 # odd\n" },
      { a: "a: 1\n" },
    ],
    ["the draft's files if both sides have made the same change", { a: "a: 2\n" }, { a: "a: 2\n" }],
  ])("has %s", async (_, mine, theirs) => {
    const { env, name } = await rebased(mine, theirs);
    expect(filesOf(env, name)).toEqual({ ...UNCHANGED, ...mine });
    expect(env.revision(name).status?.base?.revision).toBe("v2");
  });

  it("has the new revision's files if the draft has no changes", async () => {
    const { env, name } = await rebased({}, { a: "a:  2\n", b: null, c: "c: 1\n" });
    expect(filesOf(env, name)).toEqual({ a: "a:  2\n", c: "c: 1\n" });
    expect(env.revision(name).status).not.toHaveProperty("edited");
  });

  it("lists what both have changed, and keeps the draft's value until it is resolved", async () => {
    const first = { "a.yaml": "apiVersion: v1\nkind: Limit\nmetadata: {name: a}\nspec: {size: 1}\n" };
    const sized = (size: number) => ({ "a.yaml": first["a.yaml"].replace("size: 1", `size: ${size}`) });
    const { env, name } = await rebased(sized(2), sized(3), first);
    expect(filesOf(env, name)).toMatchObject({
      ...sized(2),
      "merge-conflicts.yaml": expect.stringContaining("field: spec.size\n"),
    });
    expect(filesOf(env, name)?.["merge-conflicts.yaml"]).toContain("upstream: dns v2\n");
    expect(env.messageOf(DRAFT)).toMatch(/^Rebase dns \(three\): v1 → v2, 1 conflict\n/);
    // A further one would take its list.
    const next = await env.draft("dns", { z: "z: 1\n" }, "four");
    await env.publish(next);
    env.user.rebase(name);
    await env.settle(name);
    expect(env.revision(name).status?.lastRebase).toMatchObject({
      result: "Refused",
      message: expect.stringContaining("conflicts of an earlier merge"),
    });
  });

  it("says that nothing is to be done, and commits nothing, the second time", async () => {
    const { env, name } = await rebased({ b: "b: 2\n" }, { a: "a: 2\n" });
    const [before, commit] = [env.writes().pushes, env.commitOf(DRAFT)];
    env.user.rebase(name, "erin");
    await env.settle(name);
    expect([env.writes().pushes, env.commitOf(DRAFT)]).toEqual([before, commit]);
    expect(env.revision(name).status?.lastRebase).toMatchObject({
      result: "UpToDate",
      message: "it is based on v2, and refs/heads/main has no other changes of it",
    });
  });

  it("rebases once more when another revision was published since", async () => {
    const { env, name } = await rebased({ b: "b: 2\n" }, { a: "a: 2\n" });
    const next = await env.draft("dns", { c: "c: 3\n" }, "four");
    await env.publish(next);
    env.user.rebase(name);
    await env.settle(name);
    expect(filesOf(env, name)).toEqual({ a: "a: 2\n", b: "b: 2\n", c: "c: 3\n" });
    expect(env.revision(name).status?.base?.revision).toBe("v3");
  });

  it("goes back to the revision before if the base was deleted", async () => {
    const { env, name } = await rebased({ b: "b: 2\n" }, { a: "a: 2\n", c: "c: 2\n" });
    const gone = env.api.revisions().find(({ status }) => status?.revision === "v2")?.metadata.name ?? "";
    env.user.proposeDeletion(gone, "deletionProposed");
    await env.settle(gone);
    env.user.delete(gone);
    await env.settle(gone);
    await env.settle(name);
    expect(env.revision(name).status?.outdatedBy).toBe("v1");
    env.user.rebase(name);
    await env.settle(name);
    expect(filesOf(env, name)).toEqual({ a: "a: 1\n", b: "b: 2\n" });
    expect(env.revision(name).status?.base?.revision).toBe("v1");
  });
});

describe("rebaseDraft onto main", () => {
  it("takes in what was pushed there since the latest revision", async () => {
    const env = await StepEnv.open();
    await env.published("dns", UNCHANGED, "one");
    const name = await env.draft("dns", { b: "b: 2\n" }, "three");
    const ahead = env.push(MAIN, { "dns/a": "a: ahead\n" });
    await env.store.fetch();
    env.user.rebase(name);
    await env.settle(name);
    expect(filesOf(env, name)).toEqual({ a: "a: ahead\n", b: "b: 2\n" });
    expect(env.revision(name).status?.base).toMatchObject({ revision: "v1", mainCommit: ahead });
    expect(recordOf(env)?.rebasedOnto).toBe(`v1, main ${ahead}`);
    await env.publish(name);
    expect(env.filesAt(MAIN)).toEqual({ "dns/a": "a: ahead\n", "dns/b": "b: 2\n" });
    expect(env.revision(name).status?.revision).toBe("v2");
  });

  it("takes in a revision and what was pushed on top of it at once", async () => {
    const { env, name } = await outdated({ b: "b: 2\n" }, { a: "a: 2\n" });
    const ahead = env.push(MAIN, { "dns/c": "c: ahead\n" });
    await env.store.fetch();
    env.user.rebase(name);
    await env.settle(name);
    expect(filesOf(env, name)).toEqual({ a: "a: 2\n", b: "b: 2\n", c: "c: ahead\n" });
    expect(env.revision(name).status?.base).toMatchObject({ revision: "v2", mainCommit: ahead });
  });

  it("is blocked again when main moves on, until it is rebased again", async () => {
    const env = await StepEnv.open();
    await env.published("dns", UNCHANGED, "one");
    const name = await env.draft("dns", { b: "b: 2\n" }, "three");
    for (const round of ["1", "2"]) {
      env.push(MAIN, { "dns/a": `a: ahead ${round}\n` });
      await env.store.fetch();
      env.user.rebase(name);
      await env.settle(name);
      expect(filesOf(env, name)).toMatchObject({ a: `a: ahead ${round}\n` });
    }
    env.push(MAIN, { "dns/a": "a: ahead 3\n" });
    await env.store.fetch();
    await env.publish(name);
    expect(env.revision(name).status?.waitingFor).toEqual(["MainDiverged"]);
  });

  it("takes back nothing that was published: main was set back to an earlier revision", async () => {
    const { env, name } = await rebased({ b: "b: 2\n" }, { a: "a: 2\n" });
    env.push(MAIN, { "dns/a": "a: 1\n" });
    await env.store.fetch();
    env.user.rebase(name);
    await env.settle(name);
    expect(env.revision(name).status?.lastRebase).toMatchObject({
      result: "Refused",
      message: expect.stringContaining("has the contents of v1, though v2 is the latest"),
    });
    expect(filesOf(env, name)).toMatchObject({ a: "a: 2\n" });
  });

  it("leaves a folder that was removed there to a person", async () => {
    const { env, name } = await rebased({ b: "b: 2\n" }, { a: "a: 2\n" });
    env.push(MAIN, { "dns/a": null, "dns/b": null });
    await env.store.fetch();
    env.user.rebase(name);
    await env.settle(name);
    expect(env.revision(name).status?.lastRebase?.message).toContain("the folder dns on refs/heads/main was removed");
  });

  const block = (key: string) => `${key}: ${key.repeat(600 * 1024)}\n`;

  it("refuses to make a file that is too large to be shown", async () => {
    const { env, name } = await outdated({ a: `${block("b")}k: 1\n` }, { a: `k: 1\n${block("c")}` }, { a: "k: 1\n" });
    env.user.rebase(name);
    await env.settle(name);
    expect(env.revision(name).status?.lastRebase).toMatchObject({
      result: "Refused",
      message: expect.stringContaining('the merge makes "a" take more than 1048576 bytes of JSON'),
    });
    expect(filesOf(env, name)).toEqual({ a: `${block("b")}k: 1\n` });
  });

  it("takes a file that is too large to be shown as it was published", async () => {
    const { env, name } = await outdated({ b: "b: 2\n" }, { a: "a: 2\n" });
    const large = block("c").repeat(2);
    env.push(MAIN, { "dns/large": large });
    await env.store.fetch();
    env.user.rebase(name);
    await env.settle(name);
    expect(env.revision(name).status?.lastRebase?.result).toBe("Rebased");
    expect(env.filesAt(DRAFT)["dns/large"] === large).toBe(true);
  });

  it("does not look at main where only tags are published", async () => {
    const { env, name } = await outdated({ b: "b: 2\n" }, { a: "a: 2\n" }, UNCHANGED, { publish: "tagOnly" });
    env.push(MAIN, { "dns/c": "c: 1\n" });
    await env.store.fetch();
    env.user.rebase(name);
    await env.settle(name);
    expect(filesOf(env, name)).toEqual({ a: "a: 2\n", b: "b: 2\n" });
    expect(env.revision(name).status?.base).toMatchObject({ revision: "v2" });
  });
});

describe("rebaseDraft beside other changes", () => {
  it("stores edits first that are not in Git yet", async () => {
    const { env, name } = await outdated({ b: "b: 2\n" }, { a: "a: 2\n" });
    env.edit(name, { c: "c: late\n" }, "erin");
    env.user.rebase(name);
    await env.settle(name);
    expect(filesOf(env, name)).toEqual({ a: "a: 2\n", b: "b: 2\n", c: "c: late\n" });
    expect(recordOf(env)).toMatchObject({ rebasedOnto: "v2", editors: expect.arrayContaining(["carol", "erin"]) });
  });

  it.each([
    ["keeps", "an edit of another file", { c: "c: late\n" }, { a: "a: 2\n", b: "b: 2\n", c: "c: late\n" }],
    ["keeps", "an edit of a file that it does not change", { b: "b: late\n" }, { a: "a: 2\n", b: "b: late\n" }],
  ])("%s %s, made while it is pushed", async (_, __, edit, files) => {
    const { env, name } = await outdated({ b: "b: 2\n" }, { a: "a: 2\n" });
    env.user.rebase(name);
    env.remote.beforePush = () => env.edit(name, edit, "erin");
    await env.reconcile(name).catch(() => {});
    await env.settle(name);
    expect(filesOf(env, name)).toEqual(files);
    // The answer follows the edit.
    expect(env.revision(name).status).toMatchObject({ base: { revision: "v2" }, lastRebase: { result: "UpToDate" } });
    expect(env.page(name).metadata.annotations?.[ANNOTATION_EDITED_BY]).toBe("erin");
  });

  it("rebases what others push in that moment", async () => {
    const { env, name } = await outdated({ b: "b: 2\n" }, { a: "a: 2\n" });
    env.user.rebase(name);
    env.remote.beforePush = () => void env.push(DRAFT, { "dns/c": "c: pushed\n" });
    await env.settle(name);
    expect(filesOf(env, name)).toEqual({ a: "a: 2\n", b: "b: 2\n", c: "c: pushed\n" });
    expect(env.revision(name).status).toMatchObject({ base: { revision: "v2" }, edited: true });
  });

  it.each(Array.from({ length: 8 }, (_, writes) => writes))(
    "is done once, and answered, if the operator ends after %i writes",
    async (writes) => {
      const { env, name } = await outdated({ b: "b: 2\n" }, { a: "a: 2\n" });
      env.user.rebase(name, "dave");
      await env.reconcileUntilEnded(name, writes);
      await env.settle(name);
      expect(filesOf(env, name)).toEqual({ a: "a: 2\n", b: "b: 2\n" });
      const { status, metadata } = env.revision(name);
      expect(status).toMatchObject({
        base: { revision: "v2" },
        commit: env.commitOf(DRAFT),
        lastRebase: { result: expect.stringMatching(/^(Rebased|UpToDate)$/) },
      });
      expect(metadata.annotations ?? {}).not.toHaveProperty(ANNOTATION_REBASE_REQUESTED_BY);
      const parent = env.remote.commits.get(env.commitOf(DRAFT) ?? "")?.parents[0] ?? "";
      expect(env.remote.commits.get(parent)?.message).toMatch(/^Edit dns/);
    },
  );

  it("refuses what is to be proposed, where no admission policy has", async () => {
    const { env, name } = await outdated({ b: "b: 2\n" }, { a: "a: 2\n" });
    env.api.patch("packagerevisions", name, {
      metadata: { annotations: { [ANNOTATION_REBASE_REQUESTED_BY]: "dave", [ANNOTATION_PROPOSED_BY]: "ann" } },
      spec: { lifecycle: "proposed" },
    });
    await env.settle(name);
    const { status, metadata } = env.revision(name);
    expect(status).toMatchObject({
      lifecycle: "proposed",
      base: { revision: "v1" },
      lastRebase: { result: "Refused" },
    });
    expect(metadata.annotations).not.toHaveProperty(ANNOTATION_REBASE_REQUESTED_BY);
  });
});
