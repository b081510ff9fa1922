import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect } from "vitest";
import { renderCommitMessage } from "../../../core/revision/commit-trailers.ts";
import { trailersOf } from "../../../core/testing/discovered.ts";
import { parsePublicKeys } from "../signing/parse-public-keys.ts";
import { it as base, MAIN } from "../testing/fixtures.ts";
import { openStore, REVISION } from "../testing/open-store.ts";
import { signObject } from "../testing/sign-object.ts";
import { testSigning } from "../testing/signing.ts";
import type { GitPackageStore } from "./package-store.ts";
import type { Verification } from "./verify-tag.ts";

const UPSTREAM = { repository: "blue", package: "dns" } as const;

/** Two key pairs of ssh-keygen, and tags that real git signs with them. */
const it = base.extend("signers", async ({ repository }) => {
  await repository.commitFile(MAIN, "dns/f", "1");
  const generate = async (name: string) => {
    const file = join(repository.folder, name);
    await promisify(execFile)("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", file]);
    const keys = parsePublicKeys(await readFile(`${file}.pub`, "utf8"));
    const config = ["-c", "gpg.format=ssh", "-c", `user.signingkey=${file}`];
    return {
      key: keys[0] ?? "",
      git: async (...args: readonly string[]) => await repository.git(...config, ...args),
      tag: async (tag: string) => await repository.git(...config, "tag", "-s", "-m", tag, tag, MAIN),
    };
  };
  return { ann: await generate("ann"), eve: await generate("eve") };
});

const withKeys = (...keys: readonly string[]): Verification => ({
  mode: "TagOrHEAD",
  secret: "signers",
  keys: new Set(keys),
});
const UNREADABLE: Verification = { mode: "TagOrHEAD", secret: "signers", keys: undefined };
const shown = (store: GitPackageStore) =>
  [...store.revisions()].map(({ ref }) => ref.slice("refs/tags/".length)).sort();
const problems = (store: GitPackageStore) =>
  Object.fromEntries(store.summarize().skipped.map(({ ref, message }) => [ref.slice("refs/tags/".length), message]));

describe("a store with verification", () => {
  it("shows what a listed key or the operator signed, and skips the rest with the reason", async ({
    repository,
    signers: { ann, eve },
  }) => {
    await ann.tag("dns/v1");
    await eve.tag("dns/v2");
    await repository.git("tag", "-a", "-m", "x", "dns/v3", MAIN);
    await repository.git("tag", "dns/v4", MAIN);
    await repository.git("update-ref", "refs/tags/dns/v5", "refs/tags/dns/v1");
    const publish = async (name: string, by: string) => {
      const trailers = { ...trailersOf("dns", "one"), lifecycle: "published", repository: by } as const;
      await repository.git("tag", "-a", "-m", renderCommitMessage("Publish dns", trailers), name, MAIN);
      const made = await signObject(repository, "tag", await repository.git("rev-parse", name), testSigning);
      await repository.git("update-ref", `refs/tags/${name}`, made);
    };
    await publish("dns/v6", "default/blue");
    await publish("dns/v7", "eve/lax");
    const { store } = await openStore(repository, { verification: withKeys(ann.key) });
    expect(shown(store)).toEqual(["dns/v1", "dns/v6"]);
    const skipped = problems(store);
    expect(skipped["dns/v2"]).toMatch(
      /^the tag is signed with the key SHA256:\S+, which the Secret signers lacks: sign/,
    );
    expect(skipped["dns/v3"]).toMatch(/^the tag is not signed: sign the tag \(git tag --sign\)/);
    expect(skipped["dns/v4"]).toMatch(/^the tag is not annotated, and its commit is not signed: /);
    expect(skipped["dns/v5"]).toMatch(/^the tag is a copy of a tag with another name: /);
    expect(store.summarize().skipped.map(({ reason }) => reason)).toEqual(Array(5).fill("NotVerified"));
    expect(skipped["dns/v7"]).toBe(
      "the tag was published by another Repository of the operator: name eve/lax in spec.trustedRepositories, if what " +
        "is approved there counts here",
    );
    // A number that is in use is not given again.
    expect((await store.observe(REVISION)).next).toBe("v8");
    store.setTrustedRepositories(["eve/lax"]);
    await store.refresh();
    expect(shown(store)).toEqual(["dns/v1", "dns/v6", "dns/v7"]);
  });

  it("verifies a lightweight tag by a listed key's commit, not by the operator's", async ({
    repository,
    signers: { ann },
  }) => {
    const tree = await repository.git("rev-parse", `${MAIN}^{tree}`);
    const own = await ann.git("commit-tree", "-S", "-m", "mine", tree);
    const draft = await signObject(repository, "commit", await repository.git("rev-parse", MAIN), testSigning);
    await repository.git("tag", "dns/v1", own);
    await repository.git("tag", "dns/v2", draft);
    const { store } = await openStore(repository, { verification: withKeys(ann.key) });
    expect(shown(store)).toEqual(["dns/v1"]);
    expect(problems(store)["dns/v2"]).toMatch(/its commit is one of the operator, which also signs drafts/);
    store.setVerification({ ...withKeys(ann.key), mode: "Tag" });
    await store.refresh();
    expect(shown(store)).toEqual([]);
  });

  it("follows changes of the keys, and reports the revisions that come and go", async ({
    repository,
    signers: { ann, eve },
  }) => {
    await ann.tag("dns/v1");
    await eve.tag("dns/v2");
    const { store, changes } = await openStore(repository, { verification: withKeys(ann.key) });
    changes.length = 0;
    store.setVerification(withKeys(ann.key));
    await store.refresh();
    expect(changes).toEqual([]);
    store.setVerification(withKeys(ann.key, eve.key));
    await store.refresh();
    expect(shown(store)).toEqual(["dns/v1", "dns/v2"]);
    expect(changes.flat()).toContain("refs/tags/dns/v2");
    store.setVerification(withKeys());
    await store.refresh();
    expect(shown(store)).toEqual([]);
    store.setVerification(undefined);
    await store.refresh();
    expect(shown(store)).toEqual(["dns/v1", "dns/v2"]);
  });

  it("keeps what counts while the keys cannot be read, and lets nothing else count", async ({
    repository,
    signers: { ann, eve },
  }) => {
    await ann.tag("dns/v1");
    await eve.tag("dns/v2");
    const { store } = await openStore(repository, { verification: withKeys(ann.key) });
    store.setVerification(UNREADABLE);
    await ann.tag("dns/v3");
    await store.fetch();
    expect(shown(store)).toEqual(["dns/v1"]);
    expect(problems(store)["dns/v3"]).toMatch(/cannot be verified while the keys cannot be read: correct the Secret/);
    // The operator's keys change meanwhile.
    await store.reclassify();
    expect(shown(store)).toEqual(["dns/v1"]);
    // A tag that is moved is another one.
    await repository.git("tag", "-f", "-a", "-m", "x", "dns/v1", MAIN);
    await store.fetch();
    expect(shown(store)).toEqual([]);
    store.setVerification(withKeys(ann.key));
    await store.refresh();
    expect(shown(store)).toEqual(["dns/v3"]);
  });

  it("keeps what counted without verification while the first keys cannot be read", async ({
    repository,
    signers: { ann },
  }) => {
    await repository.git("tag", "dns/v1", MAIN);
    const { store } = await openStore(repository);
    store.setVerification(UNREADABLE);
    await store.reclassify();
    expect(shown(store)).toEqual(["dns/v1"]);
    store.setVerification(withKeys(ann.key));
    await store.refresh();
    expect(shown(store)).toEqual([]);
  });

  it("offers no upstream that is not verified: no tag, and no folder on main that others pushed", async ({
    repository,
    signers: { ann, eve },
  }) => {
    await eve.tag("dns/v1");
    const { store } = await openStore(repository, { verification: withKeys(ann.key) });
    expect(await store.findUpstream({ ...UPSTREAM, revision: "v1" })).toMatchObject({
      kind: "missing",
      message: expect.stringMatching(/^has dns v1 only as a tag that is not verified: the tag is signed with the key/),
    });
    expect(await store.findUpstream(UPSTREAM)).toMatchObject({ kind: "missing" });
    const main = { ...UPSTREAM, revision: "main" };
    expect(await store.findUpstream(main)).toMatchObject({
      kind: "missing",
      message: expect.stringMatching(
        /^has dns on refs\/heads\/main with files of no verified revision, .* is not signed:/,
      ),
    });
    // The operator publishes another package on top: that does not vouch for this one.
    await repository.commitFile(MAIN, "other/f", "1");
    const signed = await signObject(repository, "commit", await repository.git("rev-parse", MAIN), testSigning);
    await repository.git("update-ref", MAIN, signed);
    expect(await store.findUpstream(main)).toMatchObject({ kind: "missing" });
    await ann.tag("dns/v2");
    expect(await store.findUpstream(main)).toMatchObject({ kind: "found" });
    expect(await store.findUpstream(UPSTREAM)).toMatchObject({ kind: "found", source: { revision: "v2" } });
  });
});
