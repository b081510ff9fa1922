import type { FileCheck } from "../validation/file-check.ts";

/** A second check, for tests of the registry: finds the first tab of a text file. */
export const noTabsCheck: FileCheck = {
  name: "no-tabs",
  reason: "TabFound",
  applies: (path) => path.endsWith(".txt"),
  check: (bytes) => {
    const lines = new TextDecoder().decode(bytes).split("\n");
    const index = lines.findIndex((line) => line.includes("\t"));
    if (index === -1) return { problems: [], count: 0 };
    const column = (lines[index]?.indexOf("\t") ?? 0) + 1;
    return { problems: [{ line: index + 1, column, message: "a tab" }], count: 1 };
  },
};
