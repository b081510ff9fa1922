import { describe, expect, it } from "vitest";
import type { PackageRevision } from "../../src/api/v1alpha1/package-revision.ts";
import { ANNOTATION_SCHEDULED_FOR } from "../../src/api/v1alpha1/well-known.ts";
import { sample } from "./sample.ts";
import { checkSchedule } from "./schedule.ts";

function revision(
  name: string,
  workspace: string,
  more: { cause?: string; scheduled?: string[] } = {},
): PackageRevision {
  const { next } = sample();
  const annotations = more.cause === undefined ? {} : { [ANNOTATION_SCHEDULED_FOR]: more.cause };
  return {
    ...next,
    metadata: { ...next.metadata, name, annotations },
    spec: { packageRevID: { target: "edge1", repository: "r", package: "lib", workspace }, lifecycle: "proposed" },
    status: { observedGeneration: 1, lifecycle: "draft", ...(more.scheduled && { scheduled: more.scheduled }) },
  };
}

const messages = (...revisions: readonly PackageRevision[]) =>
  checkSchedule({ revisions }).map(({ message }) => message);

describe("checkSchedule", () => {
  const made = revision("made", "pkginstall", { cause: "shop" });

  it("accepts a draft that the one that needs it knows", () => {
    expect(messages(made, revision("shop", "one", { scheduled: ["made"] }))).toEqual([]);
    expect(messages(made)).toEqual([]);
  });

  it("reports one that is not known there, is elsewhere, or is a second one", () => {
    expect(messages(made, revision("shop", "one"))).toEqual(["was made for shop, whose status does not have it"]);
    const second = revision("second", "other", { cause: "shop" });
    expect(messages(made, second, revision("shop", "one", { scheduled: ["made", "second"] }))).toEqual([
      "was made for another one in workspace other",
      "was made beside made, of the same package",
    ]);
  });
});
