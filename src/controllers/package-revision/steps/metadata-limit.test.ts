import { describe, expect, it } from "vitest";
import { canonicalJson } from "../../../core/identity/canonical-json.ts";
import { MAX_METADATA_LENGTH } from "../../../core/revision/recorded-metadata.ts";
import { StalledError } from "../../shared/stalled-error.ts";
import { assertRecordable } from "./metadata-limit.ts";

/** Metadata whose JSON has this length. */
function metadataOf(length: number) {
  const overhead = canonicalJson({ labels: { a: "" } }).length;
  return { labels: { a: "x".repeat(length - overhead) } };
}

describe("assertRecordable", () => {
  it("accepts metadata of exactly the limit", () => {
    expect(() => assertRecordable(metadataOf(MAX_METADATA_LENGTH))).not.toThrow();
  });

  it("refuses one character more with MetadataTooLarge, which only a user can resolve", () => {
    const assert = () => assertRecordable(metadataOf(MAX_METADATA_LENGTH + 1));
    expect(assert).toThrow(StalledError);
    expect(assert).toThrow(expect.objectContaining({ reason: "MetadataTooLarge", retry: "never" }));
  });

  it("refuses a number whose digits a commit would not have, which only a user can resolve", () => {
    const inputs = [{ apiVersion: "v1", kind: "Limit", spec: JSON.parse('{"bytes":9007199254740993}') }];
    expect(() => assertRecordable({ spec: { inputs } })).toThrow(
      expect.objectContaining({
        reason: "InexactNumber",
        retry: "never",
        message: expect.stringContaining("spec.inputs[0].spec.bytes is a number beyond"),
      }),
    );
  });
});
