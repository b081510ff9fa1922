import { expect } from "vitest";
import { runGit } from "../../harness/git-command.ts";
import { waitUntil } from "../../harness/wait.ts";
import { testWithEnv } from "../../testenv/fixtures.ts";
import { monitorEventLoop } from "../../testenv/loop-watch.ts";
import { readyReason } from "../../testenv/testenv.ts";

/** Revisions of one package: half of what a Repository may have in the cluster. */
const MANY = 2500;
/** Milliseconds that the event loop may stand still. */
const LIMIT_MS = 200;
const PATIENCE = { timeoutMs: 400_000, intervalMs: 500 };
const PERSON = "Else <else@example.com> 1767225600 +0000";

const it = testWithEnv("many");

it.beforeAll(async ({ env }) => {
  const dir = await env.git.createRepository("many");
  const data = (text: string) => `data ${Buffer.byteLength(text)}\n${text}\n`;
  const commit =
    `commit refs/heads/main\nmark :1\ncommitter ${PERSON}\n${data("files")}from refs/heads/main^0\n` +
    `M 100644 inline dns/a.yaml\n${data("a: 1")}\n`;
  const tags = Array.from({ length: MANY }, (_, at) => `tag dns/v${at + 1}\nfrom :1\ntagger ${PERSON}\n${data("one")}`);
  await runGit(dir, ["fast-import", "--quiet"], { input: `${commit}${tags.join("")}` });
  await env.git.createRepository("neighbour");
  await env.register("neighbour");
});

it("thousands of revisions of one package never block the event loop, and a neighbour goes on", {
  timeout: 600_000,
}, async ({ env, packages }) => {
  const loop = await monitorEventLoop(env.operator);
  const ofMany = async () => (await env.revisions()).filter((one) => one.spec.packageRevID.repository === "many");
  const countReady = async () => (await ofMany()).filter((one) => readyReason(one) === "Published").length;
  let published = 0;
  /** The neighbour publishes one package after the other, at least one, until it is over. */
  const publishWhile = async (isOver: () => Promise<boolean>) => {
    const before = published;
    do {
      const id = { repository: "neighbour", package: `p${published}`, workspace: "one" };
      await packages.createPublished(id, { "a.yaml": "a: 1\n" });
      published += 1;
    } while (!(await isOver()));
    return published - before;
  };

  await loop.longestMs();
  await env.applyRepository("many", { contents: "Latest" });
  // Before all are there: the neighbour does not wait for them.
  expect(await publishWhile(async () => (await countReady()) === MANY)).toBeGreaterThan(1);
  await env.sync("many");
  expect(await loop.longestMs(), "registered").toBeLessThanOrEqual(LIMIT_MS);

  await env.as("admin")("delete", "pkgrepo", "many", "--wait=false");
  expect(await publishWhile(async () => (await ofMany()).length === 0)).toBeGreaterThan(1);
  await waitUntil("the Repository is gone", async () => await env.repository("many").catch(() => undefined), {
    ...PATIENCE,
    until: (one) => one === undefined,
  });
  expect(await loop.longestMs(), "deleted").toBeLessThanOrEqual(LIMIT_MS);
  loop.close();
});
