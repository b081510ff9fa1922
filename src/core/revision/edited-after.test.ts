import { expect, it } from "vitest";
import { editedAfter } from "./commit-trailers.ts";

it("editedAfter counts edits, commits of others and the commit before, and neither the start nor a render", () => {
  const metadata = {};
  const start = { path: "p", workspace: "w", lifecycle: "draft", metadata } as const;
  const edit = { ...start, contents: "uid/2/7" };
  expect(editedAfter(start)).toEqual({});
  expect(editedAfter(start, start)).toEqual({});
  expect(editedAfter(start, edit)).toEqual({ edited: true });
  expect(editedAfter(edit, start)).toEqual({ edited: true });
  expect(editedAfter({ ...start, edited: true })).toEqual({ edited: true });
  expect(editedAfter(undefined)).toEqual({ edited: true });
});
