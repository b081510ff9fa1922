import { describe, expect } from "vitest";
import { waitUntil } from "../harness/wait.ts";
import { testWithEnv } from "../testenv/fixtures.ts";
import { countPushes, createGitReader } from "../testenv/git-reader.ts";
import { nameOf, type Packages } from "../testenv/packages.ts";

const id = (name: string) => ({ target: "catalog", repository: "blue", package: name, workspace: "one" });
const KINDS = ["draft", "proposed", "published", "deletionProposed"] as const;
const names = KINDS.map((kind) => nameOf(id(kind.toLowerCase())));

/** `test` with a Repository `blue` that has a package revision of each kind. */
const testWithPackages = (prefix: string) =>
  testWithEnv(prefix).extend("git", { scope: "file" }, async ({ env, packages }) => {
    await env.git.createRepository("blue");
    await env.register("blue");
    const metadata = { labels: { team: "edge" } };
    await Promise.all(
      KINDS.map((kind) => packages.createDraft(id(kind.toLowerCase()), { "a.yaml": `${kind}\n` }, { metadata })),
    );
    const [, proposed = "", published = "", deletionProposed = ""] = names;
    await packages.propose(proposed);
    await packages.publish(published);
    await packages.publish(deletionProposed);
    await packages.setLifecycle(deletionProposed, "deletionProposed");
    await packages.waitForReason(deletionProposed, "DeletionProposed");
    return createGitReader(env.git, "blue");
  });

// Two environments, since the namespace of the second one is deleted.
const repositoryTest = testWithPackages("delrepo");
const namespaceTest = testWithPackages("delspace");
const terminatingTest = testWithEnv("terminating");

/** The fields of every package revision that must be restored. */
async function readSurvivingFields(packages: Packages): Promise<unknown> {
  return await Promise.all(
    names.map(async (name) => {
      const { metadata, spec, status } = await packages.get(name);
      const { lifecycle, revision, commit, contentDigest, proposal, base } = status ?? {};
      const { resources } = (await packages.contents(name)).spec;
      const { "pkg.pkgserver.dev/latest": latest, team } = metadata.labels ?? {};
      return {
        id: spec.packageRevID,
        lifecycle,
        revision,
        commit,
        contentDigest,
        proposal,
        base,
        resources,
        latest,
        team,
      };
    }),
  );
}

describe("deletion: a Repository with packages", () => {
  repositoryTest(
    "changes nothing in Git; applied again, the Repository restores every package",
    async ({ env, packages, git }) => {
      const [refs, before] = [await git("for-each-ref"), await readSurvivingFields(packages)];
      const pushes = countPushes(env.git, "blue");
      await packages.request("carol", "delete", "repositories/blue");
      await waitUntil(
        "the Repository is gone",
        async () => (await env.as("admin")("get", "pkgrepo,pkgrev,pkgres")) === "",
      );
      expect(await git("for-each-ref")).toBe(refs);
      expect(countPushes(env.git, "blue")).toBe(pushes);

      await env.register("blue");
      const [draft = "", proposed = "", ...published] = names;
      await packages.waitForReason(draft, "Draft");
      await packages.waitForReason(proposed, "Proposed");
      for (const name of published) await packages.waitForReason(name, "Published");
      const after = (await readSurvivingFields(packages)) as { lifecycle?: string }[];
      // The lifecycle deletionProposed is not recorded in Git, and not restored.
      expect(after).toEqual(
        (before as typeof after).map((one) => ({
          ...one,
          ...(one.lifecycle === "deletionProposed" && { lifecycle: "published" }),
        })),
      );
      expect(await git("for-each-ref")).toBe(refs);
      expect(countPushes(env.git, "blue")).toBe(pushes);
    },
  );
});

describe("deletion: a namespace with packages", () => {
  namespaceTest("changes nothing in Git, and no finalizer blocks it", async ({ env, packages, git }) => {
    const refs = await git("for-each-ref");
    const pushes = countPushes(env.git, "blue");
    await env.as("admin")("delete", "namespace", env.namespace, "--wait=false");
    // As the namespace controller would do: this control plane has none.
    for (const kind of ["packagerevisionresourceses", "packagerevisions", "repositories"]) {
      await packages.request("admin", "delete", kind);
    }
    await waitUntil("all objects are gone", async () => (await env.as("admin")("get", "pkgrepo,pkgrev,pkgres")) === "");
    expect(await git("for-each-ref")).toBe(refs);
    expect(countPushes(env.git, "blue")).toBe(pushes);
  });

  terminatingTest("is no failure while it ends: nothing of it is logged as one", async ({ env, packages }) => {
    await env.git.createRepository("blue");
    await env.register("blue");
    const name = await packages.createDraft(id("draft"));
    const before = (await env.operator.log()).length;
    await env.as("admin")("delete", "namespace", env.namespace, "--wait=false");
    // The namespace controller deletes in any order. The contents are missing before their owner is deleted: the
    // operator creates them again; and what is changed at last has an Event.
    await packages.request("admin", "delete", "packagerevisionresourceses");
    const linesOf = async (text: string) => {
      const lines = (await env.operator.log()).slice(before);
      return lines.filter((line) => JSON.stringify(line).includes(text));
    };
    await waitUntil("the contents were refused", async () => {
      const refused = await linesOf("because it is being terminated");
      return refused.some(({ object }) => object === `${env.namespace}/${name}`);
    });
    await packages.request("admin", "merge", "repositories/blue", { spec: { sync: { suspend: true } } });
    await env.waitForRepository("blue", "Suspended");
    for (const kind of ["packagerevisions", "repositories"]) await packages.request("admin", "delete", kind);
    await waitUntil("all objects are gone", async () => (await env.as("admin")("get", "pkgrepo,pkgrev,pkgres")) === "");
    const failures = (await linesOf("terminated")).filter(({ level }) => level !== "debug");
    expect(failures).toEqual([]);
  });
});
