import { describe, expect, it } from "vitest";
import type { Sample } from "./sample.ts";
import { changePage, changeStatus, setNotReady, violationsAfter } from "./sample-changes.ts";

describe("checkConvergence", () => {
  it.each<[string, RegExp, (parts: Sample) => void]>([
    [
      "was not reconciled",
      /generation 2 was not reconciled: status has 1/,
      (parts) => changeStatus(parts, "next", { observedGeneration: 1 }),
    ],
    ["has no condition", /has no Ready condition/, (parts) => changeStatus(parts, "next", { conditions: [] })],
    ["stays in progress", /names no cause: Publishing/, (parts) => setNotReady(parts, "next", "Publishing")],
    [
      "has files that were not checked",
      /FilesValid stays Unknown: ReadingFiles/,
      (parts) => {
        const [ready] = parts.next.status?.conditions ?? [];
        const files = { ...ready, type: "FilesValid", status: "Unknown", reason: "ReadingFiles" };
        changeStatus(parts, "next", { conditions: [ready, files] });
      },
    ],
    [
      "is not deleted",
      /is Terminating/,
      (parts) => {
        parts.next = {
          ...parts.next,
          metadata: { ...parts.next.metadata, deletionTimestamp: "2026-01-01T00:00:00Z" },
        };
      },
    ],
    [
      "has edits that were not reconciled",
      /contents .*generation 4 was not reconciled/,
      (parts) => changePage(parts, 1, { metadata: { generation: 4 } }),
    ],
  ])("reports an object that %s", (_, message, change) => {
    expect(violationsAfter(change)).toEqual([expect.stringMatching(new RegExp(`^\\(9\\) .*${message.source}`))]);
  });

  it("accepts edits that wait for the same cause as their package revision", () => {
    const found = violationsAfter((parts) => {
      changePage(parts, 1, { metadata: { generation: 4 } });
      setNotReady(parts, "next", "PushRejected");
    });
    expect(found.filter((one) => one.startsWith("(9)"))).toEqual([]);
  });

  it("accepts a named cause, and checks nothing of a remote that is not in step", () => {
    const found = violationsAfter((parts) => {
      setNotReady(parts, "repository", "AuthenticationFailed");
      setNotReady(parts, "next", "RepositoryNotReady");
      parts.refs.clear();
    });
    expect(found).toEqual([]);
  });
});
