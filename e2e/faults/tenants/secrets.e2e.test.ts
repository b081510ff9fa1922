import { randomBytes } from "node:crypto";
import { describe, expect } from "vitest";
import { pushExternally } from "../../testenv/external-push.ts";
import { testWithNeighbour } from "./fixtures.ts";

const text = (bytes: number) => randomBytes(bytes).toString("base64").slice(0, bytes);

/** Registers a Repository whose credentials are the Secret of its name. */
const it = testWithNeighbour("secrets").extend("register", { scope: "file" }, ({ env, hostile }) => {
  return async (name: string) => {
    await env.git.createRepository(name);
    await pushExternally(env.git, name, { files: { "web/a.yaml": "a: 1\n" }, tags: ["web/v1"] });
    await hostile.applyRepository(name, {}, { credentials: name });
  };
});

describe("a Secret", () => {
  it.for([
    ["60 kB", 60_000],
    ["700 kB", 700_000],
  ] as const)(
    "with another key of %s beside a password is used, and hurts nobody",
    async ([, bytes], { env, hostile, neighbour, register }) => {
      const name = `bundle-${bytes}`;
      const put = async () =>
        await hostile.putSecret(name, {
          username: "pkgserver",
          password: env.password,
          "ca-bundle.pem": text(bytes),
        });
      await neighbour.isUnhurtBy(async ({ hasPublished }) => {
        await put();
        await register(name);
        await hostile.waitForRepository(name, "Synced");
        do {
          // A change of the Secret is another version of its values.
          await put();
          await hostile.sync(name);
        } while (!hasPublished());
      });
    },
  );

  it("with a password of 100 kB is refused with its size and the bound, until it is corrected", async ({
    env,
    hostile,
    neighbour,
    register,
  }) => {
    await neighbour.isUnhurtBy(async ({ hasPublished }) => {
      await hostile.putSecret("password", { username: "pkgserver", password: text(100_000) });
      await register("password");
      const { status } = await hostile.waitForRepository("password", "SecretTooLarge");
      expect(status?.conditions?.map((one) => [one.type, one.status, one.reason])).toEqual([
        ["Ready", "False", "SecretTooLarge"],
        ["Stalled", "True", "SecretTooLarge"],
      ]);
      expect(status?.conditions?.[0]?.message).toMatch(
        /key password of the Secret password has 100000 bytes.* 65536 .*PKGSERVER_MAX_SECRET_VALUE.*maxSecretValue/,
      );
      while (!hasPublished()) {
        const password = text(100_000 + Math.round(1000 * Math.random()));
        await hostile.putSecret("password", { username: "pkgserver", password });
        await hostile.waitForMessage("password", "SecretTooLarge");
      }
    });
    await hostile.putSecret("password", { username: "pkgserver", password: env.password });
    await hostile.waitForRepository("password", "Synced");
  });

  it("with a password of the largest size that is used is sent to the server, and shown nowhere", async ({
    env,
    hostile,
    register,
  }) => {
    const password = text(65_536);
    env.registerSecret(password);
    await hostile.putSecret("largest", { username: "pkgserver", password });
    await register("largest");
    // The server's own limit for headers is smaller: it closes the connection.
    const { status } = await hostile.waitForRepository("largest", "ConnectionFailed");
    expect(JSON.stringify(status)).not.toContain(password.slice(0, 32));
  });
});
