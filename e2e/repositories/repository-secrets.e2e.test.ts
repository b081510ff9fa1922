import { readdirSync, readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { waitUntil } from "../harness/wait.ts";
import { pushExternally } from "../testenv/external-push.ts";
import { findChildren } from "../testenv/git-children.ts";
import { startTestEnv, type TestEnv } from "../testenv/testenv.ts";

const wrongPassword = "canary-that-opens-nothing/+&";
let env: TestEnv;
/** The passwords in every form in which they could leak. */
let forms: readonly string[];

beforeAll(async () => {
  env = await startTestEnv("secrets");
  forms = [env.password, wrongPassword].flatMap((password) => [
    password,
    encodeURIComponent(password),
    Buffer.from(password).toString("base64"),
    Buffer.from(`pkgserver:${password}`).toString("base64"),
  ]);
  await env.git.createRepository("pkgserver");
  await pushExternally(env.git, "pkgserver", { files: { "web/a.yaml": "a\n" }, tags: ["web/v1"] });
});
afterAll(async () => await env?.end());

const found = (text: string) => forms.filter((form) => text.includes(form));

describe("a Repository's password", () => {
  it("is in no argument list of git or of what git starts", async () => {
    env.git.failNext(1, "hang");
    await env.applyRepository("pkgserver");
    await waitUntil("git waits for an answer", () => env.git.requests().length > 0, { intervalMs: 20 });
    const lines = findChildren(env.git.url("pkgserver")).map(argumentsOf);
    expect(lines).toContainEqual(expect.stringContaining("git-remote-http "));
    expect(lines.flatMap(found)).toEqual([]);
    // The hanging connection ends, the fetch fails, and the next one gets through.
    env.git.closeConnections();
    await env.waitForRepository("pkgserver", "Synced");
    await env.waitForReason("catalog.pkgserver.web.v1", "Published");
  });

  it("is in no status and no event, whether it is right or wrong", async () => {
    const data = { username: "pkgserver", password: wrongPassword };
    const secret = { apiVersion: "v1", kind: "Secret", metadata: { name: "wrong-auth" }, stringData: data };
    await env.as("admin").applyYaml(JSON.stringify(secret));
    await env.applyRepository("wrong", {}, { credentials: "wrong-auth" });
    await env.waitForRepository("wrong", "AuthenticationFailed");
    const events = () => env.as("admin")("get", "events", "-o", "json");
    const text = await waitUntil("both have had their events", events, {
      until: (all) => all.includes("AuthenticationFailed") && all.includes("Synced"),
    });
    expect(found(text)).toEqual([]);
    expect(found(await env.as("admin")("get", "pkg,leases", "-o", "json", "--show-managed-fields"))).toEqual([]);
  });

  it("is in no file of the operator, while it works and when it has ended", async () => {
    const data = join(dirname(env.operator.logFile), "operator-data");
    const leaks = () =>
      readdirSync(data, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name))
        .filter((file) => found(readFileSync(file, "latin1")).length > 0);
    expect(readdirSync(data, { recursive: true }).some((name) => String(name).endsWith("config"))).toBe(true);
    expect(leaks()).toEqual([]);
    await env.restartOperator("stop");
    expect(leaks()).toEqual([]);
  });

  it("is in no line of the log, not even at debug level, and the rest of the line can be read", async () => {
    const log = await readFile(env.operator.logFile, "utf8");
    expect(log).toContain('"level":"debug"');
    expect(found(log)).toEqual([]);
    // The user's name is the Repository's name here: it is no secret.
    expect(log).toContain(`"object":"${env.namespace}/pkgserver"`);
  });

  it("is in no metric", async () => {
    expect(found(await (await fetch(`${env.operator.url}/metrics`)).text())).toEqual([]);
  });
});

/** The command line of a process; empty where it has ended. */
function argumentsOf({ pid }: { readonly pid: number }): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
  } catch {
    return "";
  }
}
