import { describe, expect } from "vitest";
import type { ApiClient, ApiResponse } from "../../testenv/api-client.ts";
import { testWithEnv } from "../../testenv/fixtures.ts";
import { createGitReader } from "../../testenv/git-reader.ts";

import type { TestEnv } from "../../testenv/testenv.ts";

const PACKAGES = 8;
/** More edits than are stored before the freeze. */
const MAX_EDITS = 500;

const it = testWithEnv("proposals").extend("git", { scope: "file" }, async ({ env }) =>
  createGitReader(env.git, "blue"),
);

it.beforeAll(async ({ env }) => {
  await env.git.createRepository("blue");
  await env.register("blue");
});

/** Edits the same file until an edit is refused. `last`: the number of the last stored edit. */
async function editUntilFrozen(
  env: TestEnv,
  requestAs: ApiClient,
  name: string,
  word: string,
): Promise<{ readonly last: number; readonly refusal?: ApiResponse }> {
  const path = `pkg.pkgserver.dev/v1alpha1/namespaces/${env.namespace}/packagerevisionresourceses/${name}`;
  for (let at = 1; at <= MAX_EDITS; at++) {
    const answer = await requestAs("alice", "merge", path, { spec: { resources: { "n.yaml": `${word}: ${at}\n` } } });
    if (answer.code !== 200) return { last: at - 1, refusal: answer };
  }
  return { last: MAX_EDITS };
}

describe.concurrent("a proposal during edits", () => {
  it.for(Array.from({ length: PACKAGES }, (_, index) => `pkg-${index}`))(
    "%s: has every accepted edit, and is published unchanged",
    async (name, { env, packages, requestAs, git }) => {
      const id = { repository: "blue", package: name, workspace: "one" };
      const draft = await packages.createDraft(id, { "n.yaml": "n: 0\n" });
      const [{ last, refusal }] = await Promise.all([
        editUntilFrozen(env, requestAs, draft, "n"),
        packages.propose(draft),
      ]);
      expect(refusal?.code).toBe(422);
      expect(refusal?.body.message).toContain("frozen");
      const { proposal } = (await packages.get(draft)).status ?? {};
      const proposed = await git.files(proposal?.commit ?? "", name);
      expect(proposed).toEqual({ "n.yaml": `n: ${last}\n` });
      expect((await packages.contents(draft)).spec.resources).toEqual(proposed);

      // Edits are refused, also during the approval.
      const [late, published] = await Promise.all([
        editUntilFrozen(env, requestAs, draft, "late"),
        packages.publish(draft),
      ]);
      expect(late.last).toBe(0);
      expect(published.status?.commit).toBe(proposal?.commit);
      expect(published.spec.approval?.digest).toBe(proposal?.digest);
      expect(await git.files(`refs/tags/${name}/v1`, name)).toEqual(proposed);
      expect(await git.files("main", name)).toEqual(proposed);
    },
  );
});
