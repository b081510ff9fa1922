import { describe, expect } from "vitest";
import { pushExternally } from "../testenv/external-push.ts";
import { testWithEnv } from "../testenv/fixtures.ts";
import { createGitReader, type GitReader } from "../testenv/git-reader.ts";
import { holdNextPush } from "../testenv/held-pushes.ts";
import { needs } from "../testenv/needs.ts";
import type { Packages } from "../testenv/packages.ts";

// What an editor tries between a review and the approval of what was reviewed.

const it = testWithEnv("attacks").extend("git", { scope: "file" }, async ({ env }) => createGitReader(env.git, "blue"));

it.beforeAll(async ({ env }) => {
  await env.git.createRepository("blue");
  await env.register("blue");
});

const FILES = { "a.yaml": "a: 1\n" };
const REPLICAS = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "replicas" } };
const inputs = (replicas: string) => ({ inputs: [{ ...REPLICAS, data: { replicas } }] });
const approval = (digest: string | undefined, by: string) => ({
  spec: { lifecycle: "published", approval: { digest, by } },
});
const createDraft = (packages: Packages, name: string, more = {}) =>
  packages.createDraft({ repository: "blue", package: name, workspace: "one" }, FILES, more);
async function withdraw(packages: Packages, name: string): Promise<void> {
  await packages.setLifecycle(name, "draft");
  await packages.waitForReason(name, "Draft");
}
const recordedIn = async (git: GitReader, object: string) =>
  JSON.parse((await git.trailers(object))["Package-Metadata"] ?? "") as {
    readonly spec?: object;
    readonly labels?: object;
    readonly annotations?: object;
  };

describe.concurrent("an approval of what was reviewed", () => {
  it("is no approval of the same files with other inputs", async ({ packages, git }) => {
    const name = await createDraft(packages, "inputs", { spec: inputs("1") });
    const reviewed = (await packages.propose(name)).status;
    await withdraw(packages, name);
    await packages.patch(name, { spec: inputs("100") });
    const now = (await packages.propose(name)).status;
    expect(now?.contentDigest).toBe(reviewed?.contentDigest);
    await expect(packages.patch(name, approval(reviewed?.proposal?.digest, "bob"), "bob")).rejects.toThrow(
      "is not the digest of the proposal",
    );
    await withdraw(packages, name);
    await packages.patch(name, { spec: inputs("1") });
    // As reviewed: the same digest.
    expect((await packages.propose(name)).status?.proposal?.digest).toBe(reviewed?.proposal?.digest);
    await packages.publish(name);
    expect(await recordedIn(git, "inputs/v1")).toMatchObject({ spec: inputs("1") });
  });

  it("is none of a number whose last digits the digest would not have", async ({ env, packages, git }) => {
    const name = await createDraft(packages, "digits", { spec: inputs("1") });
    const { status } = await packages.get(name);
    // kubectl sends and shows every digit.
    const setBytes = (bytes: string) => {
      const patch = `{"spec":{"inputs":[{"apiVersion":"v1","kind":"Limit","spec":{"bytes":${bytes}}}]}}`;
      return env.as("alice")("patch", "pkgrev", name, "--type=merge", `--patch=${patch}`);
    };
    await setBytes("9007199254740993");
    await packages.waitForReason(name, "InexactNumber");
    await packages.setLifecycle(name, "proposed");
    const waiting = await packages.waitFor(name, "refuses to propose it", (one) => {
      const ready = one.status?.conditions?.find(({ type }) => type === "Ready");
      return ready?.observedGeneration === one.metadata.generation && ready?.reason === "InexactNumber";
    });
    expect(waiting.status).toMatchObject({ lifecycle: "draft", commit: status?.commit });
    expect(waiting.status?.proposal).toBeUndefined();
    await packages.setLifecycle(name, "draft");
    await setBytes("9007199254740991");
    await packages.waitForReason(name, "Draft");
    await packages.propose(name);
    await packages.publish(name);
    expect((await recordedIn(git, "digits/v1")).spec).toMatchObject({ inputs: [{ spec: { bytes: 2 ** 53 - 1 } }] });
  });

  it("is of the keys that the API server has, whatever another object had in their place", async ({
    packages,
    git,
  }) => {
    const keyed = (key: string) => ({ inputs: [{ apiVersion: "v1", kind: "Limit", spec: { first: 1, [key]: 2 } }] });
    // The API server writes the second one as `a\u003c`.
    for (const [name, key] of [
      ["backslash", "a\\"],
      ["less", "a<"],
    ] as const) {
      const draft = await createDraft(packages, name, { spec: keyed(key) });
      await packages.propose(draft);
      await packages.publish(draft);
      expect((await recordedIn(git, `${name}/v1`)).spec).toEqual(keyed(key));
    }
  });

  it(
    ...needs(
      "MutatingAdmissionPolicy",
      "is none of what was withdrawn, edited and proposed anew before `kubectl patch`",
    ),
    async ({ env, packages }) => {
      const name = await createDraft(packages, "anew");
      const { digest } = (await packages.propose(name)).status?.proposal ?? {};
      await withdraw(packages, name);
      await packages.save(name, { "a.yaml": "a: evil\n" });
      const now = (await packages.propose(name)).status?.proposal?.digest ?? "";
      const patch = (body: object) =>
        env.as("bob")("patch", "pkgrev", name, "--type=merge", "--patch", JSON.stringify(body));
      const refusals = [
        patch({ spec: { lifecycle: "published" } }),
        patch({ spec: { lifecycle: "published", approval: { by: "bob" } } }),
        patch({ spec: { lifecycle: "published", approval: { digest } } }),
        patch(approval(digest, "bob")),
      ].map(async (request) => await request.then(String, (error: Error) => error.message));
      const messages = await Promise.all(refusals);
      for (const [at, reason] of ["is missing", "Required value", "is not the digest", "is not the digest"].entries())
        expect(messages[at]).toContain(reason);
      // Nothing to be approved without a look at it.
      for (const message of messages) expect(message).not.toContain(now);
      expect((await packages.get(name)).spec).toMatchObject({ lifecycle: "proposed" });
      await patch({ spec: { lifecycle: "published", approval: { digest: now } } });
      expect((await packages.waitForReason(name, "Published")).status?.publishedBy).toBe("bob");
    },
  );

  it("brings no label and no annotation into the tag that was set after the review", async ({ env, packages }) => {
    await env.git.createRepository("labels");
    await env.register("labels");
    const git = createGitReader(env.git, "labels");
    const metadata = { labels: { team: "net" }, annotations: { ticket: "7" } };
    const id = { repository: "labels", package: "net", workspace: "one" };
    const name = await packages.createDraft(id, FILES, { metadata });
    const { proposal } = (await packages.propose(name)).status ?? {};
    await packages.patch(name, { metadata: { labels: { team: "eve", approved: "yes" } } });
    const push = await holdNextPush(env.git, "labels", "before");
    await packages.patch(name, approval(proposal?.digest, "bob"), "bob");
    await push.reached();
    await packages.patch(name, { metadata: { labels: { late: "yes" }, annotations: { ticket: "8" } } });
    // The push loses the race for main, and is planned again.
    await pushExternally(env.git, "labels", { files: { "docs/x.md": "x\n" } });
    await push.release();
    await packages.waitForReason(name, "Published");
    for (const object of ["net/v1", "main"]) {
      const recorded = await recordedIn(git, object);
      expect([recorded.labels, recorded.annotations]).toEqual([metadata.labels, metadata.annotations]);
      expect((await git.trailers(object))["Proposal-Digest"]).toBe(proposal?.digest);
    }
  });

  it(
    ...needs(
      "MutatingAdmissionPolicy",
      "is not obtained with labels that only the object has: it says that those of the proposal count",
    ),
    async ({ packages, git }) => {
      const name = await createDraft(packages, "shown", { metadata: { annotations: { exempt: "all" } } });
      const { proposal } = (await packages.propose(name)).status ?? {};
      const changesTo = async (exempt: string | null, text: string) => {
        await packages.patch(name, { metadata: { annotations: { exempt } } });
        await packages.waitFor(name, `reports: ${text}`, ({ status }) => {
          const ready = status?.conditions?.find(({ type }) => type === "Ready");
          return ready?.reason === "Proposed" && ready.message === `waits for approval of ${proposal?.digest}${text}`;
        });
      };
      const note =
        "; its labels or annotations were changed since, by alice: what is approved are those that commit " +
        `${proposal?.commit} records`;
      await changesTo(null, note);
      await changesTo("all", "");
      await changesTo("none", note);
      await packages.publish(name);
      expect((await recordedIn(git, "shown/v1")).annotations).toEqual({ exempt: "all" });
    },
  );

  it("is none of a spec that the editor changed while it was being proposed", async ({ env, packages }) => {
    await env.git.createRepository("meanwhile");
    await env.register("meanwhile");
    const git = createGitReader(env.git, "meanwhile");
    const id = { repository: "meanwhile", package: "net", workspace: "one" };
    const name = await packages.createDraft(id, FILES, { spec: inputs("1") });
    const push = await holdNextPush(env.git, "meanwhile", "before");
    await packages.setLifecycle(name, "proposed");
    await push.reached();
    // Status still says draft, so that admission accepts it.
    await packages.patch(name, { spec: inputs("100") });
    await push.release();
    const { spec } = await packages.waitFor(name, "is a draft again", (one) => {
      return one.spec.lifecycle === "draft" && one.status?.observedGeneration === one.metadata.generation;
    });
    expect(spec).toMatchObject(inputs("100"));
    await packages.publish(name);
    expect(await recordedIn(git, "net/v1")).toMatchObject({ spec: inputs("100") });
  });
});
