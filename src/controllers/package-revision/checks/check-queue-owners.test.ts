import { expect, it } from "vitest";
import type { CheckResult } from "../../../core/validation/file-check.ts";
import { createLog } from "../../../runtime/log.ts";
import { CheckQueue } from "./check-queue.ts";

it("keeps nothing of an owner's earlier requests for a file that waits", async () => {
  const { promise, resolve } = Promise.withResolvers<CheckResult>();
  const log = createLog({ level: "error" });
  const queue = new CheckQueue({ worker: { call: async () => await promise }, log, pauseMs: 0 });
  const ask = async (owner: string) =>
    await queue.add(
      { check: "yaml", oid: "1" },
      async () => new Uint8Array(),
      () => true,
      owner,
    );
  const [first, second, other] = [ask("n/a"), ask("n/a"), ask("n/b")];
  // While the file is being checked.
  expect(await first).toBeUndefined();
  const result = { problems: [], count: 0 };
  resolve(result);
  expect(await Promise.all([second, other])).toEqual([
    { result, isFinal: true },
    { result, isFinal: true },
  ]);
});
