import { describe, expect } from "vitest";
import { GitError } from "../errors.ts";
import type { GitChange } from "../push/change.ts";
import { it as base, MAIN } from "../testing/fixtures.ts";
import { commitOf, putText } from "../testing/repositories.ts";

/** A remote over HTTP whose password is `password`, a mirror that has fetched with it, and its push queue. */
const it = base.extend("remote", async ({ repository, serve }) => {
  await repository.commitFile(MAIN, "a", "1");
  await repository.git("config", "http.receivepack", "true");
  const state = { password: "old", status: 200, refusals: 0 };
  const server = await serve({
    intercept: ({ headers }, response) => {
      const isAllowed = headers.authorization === basic(state.password);
      if (isAllowed && state.status === 200) return false;
      response.writeHead(isAllowed ? state.status : 401, { "WWW-Authenticate": 'Basic realm="git"' }).end();
      return true;
    },
  });
  const access = (password: string) => {
    const credentials = { kind: "basic", username: "ann", password } as const;
    return { url: `${server.url}/remote.git`, credentials };
  };
  const mirror = await repository.openMirror({ remote: access("old"), onRefused: () => void state.refusals++ });
  const queue = await repository.openQueue({ mirror });
  const submit = (name: string) =>
    queue.submit({ name, plan: async () => ({ kind: "write", change: changeOf(name), value: name }) });
  /** Runs `work` and returns how many requests the server received. */
  const countRequests = async (work: () => Promise<unknown>) => {
    const before = server.requests.length;
    await work();
    return server.requests.length - before;
  };
  return { state, access, mirror, submit, countRequests };
});

const REFUSED = { reason: "AuthenticationFailed" };

function basic(password: string): string {
  return `Basic ${Buffer.from(`ann:${password}`).toString("base64")}`;
}

function changeOf(name: string): GitChange {
  return { steps: [{ kind: "commit", ref: `refs/heads/${name}`, commit: commitOf(putText("f", name)) }], claims: [] };
}

/** Hosts lock accounts after repeated attempts with a wrong password. */
describe("a password that the remote refused", () => {
  it("for a push is not sent again by later pushes", async ({ remote }) => {
    remote.state.password = "new";
    await expect(remote.submit("a")).rejects.toMatchObject(REFUSED);
    expect(remote.state.refusals).toBe(1);
    const requests = await remote.countRequests(async () => {
      for (const name of ["b", "c"]) await expect(remote.submit(name)).rejects.toMatchObject(REFUSED);
    });
    expect(requests).toBe(0);
    expect(() => remote.mirror.checkAccess()).toThrowError(expect.objectContaining(REFUSED));
  });

  it("for a fetch is not sent again by pushes", async ({ remote }) => {
    remote.state.password = "new";
    await expect(remote.mirror.fetch()).rejects.toMatchObject(REFUSED);
    expect(await remote.countRequests(() => expect(remote.submit("a")).rejects.toMatchObject(REFUSED))).toBe(0);
    // The caller of `fetch` has the error: only pushes call back.
    expect(remote.state.refusals).toBe(0);
  });

  it("is still refused after another fetch was refused", async ({ remote }) => {
    remote.state.password = "new";
    await expect(remote.submit("a")).rejects.toMatchObject(REFUSED);
    await expect(remote.mirror.fetch()).rejects.toMatchObject(REFUSED);
    expect(await remote.countRequests(() => expect(remote.submit("b")).rejects.toMatchObject(REFUSED))).toBe(0);
  });

  it("is still refused after a fetch that did not reach the remote", async ({ remote }) => {
    remote.state.password = "new";
    await expect(remote.submit("a")).rejects.toMatchObject(REFUSED);
    remote.state.password = "old";
    remote.state.status = 503;
    await expect(remote.mirror.fetch()).rejects.toMatchObject({ reason: "ConnectionFailed" });
    expect(() => remote.mirror.checkAccess()).toThrowError(expect.objectContaining(REFUSED));
  });

  it("blocks no push with new credentials", async ({ remote }) => {
    remote.state.password = "new";
    await expect(remote.submit("a")).rejects.toMatchObject(REFUSED);
    await remote.mirror.setRemote(remote.access("new"));
    await expect(remote.submit("a")).resolves.toMatchObject({ value: "a" });
    expect(remote.state.refusals).toBe(1);
  });

  it("blocks no push once a fetch has shown that the remote accepts it again", async ({ remote }) => {
    remote.state.password = "new";
    await expect(remote.submit("a")).rejects.toMatchObject(REFUSED);
    remote.state.password = "old";
    await remote.mirror.fetch();
    await expect(remote.submit("a")).resolves.toMatchObject({ value: "a" });
  });
});

describe("a remote that may only be read", () => {
  it("is PushForbidden for a push, and AccessDenied for a fetch that it refuses in the same way", async ({
    remote,
  }) => {
    remote.state.status = 403;
    await expect(remote.submit("a")).rejects.toMatchObject({ reason: "PushForbidden" });
    expect(remote.state.refusals).toBe(1);
    await expect(remote.mirror.fetch()).rejects.toMatchObject({ reason: "AccessDenied" });
    remote.state.status = 200;
    await remote.mirror.fetch();
    await expect(remote.submit("a")).resolves.toMatchObject({ value: "a" });
  });
});

describe("a failure for another reason", () => {
  it.for([
    [503, "ConnectionFailed"],
    [404, "RepositoryNotFound"],
    [413, "PushTooLarge"],
  ] as const)("(%s) does not block later pushes", async ([status, reason], { remote }) => {
    remote.state.status = status;
    await expect(remote.submit("a")).rejects.toMatchObject({ reason });
    await expect(remote.mirror.fetch()).rejects.toMatchObject({ reason });
    expect(() => remote.mirror.checkAccess()).not.toThrow();
    expect(remote.state.refusals).toBe(0);
    remote.state.status = 200;
    await expect(remote.submit("a")).resolves.toMatchObject({ value: "a" });
  });
});

describe("Mirror.checkAccess", () => {
  it("throws the recorded error on every call until credentials are set", async ({ remote: { mirror, access } }) => {
    const error = new GitError("AuthenticationFailed", "wrong password");
    mirror.recordAccessRefused(error);
    for (let call = 0; call < 3; call++) expect(() => mirror.checkAccess()).toThrow(error);
    await mirror.setRemote(access("old"));
    expect(() => mirror.checkAccess()).not.toThrow();
  });
});
