import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { MAIN } from "../testing/fixtures.ts";
import { addTo, it as base, change, draft, reasonsOf, requestOf, submitAll } from "../testing/push-fixtures.ts";
import { ann, putText, testSettings } from "../testing/repositories.ts";
import type { PushQueue } from "./push-queue.ts";
import type { WriteRequest } from "./write-request.ts";

/** For a pre-receive hook: another client commits to main just before the push is applied. */
const MOVE_MAIN =
  "unset GIT_QUARANTINE_PATH GIT_OBJECT_DIRECTORY GIT_ALTERNATE_OBJECT_DIRECTORIES\n" +
  'c=$(echo theirs | git -c user.name=E -c user.email=e@example.com commit-tree -p main "main^{tree}")\n' +
  'git update-ref refs/heads/main "$c"';

const it = base
  /** Breaks the connection of all pushes until the next fetch, before git receives them; `meanwhile` runs once. */
  .extend("openUnreachable", ({ remote, serve }) => async (meanwhile: () => Promise<unknown> = async () => {}) => {
    await remote.git("config", "http.receivepack", "true");
    let ran: Promise<unknown> | undefined;
    let isReachable = false;
    const server = await serve({
      intercept: ({ url = "", socket }) => {
        isReachable ||= ran !== undefined && url.includes("git-upload-pack");
        if (isReachable || !url.endsWith("/git-receive-pack")) return false;
        ran ??= meanwhile();
        void ran.then(() => socket.destroy());
        return true;
      },
    });
    return await remote.openQueue({ mirror: await remote.openMirror({ remote: { url: `${server.url}/remote.git` } }) });
  })
  /** Loses the response of the first push, after git has applied it and `meanwhile` has run. */
  .extend("openForgetful", ({ remote, serve }) => async (meanwhile: () => Promise<unknown> = async () => {}) => {
    await remote.git("config", "http.receivepack", "true");
    let isLost = false;
    const server = await serve({
      dropAnswer: async ({ url = "" }) => {
        if (isLost || !url.endsWith("/git-receive-pack")) return false;
        isLost = true;
        await meanwhile();
        return true;
      },
    });
    return await remote.openQueue({ mirror: await remote.openMirror({ remote: { url: `${server.url}/remote.git` } }) });
  });

/** Submits a change and counts how often it is planned. */
async function countPlans(queue: PushQueue, request: WriteRequest<unknown>): Promise<number> {
  let plans = 0;
  await queue.submit({
    name: request.name,
    plan: async (mirror) => {
      plans++;
      return await request.plan(mirror);
    },
  });
  return plans;
}

describe("a push that loses the race against another client", () => {
  it("keeps the other client's commit and is repeated on top of it", async ({ remote }) => {
    const queue = await remote.openQueue();
    let foreign = "";
    const bases: (string | undefined)[] = [];
    await queue.submit({
      name: "race",
      plan: async (mirror) => {
        bases.push(mirror.refs().get(MAIN)?.oid);
        if (foreign === "") foreign = await remote.commitFile(MAIN, "theirs", "1");
        return { kind: "write", change: addTo("ours"), value: undefined };
      },
    });
    expect(bases).toEqual([expect.any(String), foreign]);
    expect(await remote.git("rev-parse", `${MAIN}~1`)).toBe(foreign);
    expect(await remote.filesOf(MAIN)).toEqual(["ours/file", "root", "theirs"]);
  });

  it("is repeated with fewer requests if the other client wins against every large push", async ({ remote }) => {
    const queue = await remote.openQueue();
    // Another client wins against each push of more than two commits.
    await remote.installHook(
      "pre-receive",
      `n=$(git rev-list --count "$(cat | cut -d" " -f2)" --not --all)\n[ "$n" -gt 2 ] || exit 0\n${MOVE_MAIN}`,
    );
    const results = await submitAll(
      queue,
      Array.from({ length: 9 }, (_, at) => addTo(`p${at}`)),
    );
    expect(reasonsOf(results)).toEqual(Array.from({ length: 9 }, () => "done"));
    const subjects = (await remote.git("log", "--format=%s", MAIN)).split("\n");
    expect(subjects.filter((subject) => subject === "change")).toHaveLength(9);
    expect(subjects).toContain("theirs");
  });

  it("is repeated with as many requests if the other client wins against every second push", async ({ remote }) => {
    const queue = await remote.openQueue();
    await remote.installHook(
      "pre-receive",
      `if [ -e "$GIT_DIR/turn" ]; then rm "$GIT_DIR/turn"; exit 0; fi\ntouch "$GIT_DIR/turn"\n${MOVE_MAIN}`,
    );
    for (const round of [1, 2, 3]) {
      const some = Array.from({ length: 9 }, (_, at) => addTo(`p${round}-${at}`));
      expect(reasonsOf(await submitAll(queue, some))).toEqual(Array.from({ length: 9 }, () => "done"));
      expect(await remote.countPushes()).toBe(round);
    }
    const subjects = (await remote.git("log", "--format=%s", MAIN)).split("\n");
    expect(subjects.filter((subject) => subject === "theirs")).toHaveLength(3);
  });

  it("fails after `maxTries` attempts, with a retryable error", async ({ remote }) => {
    const queue = await remote.openQueue({ maxTries: 3 });
    let plans = 0;
    const request: WriteRequest<void> = {
      name: "race",
      plan: async () => {
        await remote.commitFile(MAIN, "theirs", String(++plans));
        return { kind: "write", change: addTo("ours"), value: undefined };
      },
    };
    await expect(queue.submit(request)).rejects.toMatchObject({ reason: "LeaseLost", retryable: true });
    expect(plans).toBe(3);
    expect(await remote.filesOf(MAIN)).toEqual(["root", "theirs"]);
  });

  it("fails after ten attempts by default", async ({ remote }) => {
    const queue = await remote.openQueue();
    let plans = 0;
    const plan = async () => {
      await remote.git(
        "update-ref",
        MAIN,
        await remote.git("commit-tree", "-p", MAIN, "-m", "theirs", `${MAIN}^{tree}`),
      );
      plans++;
      return { kind: "write", change: addTo("ours"), value: undefined } as const;
    };
    await expect(queue.submit({ name: "race", plan })).rejects.toMatchObject({ reason: "LeaseLost" });
    expect(plans).toBe(10);
  });
});

describe("a push of commits that an earlier push of the same second has written in part", () => {
  it("is applied where the earlier one wrote others", async ({ remote }) => {
    const now = () => new Date("2026-01-01T00:00:00Z");
    const stale = await remote.openQueue({
      mirror: await remote.openMirror({ dir: join(remote.folder, "stale") }),
      now,
    });
    const write = (ref: string, text: string) => change(draft(ref, putText("x", text)));
    const earlier = await remote.openQueue({ now });
    await submitAll(earlier, [write("refs/heads/same", "1"), write("refs/heads/other", "1")]);
    const requests = [write("refs/heads/same", "1"), write("refs/heads/other", "2")].map(requestOf);
    const results = await Promise.all(requests.map((request) => stale.submit(request)));
    expect(await remote.git("show", "refs/heads/other:x")).toBe("2");
    for (const [ref, oid] of results.flatMap(({ refs }) => [...(refs ?? [])])) {
      expect(await remote.git("rev-parse", ref)).toBe(oid);
    }
  });
});

describe("a push that finds the mirror damaged", () => {
  it("is not needed: a fetch clones the mirror again if its own refs cannot be moved", async ({ remote }) => {
    const mirror = await remote.openMirror();
    const queue = await remote.openQueue({ mirror });
    await queue.submit(requestOf(change(draft("refs/heads/a", putText("x", "1")))));
    await mkdir(join(mirror.repository.dir, "refs/heads/a.lock"));
    expect(await mirror.fetch()).toEqual([]);
    const onDisk = await mirror.repository.runLocal(["for-each-ref", "--format=%(refname)"]);
    expect(String(onDisk).trim().split("\n")).toEqual(["refs/heads/a", MAIN]);
  });

  it("fails after one clone if the mirror is damaged again", async ({ remote }) => {
    const mirror = await remote.openMirror();
    const queue = await remote.openQueue({ mirror });
    let plans = 0;
    const plan = async () => {
      plans++;
      await rm(join(mirror.repository.dir, "objects"), { recursive: true });
      await mkdir(join(mirror.repository.dir, "objects"));
      return { kind: "write", change: addTo("a"), value: undefined } as const;
    };
    await expect(queue.submit({ name: "damage", plan })).rejects.toMatchObject({ reason: "MirrorCorrupt" });
    expect(plans).toBe(2);
  });
});

describe("a push without an answer", () => {
  it("is repeated if it did not arrive", async ({ remote, openUnreachable }) => {
    const queue = await openUnreachable();
    await queue.submit(requestOf(addTo("a")));
    expect([await remote.countPushes(), await remote.git("rev-list", "--count", MAIN)]).toEqual([1, "2"]);
  });

  it("is not repeated if the remote has applied it", async ({ remote, openForgetful }) => {
    const queue = await openForgetful();
    const { refs } = await queue.submit(requestOf(addTo("a")));
    expect([await remote.countPushes(), await remote.git("rev-list", "--count", MAIN)]).toEqual([1, "2"]);
    expect(await remote.git("rev-parse", MAIN)).toBe(refs?.get(MAIN));
  });

  it("is not repeated if another client has committed on top of it", async ({ remote, openForgetful }) => {
    let foreign = "";
    const queue = await openForgetful(async () => {
      foreign = await remote.commitFile(MAIN, "theirs", "1");
    });
    const { refs } = await queue.submit(requestOf(addTo("a")));
    expect(await remote.git("rev-parse", MAIN)).toBe(foreign);
    expect(await remote.git("rev-parse", `${MAIN}~1`)).toBe(refs?.get(MAIN));
  });

  it("that only deletes is repeated if it did not arrive", async ({ remote, openUnreachable }) => {
    await remote.git("update-ref", "refs/heads/d", MAIN);
    const queue = await openUnreachable();
    const request = requestOf(change({ kind: "delete", ref: "refs/heads/d" }));
    expect(await countPlans(queue, request)).toBe(2);
    expect(await remote.git("for-each-ref", "--format=%(refname)")).toBe(MAIN);
    expect(await remote.countPushes()).toBe(1);
  });

  it("that only deletes is not repeated if the remote has applied it", async ({ remote, openForgetful }) => {
    await remote.git("update-ref", "refs/heads/d", MAIN);
    const queue = await openForgetful();
    const request = requestOf(change({ kind: "delete", ref: "refs/heads/d" }));
    expect(await countPlans(queue, request)).toBe(1);
    expect(await remote.git("for-each-ref", "--format=%(refname)")).toBe(MAIN);
    expect(await remote.countPushes()).toBe(1);
  });

  it("that only deletes is repeated if another client has deleted one of its refs", async ({
    remote,
    openUnreachable,
  }) => {
    const refs = ["refs/heads/a", "refs/heads/b"];
    for (const ref of refs) await remote.git("update-ref", ref, MAIN);
    const queue = await openUnreachable(() => remote.git("update-ref", "-d", "refs/heads/a"));
    const request = requestOf(change(...refs.map((ref) => ({ kind: "delete", ref }) as const)));
    expect(await countPlans(queue, request)).toBe(2);
    expect(await remote.git("for-each-ref", "--format=%(refname)")).toBe(MAIN);
  });

  it("fails if another client has created its tag meanwhile", async ({ remote, openUnreachable }) => {
    const target = await remote.git("rev-parse", MAIN);
    const queue = await openUnreachable(() => remote.git("tag", "a/v1", MAIN));
    const request = requestOf(change({ kind: "tag", ref: "refs/tags/a/v1", target, tagger: ann, message: "v1\n" }));
    await expect(queue.submit(request)).rejects.toMatchObject({ reason: "RefConflict" });
    expect(await remote.git("rev-parse", "refs/tags/a/v1")).toBe(target);
  });

  it("fails all its requests at the time limit, and is not repeated", async ({ remote }) => {
    await remote.installHook(
      "pre-receive",
      'echo push >> "$GIT_DIR/pushes"; while [ -d "$GIT_DIR" ]; do sleep 0.1; done',
    );
    const settings = { ...testSettings, limits: { ...testSettings.limits, pushMs: 3000 } };
    const queue = await remote.openQueue({ mirror: await remote.openMirror({ settings }) });
    const results = await submitAll(queue, [addTo("a"), addTo("b")]);
    expect([reasonsOf(results), await remote.countPushes()]).toEqual([["Timeout", "Timeout"], 1]);
  });
});
