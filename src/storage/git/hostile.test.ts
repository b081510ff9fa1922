import { readdir, rm, writeFile } from "node:fs/promises";
import type { ServerResponse } from "node:http";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { GitError } from "./errors.ts";
import type { GitLimits } from "./exec/environment.ts";
import type { Mirror } from "./mirror/mirror.ts";
import type { PushQueue } from "./push/push-queue.ts";
import { advertisement, answerWithoutEnd, isListing, packet } from "./testing/hostile-remote.ts";
import { type HttpBackend, type HttpBackendOptions, startHttpBackend } from "./testing/http-backend.ts";
import { commitOf, putText, TestRepository, testSettings } from "./testing/repositories.ts";

/** A remote that is against us: what it sends is refused by name, and costs no more than the limits allow. */
describe("a hostile remote", () => {
  let repository: TestRepository;
  let commit: string;
  const servers: HttpBackend[] = [];
  beforeEach(async () => {
    repository = await TestRepository.create();
    commit = await repository.commitFile("refs/heads/main", "a", "1");
  });
  afterEach(async () => {
    for (const server of servers.splice(0)) await server.close();
    await repository.close();
  });

  type Intercept = NonNullable<HttpBackendOptions["intercept"]>;
  async function open(intercept: Intercept, limits: Partial<GitLimits> = {}): Promise<Mirror> {
    const server = await startHttpBackend({ root: repository.folder, intercept });
    servers.push(server);
    const settings = { ...testSettings, limits: { ...testSettings.limits, ...limits } };
    return await repository.openMirror({ remote: { url: `${server.url}/remote.git` }, settings });
  }
  const listing = (body: Uint8Array, response: ServerResponse) =>
    void response.setHeader("Content-Type", "application/x-git-upload-pack-advertisement").end(body);
  /** Lists main as it is, and answers the fetch in its own way. */
  const answering =
    (answer: (response: ServerResponse) => void): Intercept =>
    (request, response) => {
      if (isListing(request)) listing(advertisement([[commit, "refs/heads/main"]]), response);
      else {
        response.setHeader("Content-Type", "application/x-git-upload-pack-result");
        answer(response);
      }
      return true;
    };
  const failure = async (mirror: Mirror): Promise<GitError> =>
    await mirror.fetch().then(
      () => expect.unreachable("the fetch worked"),
      (error) => error,
    );

  it("with names that no repository can hold: they are told, and the others come", async () => {
    const unusable = [
      ...["refs/heads/../../x", "refs/heads/..", "refs/heads/a..b", "refs/heads/a\tb", "refs/tags/x.lock"],
      ...[
        "refs/heads/.hidden",
        "refs/heads/a//b",
        "refs/heads/a/",
        "refs/tags/@{1}",
        "refs/heads/a^",
        "refs/heads/a:b",
      ],
      ...[
        "refs/heads/\u001b[31mred",
        "refs/heads/main/below",
        `refs/heads/${"y".repeat(251)}`,
        `refs/tags/${"z/".repeat(600)}v1`,
      ],
    ];
    const fine = ["refs/heads/-x", "refs/heads/--upload-pack=x", "refs/tags/+main", "refs/heads/ok/v1", "refs/heads/é"];
    const names = ["refs/heads/main", ...fine, ...unusable, "refs/pull/1/head"];
    const mirror = await open((request, response) => {
      if (!isListing(request)) return false;
      listing(advertisement(names.map((name) => [commit, name] as const)), response);
      return true;
    });
    await mirror.fetch();
    expect([...mirror.refs().keys()].sort()).toEqual(["refs/heads/main", ...fine].sort());
    expect([...mirror.refusedRefs().keys()].sort()).toEqual([...unusable].sort());
    expect(mirror.refusedRefs().get("refs/heads/main/below")).toEqual({
      ref: "refs/heads/main/below",
      oid: commit,
      reason: "UnusableName",
      message: "the name cannot be beside refs/heads/main",
    });
    expect(await mirror.fetch()).toEqual([]);
  });

  const html = "<!DOCTYPE html><html><body>Sign in</body></html>";
  const pack = (bytes: Uint8Array) =>
    Buffer.concat([packet("NAK\n"), packet(Buffer.concat([Buffer.from([1]), bytes]))]);
  const header = Buffer.from("PACK\0\0\0\x02\0\0\0\x05", "latin1");
  const answers: Readonly<Record<string, readonly [intercept: Intercept, reason: string]>> = {
    "a page instead of refs": [
      (_, response) => void response.setHeader("Content-Type", "text/html").end(html) === undefined,
      "RepositoryNotFound",
    ],
    "garbage instead of refs": [
      (_, response) => void listing(Buffer.alloc(4096, "\xff"), response) === undefined,
      "ConnectionFailed",
    ],
    "a name with a newline": [
      (_, response) => void listing(advertisement([[commit, "refs/heads/a\nrefs/heads/b"]]), response) === undefined,
      "ConnectionFailed",
    ],
    "a name with a blank, which git itself cuts": [
      (request, response) => {
        if (!isListing(request)) return false;
        listing(advertisement([[commit, "refs/heads/a b"]]), response);
        return true;
      },
      "BranchNotFound",
    ],
    "401 to whatever is asked": [
      (_, response) => void response.writeHead(401, { "WWW-Authenticate": 'Basic realm="x"' }).end() === undefined,
      "AuthenticationFailed",
    ],
    "a page instead of a pack": [answering((response) => response.end(html)), "ConnectionFailed"],
    "garbage instead of a pack": [
      answering((response) => response.end(pack(Buffer.alloc(5000, 7)))),
      "ConnectionFailed",
    ],
    "a pack that is cut off": [answering((response) => response.end(pack(header))), "ConnectionFailed"],
    "a pack of garbage": [
      answering((response) => response.end(pack(Buffer.concat([header, Buffer.alloc(5000, 0x35)])))),
      "ConnectionFailed",
    ],
    "an error of its own": [answering((response) => response.end(packet("ERR \u001b[31mgo away"))), "ConnectionFailed"],
  };
  it.each(Object.entries(answers))("%s is told as what it is", async (_, [intercept, reason]) => {
    const mirror = await open(intercept);
    const error = await failure(mirror);
    expect(`${error.reason}: ${error.message}`).toMatch(new RegExp(`^${reason}: .`));
    expect(error.message).not.toMatch(/[\u0000-\u001f]/);
    expect(await leftovers(mirror)).toEqual([]);
  });

  it("that drips is ended at the limit", async () => {
    const mirror = await open(
      (_, response) => {
        response.setHeader("Content-Type", "application/x-git-upload-pack-advertisement");
        const timer = setInterval(() => response.write("0"), 100);
        response.on("close", () => clearInterval(timer));
        return true;
      },
      { listMs: 1000 },
    );
    expect(await failure(mirror)).toMatchObject({ reason: "Timeout" });
  });

  const mega = Buffer.alloc(1024 * 1024, "x");
  const endless: Readonly<Record<string, Intercept>> = {
    refs: (_, response) => {
      response.setHeader("Content-Type", "application/x-git-upload-pack-advertisement");
      const lines = Array.from({ length: 900 }, (_x, index) =>
        packet(`${commit} refs/heads/${"n".repeat(200)}${index}\n`),
      );
      answerWithoutEnd(response, advertisement([[commit, "refs/heads/main"]]).subarray(0, -4), Buffer.concat(lines));
      return true;
    },
    messages: answering((response) => {
      const said = packet(Buffer.concat([Buffer.from([2]), mega.subarray(0, 60_000)]));
      answerWithoutEnd(response, packet("NAK\n"), said);
    }),
    "a pack": answering((response) => {
      // A blob of 60 GiB, in stored blocks of zlib.
      const size = Buffer.from([0xb0 | (0x80 & 0xff), 0x80, 0x80, 0x80, 0x80, 0x0f]);
      const begin = Buffer.concat([header, Buffer.from([0xbf, ...size.subarray(1)]), Buffer.from([0x78, 0x01])]);
      const block = Buffer.concat([Buffer.from([0x00, 0x00, 0xf0, 0xff, 0x0f]), mega.subarray(0, 0xf000)]);
      answerWithoutEnd(response, pack(begin), packet(Buffer.concat([Buffer.from([1]), block])));
    }),
  };
  it.each(Object.entries(endless))(
    "%s without end are ended by the limits of memory and disk",
    async (_, intercept) => {
      const megabytes = 1024 * 1024;
      const mirror = await open(intercept, { memoryBytes: 128 * megabytes, fileBytes: 64 * megabytes });
      expect(await failure(mirror)).toMatchObject({ reason: "RemoteTooLarge" });
      expect(await leftovers(mirror)).toEqual([]);
    },
  );

  it("that has many refs with bad objects keeps no good one out", async () => {
    const blob = await repository.git("rev-parse", `${commit}:a`);
    await writeFile(
      join(repository.folder, "tree"),
      Buffer.concat([Buffer.from("100644 .git\0"), Buffer.from(blob, "hex")]),
    );
    const args = ["hash-object", "-t", "tree", "-w", "--literally", join(repository.folder, "tree")];
    const tree = await repository.git(...args);
    for (let index = 0; index < 16; index++) {
      const bad = await repository.git("commit-tree", tree, "-m", `bad ${index}`);
      await repository.git("update-ref", `refs/heads/${index}-bad`, bad);
      await repository.git("update-ref", `refs/heads/${index}-good`, commit);
    }
    const mirror = await repository.openMirror();
    expect(await mirror.fetch()).toHaveLength(17);
    expect(mirror.refusedRefs().size).toBe(16);
  });

  it("that lacks objects of one ref keeps no other one out, and the mirror stays what it was", async () => {
    const mirror = await repository.openMirror();
    await mirror.fetch();
    const lost = await repository.commitFile("refs/heads/lost", "b", "2");
    await repository.commitFile("refs/heads/main", "c", "3");
    const blob = await repository.git("rev-parse", `${lost}:b`);
    await rm(join(repository.bare, "objects", blob.slice(0, 2), blob.slice(2)));
    expect((await mirror.fetch()).map(({ ref }) => ref)).toEqual(["refs/heads/main"]);
    expect([...mirror.refusedRefs().keys()]).toEqual(["refs/heads/lost"]);
    expect((await mirror.reader.commit(commit)).message).toBe("add a\n");
  });

  it("with a tag that is called like a branch: that branch alone waits, and the tag is named", async () => {
    await repository.git("update-ref", "refs/tags/refs/heads/draft-1", commit);
    const writer = await repository.openQueue();
    const results = await Promise.allSettled(["draft-1", "draft-2"].map((name) => submit(writer, name)));
    expect(results).toMatchObject([
      {
        status: "rejected",
        reason: { reason: "RefConflict", message: expect.stringContaining("refs/tags/refs/heads/") },
      },
      { status: "fulfilled" },
    ]);
  });

  const talk = (bytes: number) => `yes "$(printf 'a%.0s' $(seq 5000))" | head -c ${bytes} >&2`;
  const submit = (writer: PushQueue, name: string) => {
    const commit = commitOf(putText("f", name));
    const change = { steps: [{ kind: "commit", ref: `refs/heads/${name}`, commit }], claims: [] } as const;
    return writer.submit({ name, plan: async () => ({ kind: "write", change, value: name }) });
  };

  it("whose hook has much to say refuses that push alone, within moments", async () => {
    const writer = await repository.openQueue();
    await repository.installHook("update", `case "$1" in */bad) ${talk(3_000_000)}; exit 1;; esac`);
    const results = await Promise.allSettled(["good-1", "bad", "good-2"].map((name) => submit(writer, name)));
    expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
  });

  it("that takes a push and then talks without end has taken it", async () => {
    const writer = await repository.openQueue();
    await repository.installHook("post-receive", talk(8_000_000));
    const { refs } = await submit(writer, "draft");
    expect(await repository.git("rev-parse", "refs/heads/draft")).toBe(refs?.get("refs/heads/draft"));
  });
});

/** What unfinished fetches left in a mirror. */
async function leftovers(mirror: Mirror): Promise<readonly string[]> {
  const names = await readdir(join(mirror.repository.dir, "objects", "pack"));
  return names.filter((name) => name.startsWith("tmp_"));
}
