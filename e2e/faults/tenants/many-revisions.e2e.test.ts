import { expect } from "vitest";
import { runGit } from "../../harness/git-command.ts";
import { waitUntil } from "../../harness/wait.ts";
import { readyReason } from "../../testenv/testenv.ts";
import { testWithNeighbour } from "./fixtures.ts";

/** Revisions of one package: half of what a Repository may have in the cluster. */
const MANY = 2500;
/** Seldom, since each look lists all of them. */
const PATIENCE = { timeoutMs: 400_000, intervalMs: 1000 };
const PERSON = "Else <else@example.com> 1767225600 +0000";

const it = testWithNeighbour("many");

it.beforeAll(async ({ env }) => {
  const dir = await env.git.createRepository("many");
  const data = (text: string) => `data ${Buffer.byteLength(text)}\n${text}\n`;
  const commit =
    `commit refs/heads/main\nmark :1\ncommitter ${PERSON}\n${data("files")}from refs/heads/main^0\n` +
    `M 100644 inline dns/a.yaml\n${data("a: 1")}\n`;
  const tags = Array.from({ length: MANY }, (_, at) => `tag dns/v${at + 1}\nfrom :1\ntagger ${PERSON}\n${data("one")}`);
  await runGit(dir, ["fast-import", "--quiet"], { input: `${commit}${tags.join("")}` });
});

it("thousands of revisions of one package, and their deletion, hurt nobody", { timeout: 600_000 }, async ({
  hostile,
  neighbour,
}) => {
  await neighbour.isUnhurtBy(async () => {
    await hostile.applyRepository("many", { contents: "Latest" });
    await waitUntil("all revisions are published", async () => await hostile.revisions(), {
      ...PATIENCE,
      until: (all) => all.filter((one) => readyReason(one) === "Published").length === MANY,
    });
    await hostile.sync("many");
  });
  await neighbour.isUnhurtBy(async () => await hostile.deleteRepository("many", PATIENCE));
  expect(await hostile.revisions()).toEqual([]);
});
