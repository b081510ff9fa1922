import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createLog } from "../../runtime/log.ts";
import { TestRepository, testSettings } from "../../storage/git/testing/repositories.ts";
import { MirrorPool } from "./mirror-pool.ts";

describe("MirrorPool", () => {
  let repository: TestRepository;
  let pool: MirrorPool;
  beforeEach(async () => {
    repository = await TestRepository.create();
    const log = createLog({ level: "error" });
    pool = new MirrorPool({
      dir: repository.folder,
      settings: testSettings,
      log,
      now: () => new Date(),
      channel: { emit: () => {} },
    });
  });
  afterEach(async () => {
    await pool.closeAll();
    await repository.close();
  });
  const identity = (more = {}) => ({ namespace: "one", url: repository.bare, credentials: "", ...more });

  it("shares a mirror between Repositories that are equal in namespace, URL and Secret, and no others", async () => {
    const remote = { url: repository.bare };
    const first = await pool.acquire("one/a", identity(), remote);
    expect(await pool.acquire("one/b", identity(), remote)).toBe(first);
    const others = [{ namespace: "two" }, { credentials: "secret" }, { url: `${repository.bare}/` }];
    const opened = await Promise.all(others.map((more) => pool.acquire("one/c", identity(more), remote)));
    expect(new Set([first, ...opened]).size).toBe(4);
  });

  it("keeps the mirror of a Repository whose new credentials cannot be used", async () => {
    const url = "https://git.invalid/a";
    const usable = { url, credentials: { kind: "bearer", token: "t0ken" } } as const;
    const unusable = { url, credentials: { kind: "bearer", token: "a b" } } as const;
    const first = await pool.acquire("one/a", identity({ url }), usable);
    for (let attempt = 0; attempt < 2; attempt++) {
      await expect(pool.acquire("one/a", identity({ url }), unusable)).rejects.toMatchObject({
        reason: "InvalidCredentials",
      });
    }
    expect(await pool.acquire("one/a", identity({ url }), usable)).toBe(first);
  });
});
