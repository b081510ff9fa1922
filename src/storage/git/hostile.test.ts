import { readdir, rm } from "node:fs/promises";
import type { ServerResponse } from "node:http";
import { join } from "node:path";
import { describe, expect } from "vitest";
import type { GitError } from "./errors.ts";
import type { GitLimits } from "./exec/environment.ts";
import type { Mirror } from "./mirror/mirror.ts";
import type { PushQueue } from "./push/push-queue.ts";
import { it as base, MAIN } from "./testing/fixtures.ts";
import { advertisement, answerEndlessly, isListing, packet } from "./testing/hostile-remote.ts";
import type { HttpBackendOptions } from "./testing/http-backend.ts";
import { commitOf, putText, testSettings } from "./testing/repositories.ts";

type Intercept = NonNullable<HttpBackendOptions["intercept"]>;
/** A server, given the commit on main. */
type HostileServer = (commit: string) => Intercept;

const MIB = 1024 * 1024;

const it = base
  /** The commit on main. */
  .extend("commit", async ({ repository }) => await repository.commitFile(MAIN, "a", "1"))
  /** A mirror of a hostile server. */
  .extend(
    "open",
    ({ repository, commit, serve }) =>
      async (server: HostileServer, limits: Partial<GitLimits> = {}): Promise<Mirror> => {
        const { url } = await serve({ intercept: server(commit) });
        const settings = { ...testSettings, limits: { ...testSettings.limits, ...limits } };
        return await repository.openMirror({ remote: { url: `${url}/remote.git` }, settings });
      },
  );

function sendListing(body: Uint8Array, response: ServerResponse): true {
  response.setHeader("Content-Type", "application/x-git-upload-pack-advertisement").end(body);
  return true;
}

/** Sends so many bytes of the list of refs. */
function cutListing(length: number): HostileServer {
  return (commit) => (_request, response) => {
    const body = advertisement([[commit, MAIN]]);
    response.setHeader("Content-Length", body.length);
    response.write(body.subarray(0, length), () => response.destroy());
    response.flushHeaders();
    return true;
  };
}

/** Lists main as it is; `answer` answers the fetch. */
function answerFetch(answer: (response: ServerResponse) => void): HostileServer {
  return (commit) => (request, response) => {
    if (isListing(request)) return sendListing(advertisement([[commit, MAIN]]), response);
    response.setHeader("Content-Type", "application/x-git-upload-pack-result");
    answer(response);
    return true;
  };
}

/** Answers every request. */
function answerAll(answer: (response: ServerResponse, commit: string) => void): HostileServer {
  return (commit) => (_request, response) => {
    answer(response, commit);
    return true;
  };
}

/** Lists refs of these names, all at the commit on main, and fetches as a sound server does. */
function listNames(names: readonly string[]): HostileServer {
  return (commit) => (request, response) =>
    isListing(request) && sendListing(advertisement(names.map((name) => [commit, name] as const)), response);
}

const HTML = "<!DOCTYPE html><html><body>Sign in</body></html>";
const PACK_HEADER = Buffer.from("PACK\0\0\0\x02\0\0\0\x05", "latin1");
const LETTERS = Buffer.alloc(MIB, "x");

function packData(bytes: Uint8Array): Buffer {
  return Buffer.concat([packet("NAK\n"), packet(Buffer.concat([Buffer.from([1]), bytes]))]);
}

async function fetchError(mirror: Mirror): Promise<GitError> {
  return await mirror.fetch().then(
    () => expect.unreachable("the fetch succeeded"),
    (error) => error,
  );
}

describe("a remote with names that no repository can hold", () => {
  it("has these refs refused and all others fetched", async ({ commit, open }) => {
    const unusable = [
      "refs/heads/../../x",
      "refs/heads/..",
      "refs/heads/a..b",
      "refs/heads/a\tb",
      "refs/tags/x.lock",
      "refs/heads/.hidden",
      "refs/heads/a//b",
      "refs/heads/a/",
      "refs/tags/@{1}",
      "refs/heads/a^",
      "refs/heads/a:b",
      "refs/heads/\u001b[31mred",
      "refs/heads/main/below",
      `refs/heads/${"y".repeat(251)}`,
      `refs/tags/${"z/".repeat(600)}v1`,
    ];
    const usable = [
      "refs/heads/-x",
      "refs/heads/--upload-pack=x",
      "refs/tags/+main",
      "refs/heads/ok/v1",
      "refs/heads/é",
    ];
    const mirror = await open(listNames([MAIN, ...usable, ...unusable, "refs/pull/1/head"]));
    await mirror.fetch();
    expect([...mirror.refs().keys()].sort()).toEqual([MAIN, ...usable].sort());
    expect([...mirror.refusedRefs().keys()].sort()).toEqual([...unusable].sort());
    expect(mirror.refusedRefs().get("refs/heads/main/below")).toEqual({
      ref: "refs/heads/main/below",
      oid: commit,
      reason: "UnusableName",
      message: "the name cannot be beside refs/heads/main",
    });
    expect(await mirror.fetch()).toEqual([]);
  });
});

describe("a remote that answers", () => {
  const ANSWERS: Readonly<Record<string, readonly [server: HostileServer, reason: string]>> = {
    "a web page instead of refs": [
      answerAll((response) => response.setHeader("Content-Type", "text/html").end(HTML)),
      "RepositoryNotFound",
    ],
    "garbage instead of refs": [
      answerAll((response) => sendListing(Buffer.alloc(4096, "\xff"), response)),
      "ConnectionFailed",
    ],
    "a part of the refs, and then closes the connection": [cutListing(20), "ConnectionFailed"],
    "a ref with a newline in its name": [
      answerAll((response, commit) => sendListing(advertisement([[commit, "refs/heads/a\nrefs/heads/b"]]), response)),
      "ConnectionFailed",
    ],
    "a ref with a blank in its name, where git cuts it": [listNames(["refs/heads/a b"]), "BranchNotFound"],
    "401 to every request": [
      answerAll((response) => response.writeHead(401, { "WWW-Authenticate": 'Basic realm="x"' }).end()),
      "AuthenticationFailed",
    ],
    "a web page instead of a pack": [answerFetch((response) => response.end(HTML)), "ConnectionFailed"],
    "garbage instead of a pack": [
      answerFetch((response) => response.end(packData(Buffer.alloc(5000, 7)))),
      "ConnectionFailed",
    ],
    "half a pack": [answerFetch((response) => response.end(packData(PACK_HEADER))), "ConnectionFailed"],
    "a pack of garbage": [
      answerFetch((response) => response.end(packData(Buffer.concat([PACK_HEADER, Buffer.alloc(5000, 0x35)])))),
      "ConnectionFailed",
    ],
    "its own error message": [
      answerFetch((response) => response.end(packet("ERR \u001b[31mgo away"))),
      "ConnectionFailed",
    ],
  };

  it.for(Object.entries(ANSWERS))("%s gets the reason that says so", async ([, [server, reason]], { open }) => {
    const mirror = await open(server);
    const error = await fetchError(mirror);
    expect(`${error.reason}: ${error.message}`).toMatch(new RegExp(`^${reason}: .`));
    expect(error.message).not.toMatch(/[\u0000-\u001f]/);
    expect(await temporaryPacks(mirror)).toEqual([]);
  });

  it("another part of the refs each time gets one message: a new one would be another change of status", async ({
    open,
  }) => {
    const requests = [0, 1, 50].map(cutListing);
    const mirror = await open(
      (commit) =>
        (...exchange) =>
          requests.shift()?.(commit)(...exchange) ?? false,
    );
    const messages = [await fetchError(mirror), await fetchError(mirror)].map(({ message }) => message);
    expect(requests).toHaveLength(1);
    expect(messages[1]).toBe(messages[0]);
  });
});

describe("a remote without end", () => {
  it("that sends one byte after the other is ended at the time limit", async ({ open }) => {
    const dripping = answerAll((response) => {
      response.setHeader("Content-Type", "application/x-git-upload-pack-advertisement");
      const timer = setInterval(() => response.write("0"), 100);
      response.on("close", () => clearInterval(timer));
    });
    expect(await fetchError(await open(dripping, { listMs: 1000 }))).toMatchObject({ reason: "Timeout" });
  });

  const ENDLESS: Readonly<Record<string, HostileServer>> = {
    refs: answerAll((response, commit) => {
      response.setHeader("Content-Type", "application/x-git-upload-pack-advertisement");
      const lines = Array.from({ length: 900 }, (_, index) =>
        packet(`${commit} refs/heads/${"n".repeat(200)}${index}\n`),
      );
      answerEndlessly(response, advertisement([[commit, MAIN]]).subarray(0, -4), Buffer.concat(lines));
    }),
    messages: answerFetch((response) => {
      const message = packet(Buffer.concat([Buffer.from([2]), LETTERS.subarray(0, 60_000)]));
      answerEndlessly(response, packet("NAK\n"), message);
    }),
    "a pack": answerFetch((response) => {
      // A blob of 60 GiB, in stored blocks of zlib.
      const size = Buffer.from([0x80, 0x80, 0x80, 0x80, 0x0f]);
      const begin = Buffer.concat([PACK_HEADER, Buffer.from([0xbf]), size, Buffer.from([0x78, 0x01])]);
      const block = Buffer.concat([Buffer.from([0x00, 0x00, 0xf0, 0xff, 0x0f]), LETTERS.subarray(0, 0xf000)]);
      answerEndlessly(response, packData(begin), packet(Buffer.concat([Buffer.from([1]), block])));
    }),
  };

  it.for(Object.entries(ENDLESS))(
    "that sends %s is ended at the limits of memory and disk",
    async ([, server], { open }) => {
      const mirror = await open(server, { memoryBytes: 128 * MIB, fileBytes: 64 * MIB });
      expect(await fetchError(mirror)).toMatchObject({ reason: "RemoteTooLarge" });
      expect(await temporaryPacks(mirror)).toEqual([]);
    },
  );
});

describe("a remote with bad objects", () => {
  it("has many bad refs refused and all sound refs fetched", async ({ repository, commit }) => {
    const tree = await repository.writeBadTree(commit);
    for (let index = 0; index < 16; index++) {
      const bad = await repository.git("commit-tree", tree, "-m", `bad ${index}`);
      await repository.git("update-ref", `refs/heads/${index}-bad`, bad);
      await repository.git("update-ref", `refs/heads/${index}-good`, commit);
    }
    const mirror = await repository.openMirror();
    expect(await mirror.fetch()).toHaveLength(17);
    expect(mirror.refusedRefs().size).toBe(16);
  });

  it("that lacks objects of one ref has that ref refused, and the mirror is not cloned again", async ({
    repository,
    commit,
  }) => {
    const mirror = await repository.openMirror();
    await mirror.fetch();
    const broken = await repository.commitFile("refs/heads/broken", "b", "2");
    await repository.commitFile(MAIN, "c", "3");
    const blob = await repository.git("rev-parse", `${broken}:b`);
    await rm(join(repository.bare, "objects", blob.slice(0, 2), blob.slice(2)));
    expect((await mirror.fetch()).map(({ ref }) => ref)).toEqual([MAIN]);
    expect([...mirror.refusedRefs().keys()]).toEqual(["refs/heads/broken"]);
    expect((await mirror.reader.commit(commit)).message).toBe("add a\n");
  });
});

describe("a push to a hostile remote", () => {
  /** A shell command that prints this many bytes to stderr. */
  const print = (bytes: number) => `yes "$(printf 'a%.0s' $(seq 5000))" | head -c ${bytes} >&2`;

  it("fails alone if a tag is named like its branch, and the message names the tag", async ({ repository, commit }) => {
    await repository.git("update-ref", "refs/tags/refs/heads/draft-1", commit);
    const queue = await repository.openQueue();
    const results = await Promise.allSettled(["draft-1", "draft-2"].map((name) => submit(queue, name)));
    expect(results).toMatchObject([
      {
        status: "rejected",
        reason: { reason: "RefConflict", message: expect.stringContaining("refs/tags/refs/heads/") },
      },
      { status: "fulfilled" },
    ]);
  });

  it("fails alone if a hook rejects it with megabytes of messages", async ({ repository }) => {
    await repository.commitFile(MAIN, "a", "1");
    const queue = await repository.openQueue();
    await repository.installHook("update", `case "$1" in */bad) ${print(3_000_000)}; exit 1;; esac`);
    const results = await Promise.allSettled(["good-1", "bad", "good-2"].map((name) => submit(queue, name)));
    expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
  });

  it("succeeds if the remote applies it and then prints messages without end", async ({ repository }) => {
    await repository.commitFile(MAIN, "a", "1");
    const queue = await repository.openQueue();
    await repository.installHook("post-receive", print(8_000_000));
    const { refs } = await submit(queue, "draft");
    expect(await repository.git("rev-parse", "refs/heads/draft")).toBe(refs?.get("refs/heads/draft"));
  });
});

function submit(queue: PushQueue, name: string) {
  const commit = commitOf(putText("f", name));
  const change = { steps: [{ kind: "commit", ref: `refs/heads/${name}`, commit }], claims: [] } as const;
  return queue.submit({ name, plan: async () => ({ kind: "write", change, value: name }) });
}

/** What unfinished fetches have left in a mirror. */
async function temporaryPacks(mirror: Mirror): Promise<readonly string[]> {
  const names = await readdir(join(mirror.repository.dir, "objects", "pack"));
  return names.filter((name) => name.startsWith("tmp_"));
}
