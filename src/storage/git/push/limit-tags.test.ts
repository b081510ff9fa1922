import { describe, expect, it } from "vitest";
import { limitTags } from "./limit-tags.ts";

interface Request {
  readonly name: string;
  readonly tags?: { readonly count: number; readonly maxPerPush?: number };
}

const edit = (name: string): Request => ({ name });
const publication = (name: string, maxPerPush?: number): Request => ({
  name,
  tags: { count: 1, ...(maxPerPush !== undefined && { maxPerPush }) },
});
const deletion = (name: string, maxPerPush: number): Request => ({ name, tags: { count: 2, maxPerPush } });
const namesOf = (requests: readonly Request[]) => {
  const { taken, deferred } = limitTags(requests);
  return [taken, deferred].map((some) => some.map(({ name }) => name).join(" "));
};

describe("limitTags", () => {
  it.each([
    ["everything without a limit", [publication("a"), edit("b"), publication("c")], ["a b c", ""]],
    ["as many as the limit", ["a", "b", "c", "d", "e"].map((name) => publication(name, 3)), ["a b c", "d e"]],
    ["edits, whatever waits before them", [publication("a", 1), publication("b", 1), edit("c")], ["a c", "b"]],
    ["a deletion as two tags", [publication("a", 2), deletion("b", 2), publication("c", 2)], ["a c", "b"]],
    ["the first alone if it is above its limit", [deletion("a", 1), publication("b", 1)], ["a", "b"]],
    ["no more than the lowest limit", [publication("a"), publication("b"), publication("c", 2)], ["a b", "c"]],
    ["no more than the limit of one that came before", [publication("a", 1), publication("b")], ["a", "b"]],
    ["edits beside a limit that is for tags", [edit("a"), publication("b", 1), edit("c")], ["a b c", ""]],
    ["nothing of nothing", [], ["", ""]],
  ] as const)("lets the next push have %s", (_, requests, expected) => {
    expect(namesOf(requests)).toEqual(expected);
  });
});
