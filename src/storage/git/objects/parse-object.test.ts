import { expect, it } from "vitest";
import { SOME_OID } from "../../../core/testing/arbitraries.ts";
import { measureTurns } from "../../../event-loop/testing/measure-turns.ts";
import { parseCommit, parseTree } from "./parse-object.ts";

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

it("modes of tree entries are read as git reads them: what it takes for a link or submodule is no file", () => {
  const modes = [
    ["100644", "100644"],
    ["100664", "100644"],
    ["100775", "100755"],
    ["040000", "040000"],
    ["40755", "040000"],
    ["120777", "120000"],
    ["160000", "160000"],
    ["20644", "160000"],
    ["644", "160000"],
    [`1${"0".repeat(24)}120000`, "120000"],
    [`1${"0".repeat(24)}100755`, "100755"],
  ];
  const entries = modes.map(([mode]) => Buffer.concat([Buffer.from(`${mode} file\0`), Buffer.from(SOME_OID, "hex")]));
  const parsed = [...parseTree(Buffer.concat(entries), SOME_OID.length / 2)].map(({ mode }) => mode);
  expect(parsed).toEqual(modes.map(([, read]) => read));
});
