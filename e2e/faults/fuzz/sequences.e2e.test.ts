import fc from "fast-check";
import { describe, expect } from "vitest";
import type { PackageRevision } from "../../../src/api/v1alpha1/package-revision.ts";
import { seeded } from "../../../src/core/testing/seeded.ts";
import { waitUntil } from "../../harness/wait.ts";
import type { ApiClient, ApiResponse, User } from "../../testenv/api-client.ts";
import { testWithEnv } from "../../testenv/fixtures.ts";
import { createGitReader } from "../../testenv/git-reader.ts";
import { nameOf, type Packages } from "../../testenv/packages.ts";
import { readyReason, type TestEnv } from "../../testenv/testenv.ts";

/** The number of concurrent sequences, each with its own package. */
const AT_ONCE = 16;

const it = testWithEnv("fuzz-sequences");

it.beforeAll(async ({ env }) => {
  await env.git.createRepository("blue");
  await env.register("blue");
});

const WORKSPACES = ["one", "two"] as const;
const action = fc.record({
  what: fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom("edit" as const) },
    { weight: 2, arbitrary: fc.constantFrom("proposed" as const, "published" as const) },
    {
      weight: 1,
      arbitrary: fc.constantFrom(
        "create" as const,
        "draft" as const,
        "deletionProposed" as const,
        "delete" as const,
        "label" as const,
      ),
    },
  ),
  user: fc.constantFrom<User>("alice", "bob"),
  workspace: fc.constantFrom(...WORKSPACES),
  /** Whether it waits until the operator has reconciled the previous action. */
  patient: fc.boolean(),
});
type Action = typeof action extends fc.Arbitrary<infer T> ? T : never;
/** Publishes: of the others, none may. */
const PUBLICATION: readonly Action[] = [
  { what: "proposed", user: "alice", workspace: "one", patient: true },
  { what: "published", user: "bob", workspace: "one", patient: true },
];

const pathOf = (env: TestEnv, rest: string) => `pkg.pkgserver.dev/v1alpha1/namespaces/${env.namespace}/${rest}`;

/** Makes one request. It may be refused with a message, but not fail with a server error. */
async function act(
  env: TestEnv,
  requestAs: ApiClient,
  { what, user, workspace }: Action,
  pkg: string,
  token: string,
): Promise<void> {
  const id = { repository: "blue", package: pkg, workspace };
  const name = nameOf(id);
  const revision = pathOf(env, `packagerevisions/${name}`);
  const answer = await {
    create: () => create(env, requestAs, id),
    edit: () =>
      requestAs(user, "merge", pathOf(env, `packagerevisionresourceses/${name}`), {
        spec: { resources: { "a.yaml": token } },
      }),
    label: () => requestAs(user, "merge", revision, { metadata: { labels: { token: "t" } } }),
    delete: () => requestAs(user, "delete", revision),
    draft: () => requestAs(user, "merge", revision, { spec: { lifecycle: "draft" } }),
    proposed: () => requestAs(user, "merge", revision, { spec: { lifecycle: "proposed" } }),
    published: () => approve(requestAs, user, revision),
    deletionProposed: () => requestAs(user, "merge", revision, { spec: { lifecycle: "deletionProposed" } }),
  }[what]();
  expect(answer.code, `${what} ${name}: ${answer.body.message}`).toBeLessThan(500);
  if (answer.code >= 400) expect(answer.body.message).toBeTruthy();
}

/** Approves the digest that the status has now; a draft has none. */
async function approve(requestAs: ApiClient, user: User, revision: string): Promise<ApiResponse> {
  const { status } = (await requestAs("admin", "get", revision)).body as Partial<PackageRevision>;
  const approval = status?.proposal && { digest: status.proposal.digest, by: user };
  return await requestAs(user, "merge", revision, { spec: { lifecycle: "published", approval } });
}

function create(env: TestEnv, requestAs: ApiClient, id: Parameters<typeof nameOf>[0]) {
  const spec = { packageRevID: id, tasks: [{ type: "init" }] };
  const body = {
    apiVersion: "pkg.pkgserver.dev/v1alpha1",
    kind: "PackageRevision",
    metadata: { name: nameOf(id) },
    spec,
  };
  return requestAs("alice", "create", pathOf(env, "packagerevisions"), body);
}

/** Waits until the operator has reconciled the newest generation, or the package revision is gone. */
async function waitUntilReconciled(env: TestEnv, requestAs: ApiClient, name: string): Promise<void> {
  await waitUntil(
    `${name} is reconciled`,
    async () => await requestAs("admin", "get", pathOf(env, `packagerevisions/${name}`)),
    {
      until: ({ code, body }) => {
        const { status } = body as Awaited<ReturnType<Packages["get"]>> | { status?: undefined };
        const isSeen =
          status?.observedGeneration === body.metadata.generation && !("deletionTimestamp" in body.metadata);
        return code === 404 || (isSeen && readyReason({ status: status ?? {} }) !== undefined);
      },
      intervalMs: 50,
      timeoutMs: 180_000,
    },
  );
}

async function play(env: TestEnv, requestAs: ApiClient, actions: readonly Action[], pkg: string): Promise<void> {
  await create(env, requestAs, { repository: "blue", package: pkg, workspace: "one" });
  await waitUntilReconciled(env, requestAs, nameOf({ repository: "blue", package: pkg, workspace: "one" }));
  for (const [at, one] of actions.entries()) {
    if (one.patient)
      await waitUntilReconciled(env, requestAs, nameOf({ repository: "blue", package: pkg, workspace: one.workspace }));
    await act(env, requestAs, one, pkg, `t: ${pkg}-${at}\n`);
  }
  for (const workspace of WORKSPACES)
    await waitUntilReconciled(env, requestAs, nameOf({ repository: "blue", package: pkg, workspace }));
}

describe("fuzzing: sequences of user actions", () => {
  const { numRuns, seed } = seeded(60, "PKGSERVER_FUZZ_SEQUENCES");

  it(`${numRuns} sequences end in a reported state that is in Git (PKGSERVER_SEED=${seed})`, async ({
    env,
    requestAs,
  }) => {
    const random = fc.sample(fc.array(action, { minLength: 4, maxLength: 14, size: "max" }), { numRuns, seed });
    const all = [PUBLICATION, ...random];
    const left = [...all.entries()];
    const work = async () => {
      for (let next = left.pop(); next !== undefined; next = left.pop())
        await play(env, requestAs, next[1], `pkg-${next[0]}`);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    expect(env.operator.exitCode()).toBeNull();
    const tags = (await createGitReader(env.git, "blue").refs()).filter((ref) => ref.startsWith("tags/"));
    expect(tags.length).toBeGreaterThan(0);
  });
});
