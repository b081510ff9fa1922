import { describe, expect } from "vitest";
import { it, MAIN } from "../testing/fixtures.ts";
import { dryRunPush } from "./dry-run-push.ts";

const OTHER = "refs/heads/other";

describe("dryRunPush", () => {
  it("compares branches and tags with those of the remote, and pushes nothing", async ({ repository }) => {
    const first = await repository.commitFile(MAIN, "a", "1");
    await repository.git("update-ref", "refs/tags/web/v1", first);
    const second = await repository.commitFile(MAIN, "a", "2");
    const mirror = await repository.openMirror();
    await mirror.fetch();
    const before = await repository.git("for-each-ref");
    const asked = { [MAIN]: second, [OTHER]: second, "refs/tags/web/v1": second, "refs/tags/web/v2": second };
    expect(Object.fromEntries(await dryRunPush(mirror.repository, new Map(Object.entries(asked))))).toEqual({
      [MAIN]: "same",
      [OTHER]: "absent",
      "refs/tags/web/v1": "other",
      "refs/tags/web/v2": "absent",
    });
    const older = await dryRunPush(mirror.repository, new Map([[MAIN, first]]));
    expect(Object.fromEntries(older)).toEqual({ [MAIN]: "other" });
    expect(await repository.git("for-each-ref")).toBe(before);
  });

  it("accepts a remote without any ref", async ({ repository }) => {
    const mirror = await repository.openMirror();
    await mirror.fetch();
    await expect(mirror.checkPush(MAIN)).resolves.toBeUndefined();
  });

  it("throws where the remote may only be read: with commits and without", async ({ repository, serve }) => {
    const server = await serve();
    await repository.git("config", "http.receivepack", "false");
    const mirror = await repository.openMirror({ remote: { url: `${server.url}/remote.git` } });
    await mirror.fetch();
    await expect(mirror.checkPush(MAIN)).rejects.toMatchObject({ reason: "PushForbidden", retryable: false });
    await repository.commitFile(MAIN, "a", "1");
    await mirror.fetch();
    await expect(mirror.checkPush(MAIN)).rejects.toMatchObject({ reason: "PushForbidden", retryable: false });
  });
});
