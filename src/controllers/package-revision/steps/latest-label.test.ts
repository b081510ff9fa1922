import { describe, expect, it } from "vitest";
import { LABEL_LATEST } from "../../../api/v1alpha1/well-known.ts";
import { aRevision } from "../../../core/testing/observed.ts";
import { StepEnv } from "../testing/step-env.ts";
import { labelLatest, latestLabelPatch } from "./latest-label.ts";

describe("latestLabelPatch", () => {
  it.each([
    ["sets a missing label", {}, true, "true"],
    ["corrects another value", { [LABEL_LATEST]: "yes" }, true, "true"],
    ["removes the label", { [LABEL_LATEST]: "true", team: "a" }, false, null],
  ] as const)("%s", (_, labels, isLatest, value) => {
    expect(latestLabelPatch(aRevision({ labels }), isLatest)).toEqual({
      metadata: { labels: { [LABEL_LATEST]: value } },
    });
  });

  it("is undefined for a label that is correct", () => {
    expect(latestLabelPatch(aRevision({ labels: { [LABEL_LATEST]: "true" } }), true)).toBeUndefined();
    expect(latestLabelPatch(aRevision({}), false)).toBeUndefined();
  });
});

describe("labelLatest", () => {
  it("writes only if the label changes, and returns the object as it is then", async () => {
    const env = await StepEnv.open();
    const name = env.create("dns");
    const labelled = await labelLatest(env.dependencies, env.revision(name), true);
    expect(labelled).toEqual(env.revision(name));
    expect(labelled.metadata.labels).toEqual({ [LABEL_LATEST]: "true" });
    const before = env.writes();
    expect(await labelLatest(env.dependencies, labelled, true)).toBe(labelled);
    expect(env.writes()).toEqual(before);
  });
});
