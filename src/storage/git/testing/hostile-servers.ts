import { readdir } from "node:fs/promises";
import type { ServerResponse } from "node:http";
import { join } from "node:path";
import { expect } from "vitest";
import type { GitError } from "../errors.ts";
import type { GitLimits } from "../exec/limits.ts";
import type { Mirror } from "../mirror/mirror.ts";
import { it as base, MAIN } from "./fixtures.ts";
import { advertisement, isListing, packet } from "./hostile-remote.ts";
import type { HttpBackendOptions } from "./http-backend.ts";
import { testSettings } from "./repositories.ts";

type Intercept = NonNullable<HttpBackendOptions["intercept"]>;
/** A server, given the commit on main. */
export type HostileServer = (commit: string) => Intercept;

/** Vitest's `it` with a remote that has a commit, and mirrors of hostile servers in front of it. */
export const it = base
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

export function sendListing(body: Uint8Array, response: ServerResponse): true {
  response.setHeader("Content-Type", "application/x-git-upload-pack-advertisement").end(body);
  return true;
}

/** Sends so many bytes of the list of refs. */
export function cutListing(length: number): HostileServer {
  return (commit) => (_request, response) => {
    const body = advertisement([[commit, MAIN]]);
    response.setHeader("Content-Length", body.length);
    response.write(body.subarray(0, length), () => response.destroy());
    response.flushHeaders();
    return true;
  };
}

/** Lists main as it is; `answer` answers the fetch. */
export function answerFetch(answer: (response: ServerResponse) => void): HostileServer {
  return (commit) => (request, response) => {
    if (isListing(request)) return sendListing(advertisement([[commit, MAIN]]), response);
    response.setHeader("Content-Type", "application/x-git-upload-pack-result");
    answer(response);
    return true;
  };
}

/** Answers every request. */
export function answerAll(answer: (response: ServerResponse, commit: string) => void): HostileServer {
  return (commit) => (_request, response) => {
    answer(response, commit);
    return true;
  };
}

/** Lists refs of these names, all at the commit on main, and fetches as a sound server does. */
export function listNames(names: readonly string[]): HostileServer {
  return (commit) => (request, response) =>
    isListing(request) && sendListing(advertisement(names.map((name) => [commit, name] as const)), response);
}

/** The header of a pack of five objects. */
export const PACK_HEADER = Buffer.from("PACK\0\0\0\x02\0\0\0\x05", "latin1");

/** A pack, or a part of one, as the answer to a fetch. */
export function packData(bytes: Uint8Array): Buffer {
  return Buffer.concat([packet("NAK\n"), packet(Buffer.concat([Buffer.from([1]), bytes]))]);
}

export async function fetchError(mirror: Mirror): Promise<GitError> {
  return await mirror.fetch().then(
    () => expect.unreachable("the fetch succeeded"),
    (error) => error,
  );
}

/** What unfinished fetches have left in a mirror. */
export async function temporaryPacks(mirror: Mirror): Promise<readonly string[]> {
  const names = await readdir(join(mirror.repository.dir, "objects", "pack"));
  return names.filter((name) => name.startsWith("tmp_"));
}
