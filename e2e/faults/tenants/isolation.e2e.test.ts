import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect } from "vitest";
import { createKubectl, type Kubectl } from "../../harness/kubectl.ts";
import { isRunning } from "../../harness/processes.ts";
import { waitUntil } from "../../harness/wait.ts";
import { pushExternally } from "../../testenv/external-push.ts";
import { testWithEnv } from "../../testenv/fixtures.ts";
import { createGitReader } from "../../testenv/git-reader.ts";

import { readyReason } from "../../testenv/testenv.ts";

const otherNamespace = `other-${randomBytes(3).toString("hex")}`;

let admin: Kubectl;

const it = testWithEnv("tenants", { alsoWatch: [otherNamespace] });

it.beforeAll(async ({ env }) => {
  admin = createKubectl(env.controlPlane.kubectl, env.controlPlane.kubeconfigs.admin);
  await admin("create", "namespace", otherNamespace);
  await Promise.all(["private", "hooked", "specs"].map((name) => env.git.createRepository(name)));
  await pushExternally(env.git, "private", { files: { "web/a.yaml": "private: 1\n" }, tags: ["web/v1"] });
  await Promise.all(["private", "hooked", "specs"].map((name) => env.register(name)));
});

const inOtherNamespace = async (kind: string, name: string, more: object) =>
  await admin.applyYaml(
    JSON.stringify({
      apiVersion: kind === "Secret" ? "v1" : "config.pkg.pkgserver.dev/v1alpha1",
      kind,
      metadata: { name, namespace: otherNamespace },
      ...more,
    }),
  );

describe("another namespace with the same URL", () => {
  it.for([
    ["a Secret of the same name and the wrong password", "private", "git-auth"],
    ["no Secret", "nothing", undefined],
  ] as const)("and %s gets no data of the first one", async ([_, name, credentials], { env }) => {
    const stringData = { username: "pkgserver", password: "not-the-password" };
    await inOtherNamespace("Secret", "git-auth", { stringData });
    await inOtherNamespace("Repository", name, {
      spec: {
        git: { url: env.git.url("private"), directory: name, ...(credentials !== undefined && { credentials }) },
      },
    });
    const look = () => admin("get", "pkgrepo", name, "--namespace", otherNamespace, "-o", "json");
    await waitUntil(`${name} is refused`, look, { until: (text) => text.includes('"AuthenticationFailed"') });
    expect(await admin("get", "pkgrev,pkgres", "--namespace", otherNamespace, "--no-headers")).toBe("");
    expect(readyReason(await env.repository("private"))).toBe("Synced");
  });
});

describe("a hook that prints the credentials it was sent", () => {
  it("does not leak them into conditions, events, logs or metrics", async ({ env, packages }) => {
    const basic = Buffer.from(`pkgserver:${env.password}`).toString("base64");
    const forms = [env.password, basic, Buffer.from(env.password).toString("base64")];
    const lines = forms.map((form) => `echo "refused: \\033[31m${form}\\033[0m" >&2`);
    await env.git.setHooks("hooked", { preReceive: `${lines.join("\n")}\nexit 1\n` });
    const name = await packages.create({ repository: "hooked", package: "web", workspace: "one" });
    const refused = await packages.waitForReason(name, "PushRejected");
    expect(refused.status?.conditions?.[0]?.message).toContain("refused: ");
    const events = await waitUntil("there is an event", () => env.as("admin")("get", "events", "-o", "json"), {
      until: (text) => text.includes("PushRejected"),
    });
    const shown = [
      events,
      await env.as("admin")("get", "pkg", "-o", "json", "--show-managed-fields"),
      await readFile(env.operator.logFile, "utf8"),
      await (await fetch(`${env.operator.url}/metrics`)).text(),
    ];
    expect(forms.filter((form) => shown.some((text) => text.includes(form)))).toEqual([]);
    expect(refused.status?.conditions?.[0]?.message).not.toContain("\u001b");
    await env.git.setHooks("hooked", { preReceive: null });
    await packages.waitForReason(name, "Draft");
  });
});

describe("an invalid or excessive package revision", () => {
  const big = { kind: "Big", text: "x".repeat(5000) };
  const deep = JSON.parse(`${'{"a":'.repeat(600)}1${"}".repeat(600)}`);
  it.for<[string, object]>([
    ["inputs", { spec: { inputs: Array.from({ length: 64 }, () => big) } }],
    ["depth", { spec: { inputs: [deep] } }],
    ["annotations", { metadata: { annotations: { "example.com/a": "y".repeat(250_000) } } }],
  ])(
    "with too much of %s is reported without a write to Git, and can be corrected",
    async ([what, more], { env, packages }) => {
      const name = await packages.create({ repository: "specs", package: `much-${what}`, workspace: "one" }, more);
      if (what === "annotations") {
        await packages.waitForReason(name, "Draft");
        return;
      }
      await packages.waitForReason(name, "MetadataTooLarge");
      expect((await createGitReader(env.git, "specs").refs()).filter((ref) => ref.includes(`much-${what}`))).toEqual(
        [],
      );
      await packages.patch(name, { spec: { inputs: [{ kind: "Small" }] } });
      await packages.waitForReason(name, "Draft");
    },
  );

  it("with foreign conditions, some of the operator's types, still reports the operator's conditions", async ({
    packages,
  }) => {
    const name = await packages.createDraft({ repository: "specs", package: "crowded", workspace: "one" });
    const condition = (type: string) => ({
      type,
      status: "True",
      reason: "Foreign",
      message: "",
      lastTransitionTime: "2026-01-01T00:00:00Z",
    });
    const others = Array.from({ length: 30 }, (_, index) => condition(`example.com/${index}`));
    const conditions = [condition("Ready"), condition("Stalled"), ...others];
    await packages.request("operator", "merge", `packagerevisions/${name}/status`, { status: { conditions } });
    await packages.setLifecycle(name, "proposed");
    const { status } = await packages.waitForReason(name, "EmptyPackage");
    expect(status?.conditions?.slice(0, 2).map((one) => [one.type, one.reason])).toEqual([
      ["Ready", "EmptyPackage"],
      ["Stalled", "EmptyPackage"],
    ]);
    expect(status?.conditions).toHaveLength(32);
    const one = [condition("Ready"), ...others, condition("example.com/30")];
    await packages.request("operator", "merge", `packagerevisions/${name}/status`, { status: { conditions: one } });
    await packages.setLifecycle(name, "draft");
    await packages.setLifecycle(name, "proposed");
    expect((await packages.waitForReason(name, "EmptyPackage")).status?.conditions).toHaveLength(32);
  });

  it.for(["--upload-pack=touch x", "../../etc", "__proto__", "+main", "@{1}", "x\ny", "refs/heads/main"])(
    "with the upstream %j reports UpstreamNotFound",
    async (upstream, { packages }) => {
      const index = Buffer.from(upstream).toString("hex").slice(0, 40);
      const id = { repository: "specs", package: `from-${index}`, workspace: "one" };
      const spec = {
        tasks: [{ type: "clone" }],
        upstream: { repository: "private", package: upstream, realm: upstream },
      };
      const name = await packages.create(id, { spec });
      const { status } = await packages.waitForReason(name, "UpstreamNotFound");
      expect(status?.conditions?.[0]?.message).toContain(upstream);
    },
  );

  it("with __proto__ and constructor in its inputs is restored with them from Git", async ({ env, packages }) => {
    const inputs = JSON.parse('[{"kind":"X","__proto__":{"a":1},"constructor":{"prototype":2},"toString":null}]');
    const id = { repository: "specs", package: "proto", workspace: "one" };
    const name = await packages.create(id, { spec: { inputs } });
    await packages.waitForReason(name, "Draft");
    const text = JSON.stringify((await packages.get(name)).spec.inputs);
    expect(text).toContain('"__proto__":{"a":1}');
    await env.as("admin")("delete", "pkgrepo", "specs");
    await packages.waitUntilGone(name);
    await env.register("specs");
    const again = await packages.waitForReason(name, "Draft");
    expect(JSON.stringify(again.spec.inputs)).toBe(text);
    expect(({} as Record<string, unknown>).a).toBeUndefined();
  });
});

describe("a web server that is not a Git server", () => {
  it("is reported as RepositoryNotFound, whatever page it serves", async ({ env }) => {
    let page = "";
    const server = createServer((_, response) => response.setHeader("Content-Type", "text/html").end(page));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/x.git`;
    try {
      for (const [index, text] of ["<html>Sign in</html>", "<html>\nSign in\n</html>\n", ""].entries()) {
        page = text;
        await env.applyRepository(`page-${index}x`, {}, { url, directory: `d${index}` });
        await env.waitForRepository(`page-${index}x`, "RepositoryNotFound");
      }
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });
});

describe("the operator in this environment", () => {
  it("is alive, and publishes", async ({ env, packages }) => {
    expect(isRunning(env.operator.ref)).toBe(true);
    expect((await fetch(`${env.operator.url}/healthz`)).status).toBe(200);
    await packages.createPublished({ repository: "specs", package: "fine", workspace: "one" }, { "a.yaml": "a: 1\n" });
  });
});
