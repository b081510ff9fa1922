import { describe, expect } from "vitest";
import { MAIN } from "./testing/fixtures.ts";
import { advertisement, answerEndlessly, packet } from "./testing/hostile-remote.ts";
import {
  answerAll,
  answerFetch,
  fetchError,
  type HostileServer,
  it,
  PACK_HEADER,
  packData,
  temporaryPacks,
} from "./testing/hostile-servers.ts";

const MIB = 1024 * 1024;
const LETTERS = Buffer.alloc(MIB, "x");

describe("a remote without end", () => {
  it("that sends one byte after the other is ended at the time limit", async ({ open }) => {
    const dripping = answerAll((response) => {
      response.setHeader("Content-Type", "application/x-git-upload-pack-advertisement");
      const timer = setInterval(() => response.write("0"), 100);
      response.on("close", () => clearInterval(timer));
    });
    expect(await fetchError(await open(dripping, { listMs: 1000 }))).toMatchObject({ reason: "Timeout" });
  });

  const ENDLESS: Readonly<Record<string, readonly [server: HostileServer, reason: string]>> = {
    refs: [
      answerAll((response, commit) => {
        response.setHeader("Content-Type", "application/x-git-upload-pack-advertisement");
        const lines = Array.from({ length: 900 }, (_, index) =>
          packet(`${commit} refs/heads/${"n".repeat(200)}${index}\n`),
        );
        answerEndlessly(response, advertisement([[commit, MAIN]]).subarray(0, -4), Buffer.concat(lines));
      }),
      "TooManyRefs",
    ],
    messages: [
      answerFetch((response) => {
        const message = packet(Buffer.concat([Buffer.from([2]), LETTERS.subarray(0, 60_000)]));
        answerEndlessly(response, packet("NAK\n"), message);
      }),
      "RemoteTooLarge",
    ],
    "a pack": [
      answerFetch((response) => {
        // A blob of 60 GiB, in stored blocks of zlib.
        const size = Buffer.from([0x80, 0x80, 0x80, 0x80, 0x0f]);
        const begin = Buffer.concat([PACK_HEADER, Buffer.from([0xbf]), size, Buffer.from([0x78, 0x01])]);
        const block = Buffer.concat([Buffer.from([0x00, 0x00, 0xf0, 0xff, 0x0f]), LETTERS.subarray(0, 0xf000)]);
        answerEndlessly(response, packData(begin), packet(Buffer.concat([Buffer.from([1]), block])));
      }),
      "RemoteTooLarge",
    ],
  };

  it.for(Object.entries(ENDLESS))(
    "that sends %s is ended at the limits of memory and disk",
    async ([, [server, reason]], { open }) => {
      const mirror = await open(server, { memoryBytes: 128 * MIB, fileBytes: 64 * MIB });
      expect(await fetchError(mirror)).toMatchObject({ reason });
      expect(await temporaryPacks(mirror)).toEqual([]);
    },
  );
});
