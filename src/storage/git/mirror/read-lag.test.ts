import { describe, expect, vi } from "vitest";
import { MAX_READ_LAG_MS } from "../refs/acknowledged-pushes.ts";
import { MAIN } from "../testing/fixtures.ts";
import { addTo, it as base, requestOf } from "../testing/push-fixtures.ts";

/** A mirror and its queue by HTTP. `forbidden`: the remote refuses pushes, also the question by a dry run. */
const it = base.extend("lagging", async ({ remote, serve }) => {
  await remote.git("config", "http.receivepack", "true");
  const state = { forbidden: false };
  const server = await serve({
    intercept: ({ url = "" }, response) => {
      if (!state.forbidden || !url.includes("git-receive-pack")) return false;
      response.writeHead(403).end();
      return true;
    },
  });
  const mirror = await remote.openMirror({ remote: { url: `${server.url}/remote.git` } });
  const queue = await remote.openQueue({ mirror });
  await queue.fetch();
  const before = await remote.git("rev-parse", MAIN);
  await queue.submit(requestOf(addTo("ours")));
  const pushed = mirror.refs().get(MAIN)?.oid ?? "";
  const main = async () => {
    await queue.fetch();
    return mirror.refs().get(MAIN)?.oid;
  };
  /** The remote lists the refs from before the push. */
  const setBack = async () => await remote.git("update-ref", MAIN, before);
  return { state, before, pushed, main, setBack };
});

describe("refs from before an acknowledged push", () => {
  it("count at once where the remote writes to them as well", async ({ lagging }) => {
    await lagging.setBack();
    expect(await lagging.main()).toBe(lagging.before);
  });

  it("do not count for a bounded time where the remote does not say to what it writes", async ({ lagging }) => {
    const start = performance.now.bind(performance);
    let passed = 0;
    const clock = vi.spyOn(performance, "now").mockImplementation(() => start() + passed);
    try {
      await lagging.setBack();
      lagging.state.forbidden = true;
      expect(await lagging.main()).toBe(lagging.pushed);
      expect(await lagging.main()).toBe(lagging.pushed);
      passed = MAX_READ_LAG_MS;
      expect(await lagging.main()).toBe(lagging.before);
    } finally {
      clock.mockRestore();
    }
  });

  it("count after another push was made on top of what was pushed", async ({ lagging, remote }) => {
    const theirs = await remote.commitFile(MAIN, "theirs", "1");
    expect(await lagging.main()).toBe(theirs);
    await lagging.setBack();
    expect(await lagging.main()).toBe(lagging.before);
  });
});
