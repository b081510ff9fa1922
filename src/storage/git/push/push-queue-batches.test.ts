import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect } from "vitest";
import type { Mirror } from "../mirror/mirror.ts";
import { MAIN } from "../testing/fixtures.ts";
import { addTo, change, draft, it, reasonsOf, requestOf, submitAll } from "../testing/push-fixtures.ts";
import { ann, putText } from "../testing/repositories.ts";
import type { RefStep } from "./change.ts";
import type { WriteRequest } from "./write-request.ts";

describe("requests that wait together", () => {
  it("share one push, as a chain of commits on main", async ({ remote }) => {
    const queue = await remote.openQueue();
    const changes = Array.from({ length: 30 }, (_, index) => addTo(`p${index}`));
    const results = await Promise.all(changes.map((planned) => queue.submit(requestOf(planned))));
    expect(await remote.countPushes()).toBe(1);
    expect(await remote.git("rev-list", "--reverse", MAIN)).toBe(
      [await remote.git("rev-parse", `${MAIN}~30`), ...results.map(({ refs }) => refs?.get(MAIN))].join("\n"),
    );
    expect(await remote.filesOf(MAIN)).toHaveLength(31);
  });

  it("share the next push again, though they come one after the other", async ({ remote }) => {
    const queue = await remote.openQueue();
    await Promise.all(["a", "b", "c"].map((folder) => queue.submit(requestOf(addTo(folder)))));
    const first = queue.submit(requestOf(addTo("d")));
    await new Promise(setImmediate);
    const second = queue.submit(requestOf(addTo("e")));
    await new Promise(setImmediate);
    await Promise.all([first, second, queue.submit(requestOf(addTo("f")))]);
    expect(await remote.countPushes()).toBe(2);
  });

  it("are answered at once while the next push is delayed: by a fetch, or if the queue closes", async ({ remote }) => {
    const queue = await remote.openQueue();
    await Promise.all(["a", "b", "c"].map((folder) => queue.submit(requestOf(addTo(folder)))));
    const delayed = queue.submit(requestOf(addTo("d"))).catch((error: unknown) => error);
    await queue.fetch();
    await queue.close();
    expect(await delayed).toMatchObject({ reason: "Closed" });
    expect(await remote.countPushes()).toBe(1);
  });

  it("are pushed one after the other if they concern the same folder", async ({ remote }) => {
    const queue = await remote.openQueue();
    const plans: (string | undefined)[] = [];
    const request = (folder: string, file: string): WriteRequest<void> => ({
      name: folder,
      plan: async (mirror) => {
        plans.push(`${folder} ${await rootOf(mirror)}`);
        return {
          kind: "write",
          change: { ...addTo(folder, "x", [putText(`${folder}/${file}`, "x")]) },
          value: undefined,
        };
      },
    });
    await Promise.all([request("a", "1"), request("a/b", "2"), request("c", "3")].map((one) => queue.submit(one)));
    expect(await remote.countPushes()).toBe(2);
    expect(plans).toEqual(["a root", "a/b root", "c root", "a/b a c root"]);
  });

  it("are pushed one after the other if they concern the same draft", async ({ remote }) => {
    const queue = await remote.openQueue();
    const results = await submitAll(queue, [
      change(draft("refs/heads/d", putText("a", "1"))),
      change(draft("refs/heads/d", putText("b", "1"))),
    ]);
    expect([reasonsOf(results), await remote.countPushes()]).toEqual([["done", "done"], 2]);
    expect(await remote.filesOf("refs/heads/d")).toEqual(["a", "b"]);
  });

  it("are planned at most 16 at a time: each plan may hold a package in memory", async ({ remote }) => {
    const queue = await remote.openQueue();
    let running = 0;
    let most = 0;
    const plan = async () => {
      most = Math.max(most, ++running);
      await new Promise(setImmediate);
      running--;
      return { kind: "abort", value: undefined } as const;
    };
    await Promise.all(Array.from({ length: 40 }, () => queue.submit({ name: "test", plan })));
    expect(most).toBe(16);
  });
});

describe("a batch that the remote rejects", () => {
  it("moves no ref if a hook rejects one of them, and the error has the hook's message", async ({ remote }) => {
    await remote.installHook("update", 'case "$1" in refs/tags/*) echo "tags are frozen" >&2; exit 1;; esac');
    const queue = await remote.openQueue();
    const before = await remote.git("for-each-ref");
    const head = await remote.git("rev-parse", MAIN);
    const tag: RefStep = { kind: "tag", ref: "refs/tags/a/v1", target: head, tagger: ann, message: "v1\n" };
    await expect(queue.submit(requestOf({ steps: [...addTo("a").steps, tag], claims: ["a"] }))).rejects.toMatchObject({
      reason: "PushRejected",
      retryable: false,
      message: expect.stringMatching(/^refs\/tags\/a\/v1: hook declined: tags are frozen/),
    });
    expect(await remote.git("for-each-ref")).toBe(before);
  });

  it("fails only the requests whose refs are rejected", async ({ remote }) => {
    await remote.installHook("update", 'case "$1" in *bad*) exit 1;; esac');
    const queue = await remote.openQueue();
    const refs = ["refs/heads/a", "refs/heads/bad1", "refs/heads/b", "refs/heads/bad2", "refs/heads/c"];
    const results = await submitAll(
      queue,
      refs.map((ref) => change(draft(ref, putText("x", ref)))),
    );
    expect(reasonsOf(results)).toEqual(["done", "PushRejected", "done", "PushRejected", "done"]);
    expect(await remote.countPushes()).toBe(1);
  });

  it("fails only the request at fault if a hook rejects all of them", async ({ remote }) => {
    const script = 'while read old new ref; do git grep -q bad "$new" && echo "bad text" && exit 1; done; exit 0';
    await remote.installHook("pre-receive", script);
    const queue = await remote.openQueue();
    const texts = ["one", "two", "bad", "four", "five", "six"];
    const results = await submitAll(
      queue,
      texts.map((text, index) => addTo(`p${index}`, text)),
    );
    expect(reasonsOf(results)).toEqual(["done", "done", "PushRejected", "done", "done", "done"]);
    expect(results[2]).toMatchObject({ reason: { message: expect.stringContaining("bad text") } });
    expect(await remote.filesOf(MAIN)).toEqual(["p0/file", "p1/file", "p3/file", "p4/file", "p5/file", "root"]);
  });

  it("fails only the requests whose names Git cannot hold beside existing ones", async ({ remote }) => {
    await remote.git("update-ref", "refs/heads/a/b", MAIN);
    const queue = await remote.openQueue();
    await remote.git("update-ref", "refs/heads/unseen", MAIN);
    const refs = [
      "refs/heads/a",
      "refs/heads/a/b/c",
      "refs/heads/unseen/x",
      "refs/heads/new",
      "refs/heads/new/x",
      "refs/heads/fine",
    ];
    const results = await submitAll(
      queue,
      refs.map((ref) => change(draft(ref, putText("x", ref)))),
    );
    expect(reasonsOf(results)).toEqual(["RefConflict", "RefConflict", "RefConflict", "done", "RefConflict", "done"]);
    expect(results[1]).toMatchObject({ reason: { message: "refs/heads/a/b/c cannot exist beside refs/heads/a/b" } });
  });
});

describe("requests that push tags", () => {
  it("share pushes of at most as many as their limit; others do not wait for that", async ({ remote }) => {
    await remote.installHook("pre-receive", 'grep -c " refs/tags/" >> "$GIT_DIR/tags"; exit 0');
    const queue = await remote.openQueue();
    const head = await remote.git("rev-parse", MAIN);
    const requests = Array.from({ length: 7 }, (_, at): WriteRequest<string> => {
      const tag: RefStep = { kind: "tag", ref: `refs/tags/p${at}/v1`, target: head, tagger: ann, message: "v1\n" };
      const planned = { steps: [...addTo(`p${at}`).steps, tag], claims: [`p${at}`] };
      return { ...requestOf(planned), tags: { count: 1, maxPerPush: 3 } };
    });
    const edits = ["a", "b"].map((folder) => requestOf(addTo(folder)));
    await Promise.all([...requests, ...edits].map((one) => queue.submit(one)));
    expect((await readFile(join(remote.bare, "tags"), "utf8")).trim().split("\n")).toEqual(["3", "3", "1"]);
    const first = await remote.git("ls-tree", "--name-only", `${MAIN}~4`);
    expect(first.split("\n")).toEqual(["a", "b", "p0", "p1", "p2", "root"]);
  });
});

/** The names in the root folder of main. */
async function rootOf(mirror: Mirror): Promise<string> {
  const tree = await mirror.reader.treeAt(mirror.refs().get(MAIN)?.oid ?? "", "");
  return (await mirror.reader.entries(tree ?? "")).map(({ name }) => name).join(" ");
}
