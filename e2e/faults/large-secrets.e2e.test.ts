import { randomBytes } from "node:crypto";
import { describe, expect } from "vitest";
import type { Repository } from "../../src/api/v1alpha1/repository.ts";
import { createKubectl } from "../harness/kubectl.ts";
import { isRunning } from "../harness/processes.ts";
import { waitUntil } from "../harness/wait.ts";
import { pushExternally } from "../testenv/external-push.ts";
import { testWithEnv } from "../testenv/fixtures.ts";
import { readyReason } from "../testenv/testenv.ts";

/** The namespace of the tenant with large Secrets; the environment's own is that of the neighbour. */
const hostile = `large-${randomBytes(3).toString("hex")}`;
const neighbour = "neighbour";

const text = (bytes: number) => randomBytes(bytes).toString("base64").slice(0, bytes);

/** The Repositories of the tenant, by name. */
const it = testWithEnv("large", { alsoWatch: [hostile] }).extend("tenant", { scope: "file" }, async ({ env }) => {
  const admin = createKubectl(env.controlPlane.kubectl, env.controlPlane.kubeconfigs.admin);
  await admin("create", "namespace", hostile);
  await env.git.createRepository(neighbour);
  await env.register(neighbour);
  const apply = async (object: object) => await admin.applyYaml(JSON.stringify(object));
  const putSecret = async (name: string, stringData: Readonly<Record<string, string>>) => {
    const object = { apiVersion: "v1", kind: "Secret", metadata: { name, namespace: hostile }, stringData };
    // Otherwise kubectl would write a copy into an annotation, which may not have as much.
    await admin.applyYaml(JSON.stringify(object), "--server-side");
  };
  const register = async (name: string) => {
    await env.git.createRepository(name);
    await pushExternally(env.git, name, { files: { "web/a.yaml": "a: 1\n" }, tags: ["web/v1"] });
    await apply({
      apiVersion: "config.pkg.pkgserver.dev/v1alpha1",
      kind: "Repository",
      metadata: { name, namespace: hostile },
      spec: { git: { url: env.git.url(name), credentials: name } },
    });
  };
  const read = async (name: string) => await admin.getJson<Repository>("pkgrepo", name, "--namespace", hostile);
  const waitFor = async (name: string, reason: string) =>
    await waitUntil(`${name} is ${reason}`, async () => await read(name), {
      until: (one) => readyReason(one) === reason,
    });
  return { putSecret, register, waitFor };
});

describe("a Secret", () => {
  it.for([
    ["60 kB", 60_000],
    ["700 kB", 700_000],
  ] as const)(
    "with another key of %s beside a password is used, and hurts nobody",
    async ([, bytes], { env, packages, tenant }) => {
      const name = `bundle-${bytes}`;
      const { pid } = env.operator.ref;
      const credentials = { username: "pkgserver", password: env.password };
      await tenant.putSecret(name, { ...credentials, "ca-bundle.pem": text(bytes) });
      await tenant.register(name);
      const id = { repository: neighbour, package: name, workspace: "one" };
      await packages.createPublished(id, { "a.yaml": "a: 1\n" });
      await tenant.waitFor(name, "Synced");
      // A change of the Secret is another version of its values.
      await tenant.putSecret(name, { ...credentials, "ca-bundle.pem": text(bytes) });
      await packages.createPublished({ ...id, package: `${name}-again` }, { "a.yaml": "a: 2\n" });
      await tenant.waitFor(name, "Synced");
      expect([env.operator.ref.pid, isRunning(env.operator.ref)]).toEqual([pid, true]);
    },
  );

  it("with a password of 100 kB is refused with its size and the bound, until it is corrected", async ({
    env,
    packages,
    tenant,
  }) => {
    const password = text(100_000);
    await tenant.putSecret("password", { username: "pkgserver", password });
    await tenant.register("password");
    const { status } = await tenant.waitFor("password", "SecretTooLarge");
    expect(status?.conditions?.map((one) => [one.type, one.status, one.reason])).toEqual([
      ["Ready", "False", "SecretTooLarge"],
      ["Stalled", "True", "SecretTooLarge"],
    ]);
    expect(status?.conditions?.[0]?.message).toMatch(
      /key password of the Secret password has 100000 bytes.* 65536 .*PKGSERVER_MAX_SECRET_VALUE.*maxSecretValue/,
    );
    const id = { repository: neighbour, package: "meanwhile", workspace: "one" };
    await packages.createPublished(id, { "a.yaml": "a: 1\n" });
    await tenant.putSecret("password", { username: "pkgserver", password: env.password });
    await tenant.waitFor("password", "Synced");
  });

  it("with a password of the largest size that is used is sent to the server, and shown nowhere", async ({
    env,
    tenant,
  }) => {
    const password = text(65_536);
    env.registerSecret(password);
    await tenant.putSecret("largest", { username: "pkgserver", password });
    await tenant.register("largest");
    // The server's own limit for headers is smaller: it closes the connection.
    const { status } = await tenant.waitFor("largest", "ConnectionFailed");
    expect(JSON.stringify(status)).not.toContain(password.slice(0, 32));
  });
});
