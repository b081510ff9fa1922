import { readFile } from "node:fs/promises";
import { describe, expect } from "vitest";
import { findForms, formsOf } from "../leaks/secret-forms.ts";
import { pushExternally } from "../testenv/external-push.ts";
import { testWithEnv } from "../testenv/fixtures.ts";

const it = testWithEnv("echoed");

it.beforeAll(async ({ env }) => {
  await env.git.createRepository("echo");
  await pushExternally(env.git, "echo", { files: { "web/a.yaml": "a: 1\n" }, tags: ["web/v1"] });
  await env.register("echo");
});

const reverse = (text: string) => [...text].reverse().join("");
const base64 = (text: string) => Buffer.from(text).toString("base64");

/** What a server's hook prints of the password that it was sent. */
const echoes: Readonly<Record<string, (password: string) => readonly string[]>> = {
  base64: (password) => [base64(password)],
  header: (password) => [`Authorization: Basic ${base64(`pkgserver:${password}`)}`],
  reversed: (password) => [`debug ${reverse(password)}`],
  hexadecimal: (password) => [Buffer.from(password).toString("hex")],
  percent: (password) => [[...Buffer.from(password)].map((byte) => `%${byte.toString(16)}`).join("")],
  "upper-case": (password) => [password.toUpperCase()],
  blanks: (password) => [[...password].join(" ")],
  lines: (password) => [...password],
  halves: (password) => [`begins ${password.slice(0, 12)}`, `ends ${password.slice(12)}`],
};

/** Forms that are replaced one by one; for the others the whole message is withheld. */
const KNOWN: ReadonlySet<string> = new Set(["base64", "header"]);

it.afterEach(async ({ env }) => await env.git.setHooks("echo", { preReceive: null }));

describe("a server that prints the password in its refusal of a push", () => {
  it.for(Object.keys(echoes))("is not repeated: %s", async (name, { env, packages }) => {
    const printed = echoes[name]?.(env.password) ?? [];
    const workspace = name.toLowerCase();
    const draft = await packages.createDraft({ repository: "echo", package: "web", workspace });
    const script = [...printed.map((line) => `echo '${line}' >&2`), "exit 1"].join("\n");
    await env.git.setHooks("echo", { preReceive: script });
    await packages.edit(draft, { "a.yaml": "a: 2\n" });
    const refused = await env.waitForReason(draft, "PushRejected");
    const message = refused.status?.conditions?.[0]?.message ?? "";
    expect(message).toMatch(/pre-receive hook declined/);
    expect(message).toMatch(KNOWN.has(name) ? /…$/ : /server's message is not shown/);
    const events = await env.as("admin")("get", "events", "-o", "json");
    const shown = [JSON.stringify(refused), events, await readFile(env.operator.logFile, "utf8")].map(plain);
    for (const text of [...printed.filter((line) => line.length > 4), ...formsOf(env.password)].map(plain)) {
      expect(findForms([text], shown.join("\n"))).toEqual([]);
    }
    await env.git.setHooks("echo", { preReceive: null });
    await packages.waitForAcknowledgement(draft);
  });

  it("repeats what a server says otherwise", async ({ env, packages }) => {
    const draft = await packages.createDraft({ repository: "echo", package: "web", workspace: "plain" });
    const says = "GitLab: You are not allowed to push code to protected branches on this project.";
    await env.git.setHooks("echo", { preReceive: `echo '${says}' >&2\nexit 1` });
    await packages.edit(draft, { "a.yaml": "a: 3\n" });
    const refused = await env.waitForReason(draft, "PushRejected");
    expect(refused.status?.conditions?.[0]?.message).toContain(says);
    await env.git.setHooks("echo", { preReceive: null });
    await packages.waitForAcknowledgement(draft);
  });
});

describe("a remote that names branches, tags and files after the password", () => {
  it("has none of them used or shown", async ({ env }) => {
    const hex = Buffer.from(env.password).toString("hex");
    await env.git.createRepository("named");
    const odd = [`${env.password}/v1`, `web/${hex}`, `odd-${env.password.slice(0, 12)}`];
    const file = `dns/${reverse(env.password)}.yaml`;
    await pushExternally(
      env.git,
      "named",
      { files: { "web/a.yaml": "a: 1\n" }, tags: ["web/v1", ...odd] },
      { branch: "dns/one", files: { [file]: "b: 1\n" }, tags: ["dns/v1"] },
    );
    await env.register("named");
    await env.waitForReason("catalog.named.web.v1", "Published");
    const refused = await env.waitForReason("catalog.named.dns.v1", "UnusableName");
    const admin = env.as("admin");
    const repository = await admin("get", "pkgrepo", "named", "-o", "json");
    expect(JSON.parse(repository).status.skipped).toHaveLength(odd.length + 1);
    const objects = await admin("get", "pkgrev,packagerevisionresourceses,events", "-o", "json");
    const log = await readFile(env.operator.logFile, "utf8");
    const shown = [JSON.stringify(refused), repository, objects, log].map(plain).join("\n");
    const forms = [reverse(env.password), env.password.slice(0, 12), ...formsOf(env.password)].map(plain);
    expect(findForms(forms, shown)).toEqual([]);
    // What the remote itself has would be found at the end of the tests.
    await admin("delete", "pkgrepo", "named");
    for (const ref of ["refs/heads/dns/one", ...["dns/v1", ...odd].map((tag) => `refs/tags/${tag}`)]) {
      await env.git.git("named", "update-ref", "-d", ref);
    }
    await env.git.git("named", "gc", "--quiet", "--prune=now");
  });
});

/** As a reader sees through blanks and case. */
function plain(text: string): string {
  return text.toLowerCase().replaceAll(/[\s%]/g, "");
}
