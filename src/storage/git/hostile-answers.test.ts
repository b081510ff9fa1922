import { describe, expect } from "vitest";
import { MAIN } from "./testing/fixtures.ts";
import { advertisement, packet } from "./testing/hostile-remote.ts";
import {
  answerAll,
  answerFetch,
  cutListing,
  fetchError,
  type HostileServer,
  it,
  listNames,
  PACK_HEADER,
  packData,
  sendListing,
  temporaryPacks,
} from "./testing/hostile-servers.ts";

const HTML = "<!DOCTYPE html><html><body>Sign in</body></html>";

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
