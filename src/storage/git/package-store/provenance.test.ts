import { join } from "node:path";
import { describe, expect } from "vitest";
import { OPERATOR } from "../../../core/identity/person.ts";
import { renderCommitMessage } from "../../../core/revision/commit-trailers.ts";
import { Keyring } from "../signing/keyring.ts";
import { it as base, MAIN } from "../testing/fixtures.ts";
import { BRANCH, openStore, REVISION } from "../testing/open-store.ts";
import { testSettings } from "../testing/repositories.ts";
import { signObject } from "../testing/sign-object.ts";
import { newKeyring, testPrivateKey, testSigning } from "../testing/signing.ts";
import type { GitPackageStore } from "./package-store.ts";

const OWN = "default/blue";
const OTHER = "eve/blue";
const PROPOSAL = {
  path: "dns",
  workspace: "one",
  lifecycle: "proposed",
  proposedBy: "ann",
  editors: ["ann"],
  metadata: {},
} as const;
const PUBLICATION = { ...PROPOSAL, lifecycle: "published", revision: "v1", approvedBy: "bob" } as const;
const TAG = "refs/tags/dns/v1";

/** The revision or draft of a ref, with the workspace of its object. */
function found(store: GitPackageStore, ref: string) {
  const one = [...store.revisions()].find((revision) => revision.ref === ref);
  return one === undefined ? undefined : { ...one, objectWorkspace: store.workspaceOf(one) };
}

const it = base.extend("write", async ({ repository }) => {
  await repository.commitFile(MAIN, "README.md", "all");
  const commit = await repository.commitFile("refs/heads/made", "dns/f", "1");
  await repository.git("update-ref", "-d", "refs/heads/made");
  const tree = await repository.git("rev-parse", `${commit}^{tree}`);
  type Signing = Parameters<typeof signObject>[3] | undefined;
  return {
    branch: async (signing: Signing, by = OWN) => {
      const message = renderCommitMessage("Propose dns", { ...PROPOSAL, repository: by });
      const made = await repository.git("commit-tree", tree, "-m", message, "-p", MAIN);
      const head = signing === undefined ? made : await signObject(repository, "commit", made, signing);
      await repository.git("update-ref", BRANCH, head);
    },
    tag: async (signing: Signing, name = "dns/v1", by = OWN) => {
      const message = renderCommitMessage("Publish dns", { ...PUBLICATION, repository: by });
      await repository.git("tag", "-a", "-m", message, name, commit);
      const made = await repository.git("rev-parse", name);
      const oid = signing === undefined ? made : await signObject(repository, "tag", made, signing);
      await repository.git("update-ref", `refs/tags/${name}`, oid);
    },
  };
});

describe("the trailers of refs", () => {
  it("count in a branch's commit and a tag that the operator signed", async ({ repository, write }) => {
    await write.branch(testSigning);
    const { store } = await openStore(repository);
    expect(found(store, BRANCH)?.trailers).toMatchObject({ lifecycle: "proposed", proposedBy: "ann" });
    await repository.git("update-ref", "-d", BRANCH);
    await write.tag(testSigning);
    await store.fetch();
    expect(found(store, TAG)).toMatchObject({ objectWorkspace: "one", trailers: { approvedBy: "bob" } });
  });

  it.for([
    ["without a signature", undefined],
    ["with the signature of an unknown key", newKeyring()],
  ] as const)(
    "do not count %s: a proposal is a draft, and a tag takes no draft's name",
    async ([, signing], { repository, write }) => {
      await write.branch(signing);
      await write.tag(signing);
      const { store } = await openStore(repository);
      expect(found(store, BRANCH)).toMatchObject({ kind: "draft", objectWorkspace: "one" });
      for (const ref of [BRANCH, TAG]) expect(found(store, ref)?.trailers).toBeUndefined();
      await repository.git("update-ref", "-d", BRANCH);
      await store.fetch();
      expect(found(store, TAG)).toMatchObject({ kind: "published", objectWorkspace: "v1" });
    },
  );

  it("do not count in a tag of the operator that was pushed under another name", async ({ repository, write }) => {
    await write.tag(testSigning, "dns/v7");
    await repository.git("update-ref", "refs/tags/dns/v1", "refs/tags/dns/v7");
    await repository.git("update-ref", "-d", "refs/tags/dns/v7");
    const { store } = await openStore(repository);
    expect(found(store, TAG)).toMatchObject({ kind: "published", objectWorkspace: "v1" });
    expect(found(store, TAG)?.trailers).toBeUndefined();
  });

  it("do not count if the operator signed them for another Repository: its rules are not known here", async ({
    repository,
    write,
  }) => {
    await write.branch(testSigning, OTHER);
    await write.tag(testSigning, "dns/v1", OTHER);
    const { store, changes } = await openStore(repository);
    for (const ref of [BRANCH, TAG]) expect(found(store, ref)?.trailers).toBeUndefined();
    expect(found(store, TAG)).toMatchObject({ kind: "published", objectWorkspace: "v1" });
    // Who edited is known all the same.
    expect(found(store, BRANCH)).toMatchObject({ kind: "draft", editors: ["ann"] });
    store.setTrustedRepositories([OTHER]);
    await store.refresh();
    expect(changes.at(-1)).toEqual([BRANCH, TAG]);
    expect(found(store, BRANCH)?.trailers).toMatchObject({ lifecycle: "proposed", proposedBy: "ann" });
    expect(found(store, TAG)?.trailers).toMatchObject({ approvedBy: "bob" });
    store.setTrustedRepositories([]);
    await store.refresh();
    for (const ref of [BRANCH, TAG]) expect(found(store, ref)?.trailers).toBeUndefined();
  });

  it("say which files belong to a revision, whatever tags are pushed below its folder later", async ({
    repository,
  }) => {
    await repository.commitFile(MAIN, "dns/own/f", "1");
    await repository.git("tag", "dns/own/v1", MAIN);
    const { store } = await openStore(repository);
    const files = ["a", "sub/f"].map((path) => ({ path, mode: "100644" as const, oid: "", bytes: Buffer.from("1") }));
    const text = { subject: "Start dns", trailers: PROPOSAL, author: OPERATOR };
    await store.begin(REVISION, () => ({ kind: "write", request: { workspace: "one", files, ...text }, value: 0 }));
    await store.publish(REVISION, ({ found: draft }) => {
      if (draft?.kind !== "draft") throw new Error("a draft expected");
      const request = { draft, revision: "v1", tagOnly: false, trailers: PUBLICATION, approver: OPERATOR };
      return { kind: "write", request, value: 0 };
    });
    const read = async () => {
      const view = await store.observe(REVISION);
      if (view.found?.kind !== "published") throw new Error("published");
      const { files: own } = await store.readTree(view, view.found.tree);
      const cloned = await store.readForClone("dns", view.found);
      return [own, cloned].map((all) => all.map(({ path }) => path).sort());
    };
    expect(await read()).toEqual([
      ["a", "sub/f"],
      ["a", "sub/f"],
    ]);
    await repository.git("tag", "dns/sub/v1", TAG);
    await store.fetch();
    expect(store.latest("dns/sub")).toBeDefined();
    expect(await read()).toEqual([
      ["a", "sub/f"],
      ["a", "sub/f"],
    ]);
    expect(found(store, TAG)).toMatchObject({ nested: ["dns/own"] });
  });

  it("count, or cease to count, once other keys are known and the refs are read again", async ({
    repository,
    write,
  }) => {
    await write.tag(testSigning);
    const keyring = new Keyring();
    const settings = { ...testSettings, signing: keyring };
    const mirror = await repository.openMirror({ dir: join(repository.folder, "other.git"), settings });
    await mirror.fetch();
    const { store, changes } = await openStore(repository, { mirror });
    expect(found(store, TAG)).toMatchObject({ kind: "published", objectWorkspace: "v1" });
    expect(found(store, TAG)?.trailers).toBeUndefined();
    keyring.setKnown([Keyring.publicKeyOf(testPrivateKey)]);
    await store.reclassify();
    expect(found(store, TAG)).toMatchObject({ objectWorkspace: "one", trailers: { approvedBy: "bob" } });
    expect(changes.at(-1)).toEqual([TAG]);
    keyring.setKnown([]);
    await store.reclassify();
    expect(found(store, TAG)).toMatchObject({ kind: "published", objectWorkspace: "v1" });
    expect(found(store, TAG)?.trailers).toBeUndefined();
  });
});
