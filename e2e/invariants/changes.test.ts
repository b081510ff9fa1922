import { describe, expect, it } from "vitest";
import { checkChanges } from "./changes.ts";
import { observationOf, sample } from "./sample.ts";

type Resources = Readonly<Record<string, string>>;

/** The violations where a draft that began from `before` has these files, and says that they change this. */
function violationsOf(changes: string, before: Resources | undefined, after: Resources, generation = 1) {
  const parts = sample();
  const { cluster } = observationOf(parts);
  const { next } = parts;
  const published = cluster.revisions.find(({ status }) => status?.revision !== undefined);
  const base = before === undefined ? {} : { revision: published?.status?.revision ?? "" };
  const draft = {
    ...next,
    spec: { packageRevID: { ...published?.spec.packageRevID, ...next.spec.packageRevID } },
    status: { observedGeneration: 1, ...next.status, lifecycle: "draft", base, changes },
  } as typeof next;
  const page = (name: string, resources: Resources) => ({
    ...cluster.contents[0],
    metadata: { ...cluster.contents[0]?.metadata, namespace: next.metadata.namespace, name, generation },
    spec: { resources },
    status: { observedGeneration: 1 },
  });
  const contents = [page(next.metadata.name, after), page(published?.metadata.name ?? "", before ?? {})];
  const revisions = [draft, ...(published === undefined ? [] : [published])];
  return checkChanges({ revisions, contents } as never).map(({ message }) => message);
}

describe("checkChanges", () => {
  it("accepts what a comparison of the files shows", () => {
    expect(violationsOf("1 file", { "a.txt": "1\n" }, { "a.txt": "2\n" })).toEqual([]);
    expect(violationsOf("1 file", undefined, { "a.txt": "2\n" })).toEqual([]);
  });

  it("reports what it does not show", () => {
    expect(violationsOf("no changes", { "a.txt": "1\n" }, { "a.txt": "2\n" })).toEqual([
      'is said to change "no changes", and its files show "1 file"',
    ]);
  });

  it("says nothing of contents that were edited since", () => {
    expect(violationsOf("no changes", { "a.txt": "1\n" }, { "a.txt": "2\n" }, 2)).toEqual([]);
  });
});
