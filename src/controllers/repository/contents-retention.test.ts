import { describe, expect, it } from "vitest";
import { ANNOTATION_SHOW_CONTENTS } from "../../api/v1alpha1/well-known.ts";
import { type ContentsCandidate, planRetention } from "../../core/files/retention-plan.ts";
import { aRepository, aRevision } from "../../core/testing/observed.ts";
import { ContentsRetention, contentsMode, isShownOnDemand } from "./contents-retention.ts";

const BUDGET = 100;
const candidate = (name: string, size: number, time = 0): ContentsCandidate => ({
  name,
  size,
  always: false,
  latest: false,
  time,
});
const revision = (name: string, size: number, more: { latest?: boolean; present?: boolean } = {}) => ({
  name,
  size,
  latest: false,
  present: false,
  ...more,
});

function retentionOf(...candidates: readonly ContentsCandidate[]): ContentsRetention {
  const retention = new ContentsRetention();
  retention.decide(candidates, planRetention("Auto", BUDGET, candidates), BUDGET);
  return retention;
}

describe("ContentsRetention in mode Auto", () => {
  it("follows the plan for the revisions in it, present or not", () => {
    const retention = retentionOf(candidate("new", 60, 2), candidate("old", 60, 1));
    expect(retention.keeps("Auto", revision("new", 60))).toBe(true);
    expect(retention.keeps("Auto", revision("old", 60, { present: true }))).toBe(false);
  });

  it("adds revisions that no plan contains while the budget lasts", () => {
    const retention = retentionOf(candidate("planned", 60));
    expect(retention.keeps("Auto", revision("first", 40))).toBe(true);
    expect(retention.keeps("Auto", revision("second", 1))).toBe(false);
  });

  it("counts an added revision once, however often it is asked for", () => {
    const retention = retentionOf();
    expect(retention.keeps("Auto", revision("first", 60))).toBe(true);
    expect(retention.keeps("Auto", revision("first", 60))).toBe(true);
    expect(retention.keeps("Auto", revision("second", 40))).toBe(true);
  });

  it("keeps the contents of a draft that has just been published, beyond the budget too", () => {
    const retention = retentionOf(candidate("planned", 90));
    expect(retention.keeps("Auto", revision("published", 60, { present: true }))).toBe(true);
    expect(retention.keeps("Auto", revision("other", 1))).toBe(false);
  });

  it("keeps nothing before the first plan, but what is there", () => {
    const retention = new ContentsRetention();
    expect(retention.keeps("Auto", revision("one", 1))).toBe(false);
    expect(retention.keeps("Auto", revision("two", 1, { present: true }))).toBe(true);
  });

  it("forgets decisions of an earlier plan", () => {
    const retention = retentionOf(candidate("one", 10));
    retention.decide([candidate("two", BUDGET)], planRetention("Auto", BUDGET, [candidate("two", BUDGET)]), BUDGET);
    expect(retention.keeps("Auto", revision("one", 10))).toBe(false);
  });
});

describe("ContentsRetention in other modes", () => {
  it("is decided by the mode, whatever the plan and the budget", () => {
    const retention = retentionOf(candidate("planned", 10));
    expect(retention.keeps("All", revision("big", 10 * BUDGET))).toBe(true);
    expect(retention.keeps("Drafts", revision("planned", 10, { present: true, latest: true }))).toBe(false);
    expect(retention.keeps("Latest", revision("planned", 10, { present: true }))).toBe(false);
    expect(retention.keeps("Latest", revision("big", 10 * BUDGET, { latest: true }))).toBe(true);
  });
});

describe("contentsMode", () => {
  it("is Auto where the Repository names none, or is gone", () => {
    expect(contentsMode(undefined)).toBe("Auto");
    expect(contentsMode(aRepository())).toBe("Auto");
    expect(contentsMode(aRepository({ contents: "Drafts" }))).toBe("Drafts");
  });
});

describe("isShownOnDemand", () => {
  it("takes the annotation's value true alone", () => {
    const annotated = (value: string) => aRevision({ annotations: { [ANNOTATION_SHOW_CONTENTS]: value } });
    expect(isShownOnDemand(annotated("true"))).toBe(true);
    expect(isShownOnDemand(annotated("false"))).toBe(false);
    expect(isShownOnDemand(aRevision({}))).toBe(false);
  });
});
