import { expect, it } from "vitest";
import { SOME_OID } from "../../../core/testing/arbitraries.ts";
import { measureTurns } from "../../../event-loop/testing/measure-turns.ts";
import { parseCommit } from "./parse-object.ts";

it("a commit of 4 MiB that is nothing but headers is parsed without a standstill of the event loop", async () => {
  const person = "Else <else@example.com> 1767225600 +0000";
  const head = `tree ${SOME_OID}\nparent ${SOME_OID}\nauthor ${person}\ncommitter ${person}\n`;
  const bytes = Buffer.from(`${head}${"a b\n".repeat(1024 * 1024)}\nmessage`);
  const { longestMs } = await measureTurns(async () => {
    for (let commits = 0; commits < 4; commits++) {
      expect(parseCommit(bytes, false)).toMatchObject({ parents: [SOME_OID], message: "message", tree: SOME_OID });
    }
  });
  expect(longestMs).toBeLessThanOrEqual(200);
});
