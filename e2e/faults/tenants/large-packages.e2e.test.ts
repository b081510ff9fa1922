import { expect } from "vitest";
import { waitUntil } from "../../harness/wait.ts";
import { pushExternally } from "../../testenv/external-push.ts";
import { watchMemory } from "../../testenv/memory-watch.ts";
import { readyReason } from "../../testenv/testenv.ts";
import { testWithNeighbour } from "./fixtures.ts";

/** Drafts of one commit, which cost the tenant nothing. */
const DRAFTS = 12;
/** Of a package: all of them at once took 630 MiB, and larger ones more than the container has. */
const FILES = 24;
const FILE_BYTES = 500 * 1024;
/** Of the operator with its children. */
const MOST_MIB = 450;

const it = testWithNeighbour("large");

it("many large packages at once end nothing, and hurt nobody", { timeout: 600_000 }, async ({
  env,
  hostile,
  neighbour,
  onTestFinished,
}) => {
  await env.git.createRepository("large");
  const line = "0123456789abcdef\n";
  const files = Object.fromEntries(
    Array.from({ length: FILES }, (_, at) => [`big/f${at}.txt`, `${at}\n${line.repeat(FILE_BYTES / line.length)}`]),
  );
  await pushExternally(env.git, "large", { files: { "big/a.yaml": "a: 1\n" }, tags: ["big/v1"] });
  await pushExternally(env.git, "large", { branch: "big/w0", files });
  for (let at = 1; at < DRAFTS; at++) await env.git.git("large", "branch", `big/w${at}`, "big/w0");
  const memory = watchMemory(env.operator);
  onTestFinished(() => memory.close());
  await neighbour.isUnhurtBy(async () => {
    await hostile.applyRepository("large");
    await waitUntil("all drafts are shown", async () => await hostile.revisions(), {
      until: (all) => all.filter((one) => readyReason(one) === "Draft").length === DRAFTS,
      timeoutMs: 200_000,
      intervalMs: 1000,
    });
  });
  expect(memory.most()).toBeLessThan(MOST_MIB);
  expect((await hostile.contents("catalog.large.big.w3")).status?.pages).toBeGreaterThan(FILES / 2);
  await hostile.deleteRepository("large", { timeoutMs: 120_000 });
});
