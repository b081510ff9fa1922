import { describe, expect, it } from "vitest";
import { readPublished } from "../../../core/validation/schema/published-document.ts";
import { readOutside } from "./read-schemas.ts";

describe("readOutside", () => {
  it("leaves only large documents to the worker", async () => {
    const calls: string[] = [];
    const read = readOutside({
      call: async ({ apiVersion, text }) => {
        calls.push(apiVersion);
        return readPublished(apiVersion, text);
      },
    });
    const large = JSON.stringify({ info: { description: "x".repeat(600 * 1024) } });
    expect(await read("v1", "{}")).toEqual(readPublished("v1", "{}"));
    expect(await read("v2", large)).toEqual(readPublished("v2", large));
    expect(calls).toEqual(["v2"]);
  });
});
