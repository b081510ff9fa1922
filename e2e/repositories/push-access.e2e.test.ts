import { randomBytes } from "node:crypto";
import { describe, expect } from "vitest";
import { pushExternally } from "../testenv/external-push.ts";
import { testWithEnv } from "../testenv/fixtures.ts";
import { createGitReader } from "../testenv/git-reader.ts";

const it = testWithEnv("push-access");

describe("credentials that may only read", () => {
  it("are told at the first sync, where the Repository asks for the check, and its packages are shown", async ({
    env,
    packages,
  }) => {
    await env.git.createRepository("checked");
    await pushExternally(env.git, "checked", { files: { "web/a.yaml": "a: 1\n" }, tags: ["web/v1"] });
    await env.git.git("checked", "config", "http.receivepack", "false");
    await env.applyRepository("checked", {}, { checkPush: true });

    const { status } = await env.waitForRepository("checked", "PushForbidden");
    expect(status?.conditions?.map((one) => [one.type, one.status])).toEqual([
      ["Ready", "False"],
      ["Stalled", "True"],
    ]);
    expect(status?.conditions?.[0]?.message).toMatch(
      /^the remote takes no push from these credentials: .* 403: give .* write: look at the Secret git-auth/,
    );
    await packages.waitForReason("catalog.checked.web.v1", "Published");

    await env.git.git("checked", "config", "http.receivepack", "true");
    await env.sync("checked");
    await env.waitForRepository("checked", "Synced");
  });

  it("are told by the first push of a package revision, which is repeated by itself", async ({ env, packages }) => {
    await env.git.createRepository("unchecked");
    await env.register("unchecked");
    await env.git.git("unchecked", "config", "http.receivepack", "false");
    const name = await packages.create({ repository: "unchecked", package: "web", workspace: "one" });
    await packages.waitForReason(name, "PushForbidden");
    await env.git.git("unchecked", "config", "http.receivepack", "true");
    await packages.waitForReason(name, "Draft");
  });

  it.for([
    { title: "an empty remote", name: "empty", empty: true },
    { title: "a remote with a branch", name: "filled", empty: false },
  ])("are told from those that may push, to which nothing is pushed: $title", async ({ name, empty }, { env }) => {
    await env.git.createRepository(name, { empty });
    const git = createGitReader(env.git, name);
    const before = await git("for-each-ref");
    await env.register(name, {}, { checkPush: true });
    expect(await git("for-each-ref")).toBe(before);
    await git("config", "http.receivepack", "false");
    await env.requestSync(name);
    await env.waitForRepository(name, "PushForbidden");
    await git("config", "http.receivepack", "true");
    await env.sync(name);
    await env.waitForRepository(name, "Synced");
  });
});

describe("a push that the server finds too large", () => {
  const LARGE = { "large.txt": randomBytes(40_000).toString("base64") };

  it.for([
    { name: "body", limit: "a limit of request bodies before it (413)" },
    { name: "pack", limit: "its limit of packs (receive.maxInputSize)" },
  ])("is told by $limit, and repeated when the change is smaller", async ({ name }, { env, packages }) => {
    await env.git.createRepository(name);
    await env.register(name);
    const draft = await packages.createDraft({ repository: name, package: "web", workspace: "one" });
    if (name === "body") env.git.setMaxBody(20_000);
    else await env.git.git(name, "config", "receive.maxInputSize", "20000");
    await packages.edit(draft, LARGE);
    const { status } = await packages.waitForReason(draft, "PushTooLarge");
    expect(status?.conditions?.[0]?.message).toMatch(name === "body" ? /413: .* raise its limit/ : /maximum allowed/);
    await packages.edit(draft, { "large.txt": null, "a.yaml": "a: 1\n" });
    await packages.waitForReason(draft, "Draft");
    await packages.waitForAcknowledgement(draft);
    env.git.setMaxBody(Number.POSITIVE_INFINITY);
    expect(await createGitReader(env.git, name).files("web/one", "web")).toMatchObject({ "a.yaml": "a: 1\n" });
  });
});

describe("a password with a line end, as files have one", () => {
  it("is used without it", async ({ env }) => {
    await env.git.createRepository("line-end");
    const stringData = { username: "pkgserver\n", password: `${env.password}\r\n` };
    const secret = { apiVersion: "v1", kind: "Secret", metadata: { name: "line-end" }, stringData };
    await env.as("admin").applyYaml(JSON.stringify(secret));
    await env.register("line-end", {}, { credentials: "line-end" });
  });
});
