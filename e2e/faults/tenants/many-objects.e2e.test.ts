import { describe, expect } from "vitest";
import type { Repository } from "../../../src/api/v1alpha1/repository.ts";
import { forEachLimited } from "../../../src/controllers/shared/for-each.ts";
import { waitUntil } from "../../harness/wait.ts";
import { readyReason } from "../../testenv/testenv.ts";
import { testWithHostilePackages } from "./fixtures.ts";

const LIMIT = 5;
const REPOSITORIES = 600;
const CONCURRENCY = 16;
/** Almost as much as one object may have. */
const FILES = 900;
const FOLDERS = 200;

const it = testWithHostilePackages("objects", "edited", {
  operator: { env: { PKGSERVER_LIMIT_REPOSITORIES: String(LIMIT) } },
});

describe("an edit", () => {
  it("whose files have 180,000 folders is TooManyFiles, until it is corrected, and hurts nobody", async ({
    hostilePackages,
    neighbour,
  }) => {
    const draft = await hostilePackages.createDraft({ repository: "edited", package: "deep", workspace: "one" });
    const folder = (number: number) => number.toString(36).padStart(4, "0");
    const deep = Array.from({ length: FILES }, (_, at) =>
      Array.from({ length: FOLDERS }, (_, part) => folder(at * FOLDERS + part)).join("/"),
    );
    const filesWith = (text: string | null) => Object.fromEntries(deep.map((path) => [path, text]));
    await neighbour.isUnhurtBy(async ({ hasPublished }) => {
      for (let edits = 1; edits <= 2 || !hasPublished(); edits++) {
        await hostilePackages.edit(draft, filesWith(`${edits}`));
        await hostilePackages.waitForReason(draft, "TooManyFiles");
      }
    });
    await hostilePackages.save(draft, { ...filesWith(null), "a.yaml": "a: 1\n" });
    expect((await hostilePackages.contents(draft)).status?.error).toBeUndefined();
  });
});

describe("hundreds of Repositories", () => {
  it("above the limit of a namespace are TooManyRepositories, and hurt nobody when they come and go", async ({
    env,
    hostile,
    neighbour,
  }) => {
    const names = Array.from({ length: REPOSITORIES }, (_, at) => `many-${at}`);
    const create = async (name: string) => {
      const spec = { git: { url: env.git.url(name), credentials: "git-auth" } };
      const kind = { apiVersion: "config.pkg.pkgserver.dev/v1alpha1", kind: "Repository" };
      await hostile.request("admin", "create", "repositories", { ...kind, metadata: { name }, spec });
    };
    const list = async () => await hostile.request<{ items: Repository[] }>("admin", "get", "repositories");
    await neighbour.isUnhurtBy(async ({ hasPublished }) => {
      await forEachLimited(names, CONCURRENCY, create);
      await waitUntil("those above the limit are refused", list, {
        until: ({ items }) =>
          items.filter((one) => readyReason(one) === "TooManyRepositories").length === REPOSITORIES + 1 - LIMIT,
        timeoutMs: 120_000,
      });
      await forEachLimited(names, CONCURRENCY, async (name) => {
        await hostile.request("admin", "delete", `repositories/${name}`);
      });
      await waitUntil("all are gone", list, { until: ({ items }) => items.length === 1, timeoutMs: 120_000 });
      await waitUntil("the neighbour has published", hasPublished);
    });
  });
});
