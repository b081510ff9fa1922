import { describe, expect } from "vitest";
import { waitUntil } from "../harness/wait.ts";
import { pushExternally } from "../testenv/external-push.ts";
import { testWithEnv } from "../testenv/fixtures.ts";
import { createGitReader } from "../testenv/git-reader.ts";
import { readSigningKey, signObject } from "../testenv/signers.ts";

const DIGEST = `sha256:${"0".repeat(64)}`;

interface Forgery {
  readonly trailers?: Readonly<Record<string, string>>;
  /** The value of Package-Metadata, or its raw text. */
  readonly metadata?: unknown;
  /** The lifecycle with which the branch is discovered. */
  readonly is?: "draft" | "proposed";
}

/**
 * Name → the trailers and metadata of a signed commit or tag: another version of the operator, or that of another
 * cluster whose key is known, may have made it.
 */
const FORGERIES: Readonly<Record<string, Forgery>> = {
  nonsense: { metadata: "{{{ not JSON" },
  "no-object": { metadata: '["a", 1]' },
  "no-string": { metadata: '"a"' },
  deep: { metadata: `{"spec":{"inputs":[${'{"a":'.repeat(3000)}1${"}".repeat(3000)}]}}` },
  huge: { metadata: { labels: { team: "x" }, annotations: { "example.com/a": "x".repeat(600_000) } } },
  "too-long": {
    metadata: { annotations: { "example.com/a": "x".repeat(200_000), "example.com/b": "y".repeat(60_000) } },
  },
  "spec-text": { metadata: { spec: "published" } },
  "spec-refused": { metadata: { spec: { tasks: [{ type: "init" }, { type: "clone" }], updatePolicy: "whatever" } } },
  "spec-foreign": { metadata: { spec: { packageRevID: { repository: "other", package: "x", workspace: "y" } } } },
  "spec-lifecycle": { metadata: { spec: { lifecycle: "published", approval: { digest: DIGEST, by: "bob" } } } },
  "many-gates": {
    metadata: { spec: { readinessGates: Array.from({ length: 99 }, (_, i) => ({ conditionType: `a/${i}` })) } },
  },
  "labels-typed": { metadata: { labels: { team: 1, other: ["a"], third: null }, annotations: { x: { y: 1 } } } },
  "labels-illegal": { metadata: { labels: { "not a label!": "a b c", "-": "-", ["x".repeat(400)]: "y" } } },
  "labels-ours": {
    metadata: {
      labels: { "pkg.pkgserver.dev/latest": "true" },
      annotations: { "pkg.pkgserver.dev/confirm-base": "v1", "pkg.pkgserver.dev/proposed-by": "carol" },
    },
  },
  proto: {
    metadata:
      '{"__proto__":{"labels":{"a":"b"}},"labels":{"__proto__":"x","constructor":"y"},"spec":{"__proto__":{"tasks":1}}}',
  },
  "base-typed": { metadata: { base: { revision: 7, commit: ["x"] }, upstreamLock: "v1" } },
  "base-long": { metadata: { base: { revision: "v".repeat(9000), commit: "c".repeat(9000) } } },
  "other-path": { trailers: { "Package-Path": "somewhere/else" }, metadata: { labels: { team: "thieves" } } },
  "other-workspace": { trailers: { "Package-Workspace": "v1" }, metadata: { labels: { team: "thieves" } } },
  proposal: {
    trailers: { "Package-Lifecycle": "proposed", "Proposed-By": "carol", "Package-Digest": DIGEST },
    is: "proposed",
  },
  "proposal-odd": {
    trailers: {
      "Package-Lifecycle": "proposed",
      "Proposed-By": "c".repeat(5000),
      "Proposed-At": "the day before yesterday",
      "Package-Digest": "none",
    },
    is: "proposed",
  },
  published: { trailers: { "Package-Lifecycle": "published", "Package-Revision": "v7", "Approved-By": "bob" } },
  "no-lifecycle": { trailers: { "Package-Lifecycle": "eternal" } },
};

const NAMES = Object.keys(FORGERIES);
/** Of whose metadata an object cannot have a part: the operator records what it has, once. */
const CORRECTED: ReadonlySet<string> = new Set(["spec-refused", "many-gates", "labels-illegal", "proto"]);

/** `repository`: the Repository that reads it, so that the record counts. */
function forge(repository: string, path: string, workspace: string, { trailers, metadata }: Forgery): string {
  const text = typeof metadata === "string" ? metadata : JSON.stringify(metadata ?? {});
  const own = { "Package-Repository": repository, "Package-Path": path, "Package-Workspace": workspace };
  const all = { ...own, "Package-Lifecycle": "draft", ...trailers };
  const lines = Object.entries({ ...all, "Package-Metadata": text }).map(([key, value]) => `${key}: ${value}`);
  return `A change\n\n${lines.join("\n")}\n`;
}

const it = testWithEnv("hostile");

it.beforeAll(async ({ env, requestAs }) => {
  await env.git.createRepository("plain");
  const key = await readSigningKey(requestAs, env.operatorSpec.leaseNamespace);
  const repository = `${env.namespace}/plain`;
  const files = (name: string, text = "a: 1\n") => ({ [`${name}/file.yaml`]: text });
  const drafts = NAMES.map((name) => ({
    branch: `${name}/work`,
    from: "refs/heads/main^0",
    files: files(name, "a: 2\n"),
    message: forge(repository, name, "work", FORGERIES[name] ?? {}),
  }));
  const tags = NAMES.map((name) => ({
    files: files(name),
    annotated: [`${name}/v1`],
    message: forge(repository, name, "gone", FORGERIES[name] ?? {}),
  }));
  const honest = { files: files("honest"), annotated: ["honest/v1"] };
  const draft = { branch: "honest/work", from: "refs/heads/main^0", files: files("honest", "a: 2\n") };
  await pushExternally(env.git, "plain", ...drafts, ...tags, honest, draft);
  const refs = NAMES.flatMap((name) => [`refs/heads/${name}/work`, `refs/tags/${name}/v1`]);
  await Promise.all(
    refs.map(async (ref) => {
      const oid = (await env.git.git("plain", "rev-parse", ref)).trim();
      await env.git.git("plain", "update-ref", ref, await signObject(env.git.path("plain"), oid, key));
    }),
  );
  await env.register("plain");
});

describe("rebuild of hostile trailers", () => {
  it("does not prevent the operator from reading the other refs", async ({ env, packages }) => {
    await packages.waitForReason("catalog.plain.honest.v1", "Published");
    await packages.waitForReason("catalog.plain.honest.work", "Draft");
    const { status } = await env.repository("plain");
    expect(status).toMatchObject({ revisions: NAMES.length + 1, drafts: NAMES.length + 1, skippedCount: 0 });
  });

  it.for(NAMES)("%s: the draft is shown as it is in Git", async (name, { packages }) => {
    const { is = "draft" } = FORGERIES[name] ?? {};
    const object = await packages.waitForReason(`catalog.plain.${name}.work`, is === "draft" ? "Draft" : "Proposed");
    expect(object.spec.packageRevID).toEqual({
      target: "catalog",
      repository: "plain",
      package: name,
      workspace: "work",
    });
    expect(object.spec).not.toHaveProperty("approval");
    expect(object.spec.lifecycle).toBe(is);
    expect(object.metadata.labels ?? {}).not.toHaveProperty(["pkg.pkgserver.dev/latest"]);
    expect(object.metadata.annotations ?? {}).not.toHaveProperty(["pkg.pkgserver.dev/confirm-base"]);
    expect((await packages.contents(object.metadata.name)).spec.resources).toEqual({ "file.yaml": "a: 2\n" });
  });

  it.for(NAMES)("%s: the published revision is shown as it is in Git", async (name, { env, packages }) => {
    const all = await env.revisions();
    const found = all.find(({ spec }) => spec.packageRevID.package === name && spec.packageRevID.revision === "v1");
    const object = await packages.waitForReason(found?.metadata.name ?? "", "Published");
    expect(object.status).toMatchObject({ lifecycle: "published", revision: "v1" });
    expect(object.spec).not.toHaveProperty("approval");
    expect((await packages.contents(object.metadata.name)).spec.resources).toEqual({ "file.yaml": "a: 1\n" });
  });

  it("sets no label or annotation from a forged trailer except users' own", async ({ env, packages }) => {
    const all = await env.revisions();
    const teams = all.flatMap(({ metadata }) => (metadata.labels?.team === undefined ? [] : [metadata.name]));
    // A tag's trailers have its workspace; a branch's is in its name.
    expect(teams).toEqual(["catalog.plain.other-workspace.v1"]);
    const { proposal } = (await packages.get("catalog.plain.proposal-odd.work")).status ?? {};
    expect(proposal).not.toHaveProperty("by");
    expect(proposal?.digest).toMatch(/^sha256:(?!0{64})/);
  });

  it("converges: each forged branch gets at most one commit", async ({ env }) => {
    const git = createGitReader(env.git, "plain");
    const counts = async () => await Promise.all(NAMES.map((name) => git.count(`refs/heads/${name}/work`)));
    const expected = NAMES.map((name) => (CORRECTED.has(name) ? 3 : 2));
    await env.sync("plain");
    await waitUntil("the forged metadata is corrected", counts, { until: (all) => all.join() === expected.join() });
    await env.restartOperator("stop");
    await env.sync("plain");
    expect(await counts()).toEqual(expected);
  });

  it("publishes a forged proposal only after an approval in this cluster, and without a known base", async ({
    packages,
  }) => {
    const name = "catalog.plain.proposal.work";
    await packages.approve(name);
    await packages.waitForReason(name, "OutdatedBase");
    await packages.patch(name, { metadata: { annotations: { "pkg.pkgserver.dev/confirm-base": "v1" } } }, "bob");
    const published = await packages.waitForReason(name, "Published");
    expect(published.status).toMatchObject({ revision: "v2", publishedBy: "bob" });
  });
});
