import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { TreeEdit } from "../../../core/files/tree-edit.ts";
import type { Mirror } from "../mirror/mirror.ts";
import { startHttpBackend } from "../testing/http-backend.ts";
import { ann, commitOf, putText, TestRepository, testSettings } from "../testing/repositories.ts";
import type { GitChange, RefStep } from "./change.ts";
import type { PushQueue } from "./push-queue.ts";
import type { WriteRequest } from "./write-request.ts";

const main = "refs/heads/main";

/** For a pre-receive hook: somebody else's commit on main, right before the push is taken. */
const MOVE_MAIN =
  "unset GIT_QUARANTINE_PATH GIT_OBJECT_DIRECTORY GIT_ALTERNATE_OBJECT_DIRECTORIES\n" +
  'c=$(echo theirs | git -c user.name=E -c user.email=e@example.com commit-tree -p main "main^{tree}")\n' +
  'git update-ref refs/heads/main "$c"';

/** A commit on main that adds a file to a package. */
function addTo(folder: string, text = folder, edits: TreeEdit[] = []): GitChange {
  return {
    steps: [{ kind: "commit", ref: main, commit: commitOf(putText(`${folder}/file`, text), ...edits) }],
    claims: [folder],
  };
}

function change(...steps: RefStep[]): GitChange {
  return { steps, claims: [] };
}

function draft(ref: string, ...edits: TreeEdit[]): RefStep {
  return { kind: "commit", ref, commit: commitOf(...edits) };
}

function planned(what: GitChange): WriteRequest<string> {
  return { name: "test", plan: async () => ({ kind: "write", change: what, value: "done" }) };
}

describe("RepositoryWriter", () => {
  let repository: TestRepository;

  beforeEach(async () => {
    repository = await TestRepository.create();
    await repository.commitFile(main, "root", "1");
    await repository.installHook("post-receive", 'echo push >> "$GIT_DIR/pushes"');
  });
  afterEach(() => repository.close());

  async function countPushes(): Promise<number> {
    const text = await readFile(join(repository.bare, "pushes"), "utf8").catch(() => "");
    return text.split("\n").length - 1;
  }

  const submitAll = (writer: PushQueue, changes: GitChange[]) =>
    Promise.allSettled(changes.map((what) => writer.submit(planned(what))));

  const reasons = (results: PromiseSettledResult<unknown>[]) =>
    results.map((result) => (result.status === "fulfilled" ? "done" : result.reason.reason));

  const filesOf = async (ref: string) =>
    (await repository.git("ls-tree", "-r", "--name-only", "-z", ref)).split("\0").filter(Boolean);

  it("publishes: a commit on main, a tag, the draft gone, in one push; the mirror holds the same", async () => {
    const head = await repository.commitFile("refs/heads/pkg/w1", "pkg", "1");
    const mirror = await repository.openMirror();
    const writer = await repository.openQueue({ mirror, now: () => new Date("2030-01-02T03:04:05Z") });
    const result = await writer.submit(
      planned({
        steps: [
          {
            kind: "commit",
            ref: main,
            commit: { ...commitOf(putText("pkg/file", "x")), message: "publish\n\nBy: ann\n" },
          },
          { kind: "tag", ref: "refs/tags/pkg/v1", target: head, tagger: ann, message: "pkg v1\n" },
          { kind: "delete", ref: "refs/heads/pkg/w1" },
        ],
        claims: ["pkg"],
      }),
    );
    expect(await countPushes()).toBe(1);
    expect(await repository.git("log", "-1", "--format=%an %ae %cn %aI %cI %B", main)).toBe(
      "Ann ann@example.com pkgserver 2030-01-02T03:04:05+00:00 2030-01-02T03:04:05+00:00 publish\n\nBy: ann",
    );
    expect(await repository.git("for-each-ref", "--format=%(refname) %(objecttype) %(*objectname) %(taggername)")).toBe(
      `refs/heads/main commit  \nrefs/tags/pkg/v1 tag ${head} Ann`,
    );
    const remote = await repository.git("for-each-ref", "--format=%(refname) %(objectname)");
    expect(result.refs?.get("refs/heads/pkg/w1")).toBeNull();
    expect(remote).toBe(
      ["refs/heads/main", "refs/tags/pkg/v1"].map((ref) => `${ref} ${result.refs?.get(ref)}`).join("\n"),
    );
    expect(
      [...mirror.refs().values()]
        .map(({ name, oid }) => `${name} ${oid}`)
        .sort()
        .join("\n"),
    ).toBe(remote);
    expect(mirror.refs().get("refs/tags/pkg/v1")).toMatchObject({ type: "tag", commit: head });
    expect(await mirror.fetch()).toEqual([]);
    expect(String(await mirror.repository.runLocal(["for-each-ref", "--format=%(refname) %(objectname)"])).trim()).toBe(
      remote,
    );
  });

  it("keeps bytes, modes and odd file names", async () => {
    const names = [
      "ünï→.yaml",
      "with space",
      "qu\"ote's\\n",
      "-dash",
      "tab\tcr\r",
      " lead and trail ",
      "a/b/c",
      "#x",
      "日本/x",
      "$HOME",
      "*?[",
    ];
    const bytes = Buffer.from([0, 10, 13, 255, 34, 92, 10]);
    const mirror = await repository.openMirror();
    const writer = await repository.openQueue({ mirror });
    const edits = names.map((path): TreeEdit => ({ kind: "putFile", path: `p/${path}`, mode: "100755", bytes }));
    const { refs } = await writer.submit(
      planned(
        change(
          draft("refs/heads/d", ...edits, {
            kind: "putFile",
            path: "p/empty",
            mode: "100644",
            bytes: new Uint8Array(),
          }),
        ),
      ),
    );
    expect((await filesOf("refs/heads/d")).sort()).toEqual([...names, "empty"].map((name) => `p/${name}`).sort());
    const tree = await mirror.reader.treeAt(refs?.get("refs/heads/d") ?? "", "p");
    const files = await mirror.reader.files(tree ?? "");
    expect(
      files
        .filter(({ mode }) => mode === "100755")
        .map(({ path }) => path)
        .sort(),
    ).toEqual([...names].sort());
    const contents = await mirror.reader.blobs(files.map(({ oid }) => oid));
    expect(files.every(({ path }, index) => contents[index]?.equals(path === "empty" ? Buffer.alloc(0) : bytes))).toBe(
      true,
    );
  });

  it("applies edits in order: files by id, whole trees, removals, and a commit without edits", async () => {
    const mirror = await repository.openMirror();
    const writer = await repository.openQueue({ mirror });
    const ref = "refs/heads/d";
    const from = mirror.refs().get(main)?.oid ?? "";
    const blob = await repository.git("rev-parse", `${main}:root`);
    const first = await writer.submit(
      planned(
        change({ ...draft(ref, putText("a/x", "1"), putText("a/y", "2"), putText("b/z", "3")), from } as RefStep),
      ),
    );
    const tree = (await mirror.reader.treeAt(first.refs?.get(ref) ?? "", "a")) ?? "";
    const steps = [
      draft(
        ref,
        { kind: "putTree", path: "b", tree },
        { kind: "putObject", path: "b/link", mode: "120000", oid: blob },
        { kind: "remove", path: "a/x" },
        { kind: "remove", path: "a/y" },
        { kind: "remove", path: "absent/file" },
      ),
      draft(ref),
    ];
    const second = await writer.submit(planned(change(...steps)));
    expect(await filesOf(ref)).toEqual(["b/link", "b/x", "b/y", "root"]);
    expect(await repository.git("ls-tree", ref, "b/link")).toBe(`120000 blob ${blob}\tb/link`);
    expect(await repository.git("rev-list", "--count", `${from}..${ref}`)).toBe("3");
    expect(await repository.git("rev-parse", ref)).toBe(second.refs?.get(ref));
    expect(await repository.git("rev-parse", `${ref}^{tree}`)).toBe(
      await repository.git("rev-parse", `${ref}~1^{tree}`),
    );
  });

  it("starts a branch as a root commit, in an empty repository too", async () => {
    await repository.git("update-ref", "-d", main);
    const writer = await repository.openQueue();
    await writer.submit(planned(addTo("a")));
    expect(await repository.git("rev-list", "--count", main)).toBe("1");
  });

  it("sends requests that wait together in one push, as a chain on main", async () => {
    const writer = await repository.openQueue();
    const changes = Array.from({ length: 30 }, (_, index) => addTo(`p${index}`));
    const results = await Promise.all(changes.map((what) => writer.submit(planned(what))));
    expect(await countPushes()).toBe(1);
    expect(await repository.git("rev-list", "--reverse", main)).toBe(
      [await repository.git("rev-parse", `${main}~30`), ...results.map(({ refs }) => refs?.get(main))].join("\n"),
    );
    expect(await filesOf(main)).toHaveLength(31);
  });

  it("makes requests about the same folder wait for each other", async () => {
    const writer = await repository.openQueue();
    const seen: (string | undefined)[] = [];
    const request = (folder: string, file: string): WriteRequest<void> => ({
      name: folder,
      plan: async (mirror) => {
        seen.push(`${folder} ${await rootOf(mirror)}`);
        return {
          kind: "write",
          change: { ...addTo(folder, "x", [putText(`${folder}/${file}`, "x")]) },
          value: undefined,
        };
      },
    });
    await Promise.all([request("a", "1"), request("a/b", "2"), request("c", "3")].map((one) => writer.submit(one)));
    expect(await countPushes()).toBe(2);
    expect(seen).toEqual(["a root", "a/b root", "c root", "a/b a c root"]);
  });

  async function rootOf(mirror: Mirror): Promise<string> {
    const tree = await mirror.reader.treeAt(mirror.refs().get(main)?.oid ?? "", "");
    return (await mirror.reader.entries(tree ?? "")).map(({ name }) => name).join(" ");
  }

  it("makes requests on the same draft wait for each other", async () => {
    const writer = await repository.openQueue();
    const results = await submitAll(writer, [
      change(draft("refs/heads/d", putText("a", "1"))),
      change(draft("refs/heads/d", putText("b", "1"))),
    ]);
    expect([reasons(results), await countPushes()]).toEqual([["done", "done"], 2]);
    expect(await filesOf("refs/heads/d")).toEqual(["a", "b"]);
  });

  it("keeps a foreign commit that came first, and goes on top of it", async () => {
    const writer = await repository.openQueue();
    let foreign = "";
    const bases: (string | undefined)[] = [];
    await writer.submit({
      name: "race",
      plan: async (mirror) => {
        bases.push(mirror.refs().get(main)?.oid);
        if (foreign === "") foreign = await repository.commitFile(main, "theirs", "1");
        return { kind: "write", change: addTo("ours"), value: undefined };
      },
    });
    expect(bases).toEqual([expect.any(String), foreign]);
    expect(await repository.git("rev-parse", `${main}~1`)).toBe(foreign);
    expect(await filesOf(main)).toEqual(["ours/file", "root", "theirs"]);
  });

  it("sends fewer at once while others are faster with every push of many", async () => {
    const writer = await repository.openQueue();
    // Somebody who always comes first where more than two are pushed together.
    await repository.installHook(
      "pre-receive",
      `n=$(git rev-list --count "$(cat | cut -d" " -f2)" --not --all)\n[ "$n" -gt 2 ] || exit 0\n${MOVE_MAIN}`,
    );
    const results = await submitAll(
      writer,
      Array.from({ length: 9 }, (_, at) => addTo(`p${at}`)),
    );
    expect(reasons(results)).toEqual(Array.from({ length: 9 }, () => "done"));
    const subjects = (await repository.git("log", "--format=%s", main)).split("\n");
    expect(subjects.filter((subject) => subject === "change")).toHaveLength(9);
    expect(subjects).toContain("theirs");
  });

  it("sends as many at once while somebody comes first with every other push", async () => {
    const writer = await repository.openQueue();
    await repository.installHook(
      "pre-receive",
      `if [ -e "$GIT_DIR/turn" ]; then rm "$GIT_DIR/turn"; exit 0; fi\ntouch "$GIT_DIR/turn"\n${MOVE_MAIN}`,
    );
    for (const round of [1, 2, 3]) {
      const some = Array.from({ length: 9 }, (_, at) => addTo(`p${round}-${at}`));
      expect(reasons(await submitAll(writer, some))).toEqual(Array.from({ length: 9 }, () => "done"));
      expect(await countPushes()).toBe(round);
    }
    const subjects = (await repository.git("log", "--format=%s", main)).split("\n");
    expect(subjects.filter((subject) => subject === "theirs")).toHaveLength(3);
  });

  it("gives up, retryably, when the repository moves at every try", async () => {
    const writer = await repository.openQueue({ maxTries: 3 });
    let plans = 0;
    const request: WriteRequest<void> = {
      name: "race",
      plan: async () => {
        await repository.commitFile(main, "theirs", String(++plans));
        return { kind: "write", change: addTo("ours"), value: undefined };
      },
    };
    await expect(writer.submit(request)).rejects.toMatchObject({ reason: "LeaseLost", retryable: true });
    expect(plans).toBe(3);
    expect(await filesOf(main)).toEqual(["root", "theirs"]);
  });

  it("moves nothing when a hook refuses one of the refs, and says what the hook said", async () => {
    await repository.installHook("update", 'case "$1" in refs/tags/*) echo "tags are frozen" >&2; exit 1;; esac');
    const writer = await repository.openQueue();
    const before = await repository.git("for-each-ref");
    const head = await repository.git("rev-parse", main);
    const tag: RefStep = { kind: "tag", ref: "refs/tags/a/v1", target: head, tagger: ann, message: "v1\n" };
    await expect(writer.submit(planned({ steps: [...addTo("a").steps, tag], claims: ["a"] }))).rejects.toMatchObject({
      reason: "PushRejected",
      retryable: false,
      message: expect.stringMatching(/^refs\/tags\/a\/v1: hook declined: tags are frozen/),
    });
    expect(await repository.git("for-each-ref")).toBe(before);
  });

  it("lets the others through when the remote refuses one ref", async () => {
    await repository.installHook("update", 'case "$1" in *bad*) exit 1;; esac');
    const writer = await repository.openQueue();
    const refs = ["refs/heads/a", "refs/heads/bad1", "refs/heads/b", "refs/heads/bad2", "refs/heads/c"];
    const results = await submitAll(
      writer,
      refs.map((ref) => change(draft(ref, putText("x", ref)))),
    );
    expect(reasons(results)).toEqual(["done", "PushRejected", "done", "PushRejected", "done"]);
    expect(await countPushes()).toBe(1);
  });

  it("takes up branches in the place of folders of branches, and is whole again after a start in between", async () => {
    await repository.git("update-ref", "refs/heads/a/b", main);
    const mirror = await repository.openMirror();
    const writer = await repository.openQueue({ mirror });
    await writer.submit(planned(change({ kind: "delete", ref: "refs/heads/a/b" })));
    await writer.submit(planned(change(draft("refs/heads/a", putText("x", "1")))));
    await writer.submit(planned(change(draft("refs/heads/passing", putText("x", "1")))));
    await writer.submit(planned(change({ kind: "delete", ref: "refs/heads/passing" })));
    const again = await repository.openMirror();
    await again.fetch();
    expect([...again.refs()].sort()).toEqual([...mirror.refs()].sort());

    const foreign = await repository.commitFile("refs/heads/b", "x", "2");
    expect((await mirror.fetch()).map(({ ref, after }) => [ref, after?.oid])).toEqual([["refs/heads/b", foreign]]);
    const onDisk = await mirror.repository.runLocal(["for-each-ref", "--format=%(refname)"]);
    expect(String(onDisk).trim().split("\n")).toEqual([...mirror.refs().keys()].sort());
  });

  it("clones anew where its own refs do not let themselves move", async () => {
    const mirror = await repository.openMirror();
    const writer = await repository.openQueue({ mirror });
    await writer.submit(planned(change(draft("refs/heads/a", putText("x", "1")))));
    await mkdir(join(mirror.repository.dir, "refs/heads/a.lock"));
    expect(await mirror.fetch()).toEqual([]);
    const onDisk = await mirror.repository.runLocal(["for-each-ref", "--format=%(refname)"]);
    expect(String(onDisk).trim().split("\n")).toEqual(["refs/heads/a", main]);
  });

  it("finds the one that is to blame when the remote refuses them all", async () => {
    const script = 'while read old new ref; do git grep -q bad "$new" && echo "bad text" && exit 1; done; exit 0';
    await repository.installHook("pre-receive", script);
    const writer = await repository.openQueue();
    const texts = ["one", "two", "bad", "four", "five", "six"];
    const results = await submitAll(
      writer,
      texts.map((text, index) => addTo(`p${index}`, text)),
    );
    expect(reasons(results)).toEqual(["done", "done", "PushRejected", "done", "done", "done"]);
    expect(results[2]).toMatchObject({ reason: { message: expect.stringContaining("bad text") } });
    expect(await filesOf(main)).toEqual(["p0/file", "p1/file", "p3/file", "p4/file", "p5/file", "root"]);
  });

  it("refuses names that Git cannot hold together, and only those", async () => {
    await repository.git("update-ref", "refs/heads/a/b", main);
    const writer = await repository.openQueue();
    await repository.git("update-ref", "refs/heads/unseen", main);
    const refs = [
      "refs/heads/a",
      "refs/heads/a/b/c",
      "refs/heads/unseen/x",
      "refs/heads/new",
      "refs/heads/new/x",
      "refs/heads/fine",
    ];
    const results = await submitAll(
      writer,
      refs.map((ref) => change(draft(ref, putText("x", ref)))),
    );
    expect(reasons(results)).toEqual(["RefConflict", "RefConflict", "RefConflict", "done", "RefConflict", "done"]);
    expect(results[1]).toMatchObject({ reason: { message: "refs/heads/a/b/c cannot exist beside refs/heads/a/b" } });
  });

  it("never moves a tag", async () => {
    await repository.git("tag", "a/v1", main);
    const writer = await repository.openQueue();
    const head = await repository.git("rev-parse", main);
    const tag = (ref: string) => change({ kind: "tag", ref, target: head, tagger: ann, message: "x\n" });
    await expect(writer.submit(planned(tag("refs/tags/a/v1")))).rejects.toMatchObject({ reason: "RefConflict" });
    await repository.git("tag", "a/v2", main);
    await expect(writer.submit(planned(tag("refs/tags/a/v2")))).rejects.toMatchObject({ reason: "RefConflict" });
    expect(await repository.git("cat-file", "-t", "refs/tags/a/v2")).toBe("commit");
  });

  it.each([
    "../x",
    "/etc/x",
    ".git/config",
    "a/.GIT/x",
    "git~1/x",
    "a//b",
    "a/",
    "",
    "a\0b",
    "a\nb",
    "a/../b",
    "\ud800",
  ])("refuses the path %j, and only that request", async (path) => {
    const writer = await repository.openQueue();
    const results = await submitAll(writer, [
      change(draft("refs/heads/bad", putText(path, "x"))),
      change(draft("refs/heads/good", putText("x", "x"))),
    ]);
    expect(reasons(results)).toEqual(["InvalidChange", "done"]);
  });

  it.each([
    "refs/heads/a b",
    "refs/heads/-x\nreset refs/heads/main",
    "refs/heads/a..b",
    "refs/heads/a.lock",
    "HEAD",
    "refs/heads/",
    "refs/x/y",
  ])("refuses the ref %j", async (ref) => {
    const writer = await repository.openQueue();
    await expect(writer.submit(planned(change(draft(ref, putText("x", "x")))))).rejects.toMatchObject({
      reason: "InvalidChange",
    });
  });

  it("fails only the request that names an object that is not there", async () => {
    const writer = await repository.openQueue();
    const oid = "1".repeat(40);
    const results = await submitAll(writer, [
      addTo("a"),
      addTo("b", "x", [{ kind: "putObject", path: "b/y", mode: "100644", oid }]),
      addTo("c", "x", [{ kind: "putTree", path: "c/y", tree: oid }]),
      change({ kind: "tag", ref: "refs/tags/t", target: oid, tagger: ann, message: "x" }),
      change({ ...draft("refs/heads/d", putText("x", "x")), from: oid } as RefStep),
      addTo("e"),
    ]);
    expect(reasons(results)).toEqual([
      "done",
      "InvalidChange",
      "InvalidChange",
      "InvalidChange",
      "InvalidChange",
      "done",
    ]);
  });

  it("settles plans that stop or throw without a push", async () => {
    const writer = await repository.openQueue();
    const thrown = new Error("no");
    const [stopped, failed, fine] = await Promise.allSettled([
      writer.submit({ name: "stop", plan: async () => ({ kind: "abort", value: 7 }) }),
      writer.submit({ name: "throw", plan: () => Promise.reject(thrown) }),
      writer.submit(planned(change())),
    ]);
    expect(stopped).toEqual({ status: "fulfilled", value: { value: 7 } });
    expect(failed).toEqual({ status: "rejected", reason: thrown });
    expect(fine).toEqual({ status: "fulfilled", value: { value: "done", refs: new Map() } });
    expect(await countPushes()).toBe(0);
  });

  it("takes a deletion of what is gone for done", async () => {
    const writer = await repository.openQueue();
    const { refs } = await writer.submit(planned(change({ kind: "delete", ref: "refs/heads/gone" })));
    expect(refs).toEqual(new Map([["refs/heads/gone", null]]));
  });

  it("shares a fetch, and tells what fetches found", async () => {
    const found: string[] = [];
    const writer = await repository.openQueue({
      onChanges: (changes) => found.push(...changes.map(({ ref }) => ref)),
    });
    await repository.commitFile("refs/heads/theirs", "x", "1");
    const [one, two] = await Promise.all([writer.fetch(), writer.fetch()]);
    expect(one).toBe(two);
    expect(found).toEqual(["refs/heads/theirs"]);
  });

  it("refuses what waits when it is closed", async () => {
    const writer = await repository.openQueue();
    const waiting = submitAll(writer, [addTo("a"), addTo("b")]);
    await writer.close();
    expect(reasons(await waiting)).toEqual(["Closed", "Closed"]);
    await expect(writer.fetch()).rejects.toMatchObject({ reason: "Closed" });
  });

  it("tells all who wait for it of a push that does not end, and begins none anew by itself", async () => {
    await repository.installHook(
      "pre-receive",
      'echo push >> "$GIT_DIR/pushes"; while [ -d "$GIT_DIR" ]; do sleep 0.1; done',
    );
    const settings = { ...testSettings, limits: { ...testSettings.limits, pushMs: 3000 } };
    const writer = await repository.openQueue({ mirror: await repository.openMirror({ settings }) });
    const results = await submitAll(writer, [addTo("a"), addTo("b")]);
    expect([reasons(results), await countPushes()]).toEqual([["Timeout", "Timeout"], 1]);
  });

  describe("when the connection breaks", () => {
    /** A server that breaks the first push: before git sees it, or after git did it and `after` ran. */
    async function openOverHttp(after?: () => Promise<unknown>): Promise<PushQueue> {
      await repository.git("config", "http.receivepack", "true");
      let broken = false;
      const isFirstPush = ({ url = "" }) => url.endsWith("/git-receive-pack") && !broken;
      const server = await startHttpBackend({
        root: repository.folder,
        intercept: (request) => {
          if (after !== undefined || !isFirstPush(request)) return false;
          broken = true;
          request.socket.destroy();
          return true;
        },
        dropAnswer: async (request) => {
          if (after === undefined || !isFirstPush(request)) return false;
          broken = true;
          await after();
          return true;
        },
      });
      closers.push(() => server.close());
      const mirror = await repository.openMirror({ remote: { url: `${server.url}/remote.git` } });
      return await repository.openQueue({ mirror });
    }

    const closers: (() => Promise<void>)[] = [];
    afterEach(async () => {
      for (const close of closers.splice(0)) await close();
    });

    it("pushes again what did not arrive", async () => {
      const writer = await openOverHttp();
      await writer.submit(planned(addTo("a")));
      expect([await countPushes(), await repository.git("rev-list", "--count", main)]).toEqual([1, "2"]);
    });

    it("finds a push again whose answer was lost", async () => {
      const writer = await openOverHttp(async () => {});
      const { refs } = await writer.submit(planned(addTo("a")));
      expect([await countPushes(), await repository.git("rev-list", "--count", main)]).toEqual([1, "2"]);
      expect(await repository.git("rev-parse", main)).toBe(refs?.get(main));
    });

    it("finds it even when someone has gone on from there", async () => {
      let foreign = "";
      const writer = await openOverHttp(async () => {
        foreign = await repository.commitFile(main, "theirs", "1");
      });
      const { refs } = await writer.submit(planned(addTo("a")));
      expect(await repository.git("rev-parse", main)).toBe(foreign);
      expect(await repository.git("rev-parse", `${main}~1`)).toBe(refs?.get(main));
    });
  });
});
