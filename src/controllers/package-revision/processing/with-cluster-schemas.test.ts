import { expect, it } from "vitest";
import type { ProcessCall, ProcessResult } from "../../../core/processing/process-package.ts";
import { withClusterSchemas } from "./with-cluster-schemas.ts";

const document = { apiVersion: "example.com/v1", digest: "d", text: "{}" };
const call = { files: new Map(), others: new Set<string>(), settings: {} as ProcessCall["settings"] };

/** What a package with kinds of these apiVersions makes of the cluster's documents. */
async function callsFor(unknownGroups: readonly string[], documents: readonly (typeof document)[]) {
  const calls: (readonly unknown[] | undefined)[] = [];
  const asked: string[][] = [];
  const worker = {
    call: async (input: ProcessCall): Promise<ProcessResult> => {
      calls.push(input.documents);
      const left = input.documents === undefined ? unknownGroups : [];
      const validation = { errors: 0, warnings: 0, problems: [], unknownGroups: left };
      return { render: { kind: "none" }, validation, results: [], resultsCount: 0 };
    },
  };
  const schemas = {
    documents: async (names: Iterable<string>) => {
      asked.push([...names]);
      return { documents, version: "v", problems: [] };
    },
  };
  const { validation } = await withClusterSchemas(worker, schemas).call(call);
  return { calls, asked, validation };
}

it("asks the cluster only for kinds that are no built-in ones, and processes again with what it has", async () => {
  expect((await callsFor([], [document])).asked).toEqual([]);
  const groups = ["example.com/v1", "other.com/v1"];
  const { calls, asked, validation } = await callsFor(groups, [document]);
  expect([calls, asked]).toEqual([[undefined, [document]], [groups]]);
  expect(validation).toMatchObject({ unknownGroups: groups, schemas: "v" });
});

it("takes the first result where the cluster does not have the kinds either", async () => {
  const { calls, validation } = await callsFor(["example.com/v1"], []);
  expect(calls).toEqual([undefined]);
  expect(validation).not.toHaveProperty("schemas");
});
