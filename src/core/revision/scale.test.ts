import { describe, it } from "vitest";
import { expectInProportion } from "../../event-loop/testing/in-proportion.ts";
import { aRevision } from "../testing/observed.ts";
import { findInexactNumber } from "./inexact-numbers.ts";
import { NO_PREFIXES } from "./metadata-keys.ts";
import { isRecorded, metadataDigest, recordedMetadataOf } from "./recorded-metadata.ts";

const members = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, at) => [`k${at}`, 1]));

describe("a package revision with many", { timeout: 60_000 }, () => {
  it.each<[string, (count: number) => Parameters<typeof aRevision>[0]]>([
    ["values in its inputs", (count) => ({ spec: { inputs: [members(count)] } })],
    ["labels", (count) => ({ labels: Object.fromEntries(Array.from({ length: count }, (_, at) => [`k${at}`, ""])) })],
    ["values in one list", (count) => ({ spec: { inputs: [{ a: Array.from({ length: count }, () => 1) }] } })],
  ])("%s costs in proportion", async (_, more) => {
    // As many as an object of 1.5 MiB may have.
    await expectInProportion(15_000, async (count, measure) => {
      const object = aRevision(more(count));
      await measure("all that a reconcile asks", () => {
        for (let times = 0; times < 2; times++) {
          findInexactNumber(object.spec, "spec");
          metadataDigest(object, NO_PREFIXES);
          isRecorded(object, NO_PREFIXES, recordedMetadataOf(aRevision({}), NO_PREFIXES));
        }
      });
    });
  });
});
