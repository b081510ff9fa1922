import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createLog } from "../../runtime/log.ts";
import { TestRepository, testSettings } from "../../storage/git/testing/repositories.ts";
import { MirrorPool } from "./mirror-pool.ts";

describe("Clones", () => {
  let repository: TestRepository;
  let clones: MirrorPool;
  beforeEach(async () => {
    repository = await TestRepository.create();
    const log = createLog({ level: "error" });
    clones = new MirrorPool({
      dir: repository.folder,
      settings: testSettings,
      log,
      now: () => new Date(),
      channel: { emit: () => {} },
    });
  });
  afterEach(async () => {
    await clones.closeAll();
    await repository.close();
  });
  const identity = (more = {}) => ({ namespace: "one", url: repository.bare, credentials: "", ...more });

  it("are one for those who agree in everything, and never one for others", async () => {
    const remote = { url: repository.bare };
    const first = await clones.acquire("one/a", identity(), remote);
    expect(await clones.acquire("one/b", identity(), remote)).toBe(first);
    const others = [{ namespace: "two" }, { credentials: "secret" }, { url: `${repository.bare}/` }];
    const opened = await Promise.all(others.map((more) => clones.acquire("one/c", identity(more), remote)));
    expect(new Set([first, ...opened]).size).toBe(4);
  });

  it("stay with those who have them when new credentials cannot be used", async () => {
    const url = "https://git.invalid/a";
    const usable = { url, credentials: { kind: "bearer", token: "t0ken" } } as const;
    const unusable = { url, credentials: { kind: "bearer", token: "a b" } } as const;
    const first = await clones.acquire("one/a", identity({ url }), usable);
    for (let attempt = 0; attempt < 2; attempt++) {
      await expect(clones.acquire("one/a", identity({ url }), unusable)).rejects.toMatchObject({
        reason: "InvalidCredentials",
      });
    }
    expect(await clones.acquire("one/a", identity({ url }), usable)).toBe(first);
  });
});
