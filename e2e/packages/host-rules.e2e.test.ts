import { describe, expect } from "vitest";
import { testWithEnv } from "../testenv/fixtures.ts";
import { createGitReader } from "../testenv/git-reader.ts";
import { needs } from "../testenv/needs.ts";
import { nameOf } from "../testenv/packages.ts";

const it = testWithEnv("rules");

/** The rules of a host about new commits, with the messages of GitLab's push rules. */
const RULES = `
refuse() { echo "GitLab: $1" >&2; exit 1; }
while read -r old new ref; do
  case "$new" in *[!0]*) ;; *) continue;; esac
  for commit in $(git rev-list "$new" --not --all); do
    case "$(git log -1 --format=%ce "$commit")" in *@example.com) ;; *)
      refuse "Committer's email '$(git log -1 --format=%ce "$commit")' does not follow the pattern '@example.com$'";; esac
    case "$(git log -1 --format=%ae "$commit")" in *@example.com) ;; *)
      refuse "Author's email '$(git log -1 --format=%ae "$commit")' does not follow the pattern '@example.com$'";; esac
    case "$(git log -1 --format=%s "$commit")" in PKG-[0-9]*) ;; *)
      refuse "Commit message does not follow the pattern '^PKG-[0-9]+'";; esac
  done
done
`;

describe("rules of a host about commits", () => {
  it(
    ...needs("MutatingAdmissionPolicy", "are told with the setting that helps, one after the other, until all are met"),
    async ({ env, packages }) => {
      await env.git.createRepository("strict");
      await env.git.setHooks("strict", { preReceive: RULES });
      await env.register("strict", { deployment: true });
      const git = createGitReader(env.git, "strict");
      const id = { repository: "strict", target: "edge1", package: "net", workspace: "one" };
      const name = await packages.create(id, { spec: { tasks: [{ type: "init" }] } });
      const set = async (commit: object) => {
        await packages.request("admin", "merge", "repositories/strict", { spec: { git: { commit } } });
        await env.sync("strict");
      };
      const waitForHint = async (text: string) =>
        await packages.waitFor(name, `says ${text}`, ({ status }) =>
          (status?.conditions ?? []).some(
            ({ reason, message }) => reason === "PushRejected" && message?.includes(text) === true,
          ),
        );
      await waitForHint("does not follow the pattern '@example.com$': set spec.git.commit.committer of the Repository");
      await set({ committer: { name: "Package Bot", email: "bot@example.com" } });
      await waitForHint("set spec.git.commit.emailDomain of the Repository");
      await set({ emailDomain: "example.com" });
      await waitForHint("set spec.git.commit.messageTemplate of the Repository");
      const messageTemplate = "PKG-1: {{action}} {{package}} {{revision}}\n\nTicket: of {{user}}";
      await set({ messageTemplate });
      await packages.waitForReason(name, "Draft");
      expect(await git("log", "-1", "--format=%s", "edge1/net/one")).toBe("PKG-1: Start net");
    },
  );

  it("are met by commits and tags, whose trailers, signatures and records stay", async ({ env, packages }) => {
    await env.git.createRepository("met");
    await env.git.setHooks("met", { preReceive: RULES });
    const commit = {
      committer: { name: "Package Bot", email: "bot@example.com" },
      emailDomain: "example.com",
      messageTemplate: "PKG-7: {{action}} {{package}} {{revision}} for {{target}}\n\nRequested-By: {{user}}",
      tagMessageTemplate: "{{package}} {{revision}}",
    };
    await env.register("met", { deployment: true }, { commit });
    const git = createGitReader(env.git, "met");
    const id = { repository: "met", target: "edge1", package: "net", workspace: "one" };
    const { status } = await packages.createPublished(id, { "a.yaml": "a: 1\n" });

    expect(status).toMatchObject({ provenance: "Operator", publishedBy: "bob", revision: "v1" });
    expect(await git("log", "-1", "--format=%an <%ae>, %cn <%ce>: %s", "main")).toBe(
      "bob <bob@example.com>, Package Bot <bot@example.com>: PKG-7: Publish net v1 for edge1",
    );
    expect(await git("log", "-1", "--format=%b", "main")).toMatch(/^Requested-By: bob\n\nPackage-Repository: /);
    expect(await git("for-each-ref", "--format=%(taggeremail) %(subject)", "refs/tags/edge1/net/v1")).toBe(
      "<bob@example.com> net v1",
    );
    for (const object of ["main", "edge1/net/v1"]) {
      expect(await git.trailers(object)).toMatchObject({ "Package-Path": "edge1/net", "Approved-By": "bob" });
    }
    expect(await git("log", "--format=%s", "edge1/net/v1", "-2")).toBe(
      "PKG-7: Propose net  for edge1\nPKG-7: Edit net  for edge1",
    );

    const name = `edge1.met.net.one`;
    await packages.setLifecycle(name, "deletionProposed");
    await packages.waitForReason(name, "DeletionProposed");
    await packages.delete(name, "bob");
    await packages.waitUntilGone(name);
    expect(await git("log", "-1", "--format=%s", "main")).toBe("PKG-7: Delete net v1 for edge1");
    expect(await git.refs()).toEqual(["tags/edge1/net/deleted-v1"]);
  });

  it("are no way to forge a record: a template with trailers is only text", async ({ env, packages }) => {
    await env.git.createRepository("forged", { empty: true });
    const forged = ["Package-Repository: other/catalog", "Package-Path: forged", "Package-Workspace: one"];
    const record = [...forged, "Package-Lifecycle: published", "Package-Revision: v9", "Approved-By: ceo"].join("\n");
    const messageTemplate = `-----BEGIN SSH SIGNATURE-----\n\n${record}\n-----END SSH SIGNATURE-----\n\n${record}\n`;
    await env.register("forged", {}, { commit: { messageTemplate } });
    const git = createGitReader(env.git, "forged");
    const id = { repository: "forged", package: "net", workspace: "one" };
    const { status } = await packages.createPublished(id, { "a.yaml": "a: 1\n" });
    expect(status).toMatchObject({ provenance: "Operator", publishedBy: "bob", revision: "v1" });
    for (const object of ["main", "net/v1"]) {
      expect(await git.trailers(object)).toMatchObject({ "Package-Path": "net", "Approved-By": "bob" });
    }
    await packages.setLifecycle(nameOf(id), "deletionProposed");
    await packages.waitForReason(nameOf(id), "DeletionProposed");
    await packages.delete(nameOf(id), "bob");
    await packages.waitUntilGone(nameOf(id));
    // The first commit, the deletion and the tombstone have no trailers.
    const [first = ""] = (await git("rev-list", "--max-parents=0", "main")).split("\n");
    for (const object of [first, "main", "net/deleted-v1"]) expect(await git.trailers(object)).toEqual({});
  });

  it("cannot be met by a template with an unknown field: the Repository says so, until it is mended", async ({
    env,
  }) => {
    await env.git.createRepository("mistaken");
    await env.applyRepository("mistaken", {}, { commit: { messageTemplate: "{{ticket}} {{subject}}" } });
    const { status } = await env.waitForRepository("mistaken", "InvalidTemplate");
    expect(status?.conditions?.map((one) => [one.type, one.status])).toEqual([
      ["Ready", "False"],
      ["Stalled", "True"],
    ]);
    expect(status?.conditions?.[0]?.message).toContain(
      'spec.git.commit.messageTemplate: "{{ticket}}" is no field: the fields are subject, action,',
    );
    await env.applyRepository("mistaken", {}, { commit: { messageTemplate: "PKG-1 {{subject}}" } });
    await env.waitForRepository("mistaken", "Synced");
  });

  it.for([
    ["committer", { committer: { name: "Bot <x>", email: "bot@example.com" } }],
    ["committer", { committer: { name: "Bot", email: "bot" } }],
    ["committer", { committer: { name: "Bot" } }],
    ["emailDomain", { emailDomain: "a@b" }],
    ["messageTemplate", { messageTemplate: "x".repeat(1025) }],
  ] as const)("are not met by invalid values of %s, which the API server refuses", async ([field, commit], { env }) => {
    await expect(env.applyRepository("refused", {}, { commit })).rejects.toThrow(`spec.git.commit.${field}`);
  });
});
