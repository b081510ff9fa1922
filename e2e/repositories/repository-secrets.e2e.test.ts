import { readdirSync, readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { describe, expect } from "vitest";
import { waitUntil } from "../harness/wait.ts";
import { pushExternally } from "../testenv/external-push.ts";
import { testWithEnv } from "../testenv/fixtures.ts";
import { findChildren } from "../testenv/git-children.ts";

const WRONG_PASSWORD = "canary-that-opens-nothing/+&";

/**
 * Finds the passwords in a text, in every form in which they could leak. The Repository `pkgserver` has the right
 * password, `wrong` the wrong one.
 */
const it = testWithEnv("secrets").extend("findLeaks", { scope: "file" }, async ({ env }) => {
  for (const name of ["pkgserver", "hanging"]) {
    await env.git.createRepository(name);
    await pushExternally(env.git, name, { files: { "web/a.yaml": "a\n" }, tags: ["web/v1"] });
  }
  // A long interval: requests during a test are those of the test.
  const sync = { interval: "24h" };
  await env.register("pkgserver", { sync });
  await env.waitForReason("catalog.pkgserver.web.v1", "Published");
  const stringData = { username: "pkgserver", password: WRONG_PASSWORD };
  const secret = { apiVersion: "v1", kind: "Secret", metadata: { name: "wrong-auth" }, stringData };
  await env.as("admin").applyYaml(JSON.stringify(secret));
  await env.applyRepository("wrong", { sync }, { credentials: "wrong-auth" });
  await env.waitForRepository("wrong", "AuthenticationFailed");
  const forms = [env.password, WRONG_PASSWORD].flatMap((password) => [
    password,
    encodeURIComponent(password),
    Buffer.from(password).toString("base64"),
    Buffer.from(`pkgserver:${password}`).toString("base64"),
  ]);
  return (text: string) => forms.filter((form) => text.includes(form));
});

describe("a Repository's password", () => {
  it("is in no argument list of git and its child processes", async ({ env, findLeaks }) => {
    const isRequested = () => env.git.requests().some(({ path }) => path.startsWith("/hanging.git/"));
    const url = env.git.url("hanging");
    env.git.failNext(20, "hang");
    await env.applyRepository("hanging", { sync: { interval: "24h" } });
    await waitUntil("git waits for a response", isRequested, { intervalMs: 20 });
    const lines = await waitUntil("git-remote-http runs", () => findChildren(url).map(argumentsOf), {
      until: (all) => all.some((line) => line.includes("git-remote-http ")),
      intervalMs: 20,
    });
    expect(lines.flatMap(findLeaks)).toEqual([]);
    // The hanging connection ends, the fetch fails, and the next one succeeds.
    env.git.failNext(0, "hang");
    env.git.closeConnections();
    await env.waitForRepository("hanging", "Synced");
    await env.waitForReason("catalog.hanging.web.v1", "Published");
  });

  it("is in no status and no event, whether it is right or wrong", async ({ env, findLeaks }) => {
    const events = () => env.as("admin")("get", "events", "-o", "json");
    const text = await waitUntil("both Repositories have events", events, {
      until: (all) => all.includes("AuthenticationFailed") && all.includes("Synced"),
    });
    expect(findLeaks(text)).toEqual([]);
    expect(findLeaks(await env.as("admin")("get", "pkg,leases", "-o", "json", "--show-managed-fields"))).toEqual([]);
  });

  it("is in no file of the operator, neither while it runs nor afterwards", async ({ env, findLeaks }) => {
    const data = join(dirname(env.operator.logFile), "operator-data");
    const leaks = () =>
      readdirSync(data, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name))
        .filter((file) => findLeaks(readIfThere(file)).length > 0);
    expect(readdirSync(data, { recursive: true }).some((name) => String(name).endsWith("config"))).toBe(true);
    expect(leaks()).toEqual([]);
    await env.restartOperator("stop");
    expect(leaks()).toEqual([]);
  });

  it("is in no line of the log, not even at debug level, and the user name stays readable", async ({
    env,
    findLeaks,
  }) => {
    const log = await readFile(env.operator.logFile, "utf8");
    expect(log).toContain('"level":"debug"');
    expect(findLeaks(log)).toEqual([]);
    // The user name equals the Repository's name here. It is no secret.
    expect(log).toContain(`"object":"${env.namespace}/pkgserver"`);
  });

  it("is in no metric", async ({ env, findLeaks }) => {
    expect(findLeaks(await (await fetch(`${env.operator.url}/metrics`)).text())).toEqual([]);
  });
});

/** The text of a file; empty if it was renamed or removed meanwhile. */
function readIfThere(file: string): string {
  try {
    return readFileSync(file, "latin1");
  } catch {
    return "";
  }
}

/** The command line of a process; empty if it has ended. */
function argumentsOf({ pid }: { readonly pid: number }): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
  } catch {
    return "";
  }
}
