import { describe, expect, it } from "vitest";
import type { Condition } from "../../api/v1alpha1/conditions.ts";
import { condition } from "../testing/observed.ts";
import type { FileReport } from "../validation/file-report.ts";
import { type CheckState, filesVerdict, isRunning, type Readiness, summarizeConditions } from "./conditions.ts";

const NOW = "2025-06-07T08:09:10Z";
const BEFORE = "2025-01-02T03:04:05Z";
const readiness = (state: Readiness["state"]): Readiness => ({ state, reason: "Why", message: "for people" });
const ours = (type: string, status: "True" | "False", lastTransitionTime = NOW) => ({
  type,
  status,
  observedGeneration: 3,
  lastTransitionTime,
  reason: "Why",
  message: "for people",
});

describe("isRunning", () => {
  it.each([
    ["FilesValid", "Unknown", "ReadingFiles", true],
    ["Rendered", "Unknown", "Rendering", true],
    ["Validated", "Unknown", "Validating", true],
    ["FilesValid", "Unknown", "CheckFailed", false],
    ["FilesValid", "False", "InvalidYAML", false],
    ["Ready", "Unknown", "ReadingFiles", false],
  ] as const)("%s %s (%s): %j", (type, status, reason, expected) => {
    expect(isRunning(condition(type, status, reason))).toBe(expected);
  });
});

describe("summarizeConditions", () => {
  it.each<[Readiness["state"], object[]]>([
    ["ready", [ours("Ready", "True")]],
    ["reconciling", [ours("Ready", "False"), ours("Reconciling", "True")]],
    ["stalled", [ours("Ready", "False"), ours("Stalled", "True")]],
  ])("describes %s in the terms of kstatus", (state, conditions) => {
    expect(summarizeConditions([], readiness(state), 3, NOW)).toEqual(conditions);
  });

  it("keeps the transition time of conditions whose status stays, and of no other", () => {
    const before = [condition("Ready", "False"), condition("Stalled", "True")];
    expect(summarizeConditions(before, readiness("stalled"), 3, NOW)).toEqual([
      ours("Ready", "False", BEFORE),
      ours("Stalled", "True", BEFORE),
    ]);
    expect(summarizeConditions(before, readiness("ready"), 3, NOW)).toEqual([ours("Ready", "True")]);
    expect(summarizeConditions(before, readiness("reconciling"), 3, NOW)).toEqual([
      ours("Ready", "False", BEFORE),
      ours("Reconciling", "True"),
    ]);
  });

  describe("Scheduled", () => {
    const UNCHANGED = { FilesValid: "unchanged", Rendered: "unchanged", Validated: "unchanged" } as const;
    const scheduled = (state: CheckState | undefined) => {
      const checks = { ...UNCHANGED, ...(state !== undefined && { Scheduled: state }) };
      const before = [condition("Scheduled", "False", "DependenciesUnpublished", "waits")];
      const found = summarizeConditions(before, readiness("ready"), 3, NOW, checks);
      return found.filter(({ type }) => type === "Scheduled").map(({ status, reason }) => `${status} ${reason}`);
    };

    it("is there where the gate asks for it", () => {
      const verdict = { status: "True", reason: "DependenciesPublished", message: "all" } as const;
      expect(scheduled(verdict)).toEqual(["True DependenciesPublished"]);
      expect(scheduled("unchanged")).toEqual(["False DependenciesUnpublished"]);
      expect(scheduled("running")).toEqual(["Unknown Resolving"]);
      expect(scheduled(undefined)).toEqual([]);
    });
  });

  describe("FilesValid", () => {
    const problem = { path: "a.yaml", line: 1, column: 2, message: "wrong" };
    const bad: FileReport = { problems: [problem], count: 1, reason: "InvalidYAML" };
    const good: FileReport = { problems: [], count: 0 };
    type State = FileReport | "running" | "unchanged";
    const filesValid = (before: readonly Condition[], state?: State) => {
      const FilesValid = typeof state === "object" ? filesVerdict(state) : state;
      const others = { Rendered: "unchanged", Validated: "unchanged" } as const;
      const checks = FilesValid === undefined ? undefined : { FilesValid, ...others };
      const all = summarizeConditions(before, readiness("ready"), 3, NOW, checks);
      return all.filter(({ type }) => type === "FilesValid");
    };
    const is = (status: Condition["status"], reason: string, message: string, lastTransitionTime = NOW) => ({
      type: "FilesValid",
      status,
      observedGeneration: 3,
      lastTransitionTime,
      reason,
      message,
    });

    it.each<[string, State, object]>([
      ["False with the first problems", bad, is("False", "InvalidYAML", "a.yaml:1:2: wrong")],
      ["True without problems", good, is("True", "FilesValid", "the checks found no problem in the files")],
      [
        "False with a general reason",
        { problems: [problem], count: 1 },
        is("False", "InvalidFiles", "a.yaml:1:2: wrong"),
      ],
      ["Unknown while the files are read", "running", is("Unknown", "ReadingFiles", "the files are being read")],
      ["Unknown where nothing is known", "unchanged", is("Unknown", "ReadingFiles", "the files are being read")],
    ])("is %s", (_, files, expected) => {
      expect(filesValid([], files)).toEqual([expected]);
      const other = condition("FilesValid", "True");
      const before = [{ ...other, status: files === good ? "Unknown" : "True" } as const];
      if (files !== "unchanged") expect(filesValid(before, files)).toEqual([expected]);
    });

    it("keeps its transition time while its status stays", () => {
      expect(filesValid([condition("FilesValid", "False")], bad)).toEqual([
        is("False", "InvalidYAML", "a.yaml:1:2: wrong", BEFORE),
      ]);
    });

    it.each(["True", "False", "Unknown"] as const)("%s stays where the contents are unchanged", (status) => {
      const before = [condition("FilesValid", status)];
      expect(filesValid(before, "unchanged")).toEqual(before);
    });

    it("stays on what is published, unless it was never found out", () => {
      for (const status of ["True", "False"] as const) {
        const before = [condition("FilesValid", status)];
        expect(filesValid(before)).toEqual(before);
      }
      expect(filesValid([condition("FilesValid", "Unknown")])).toEqual([]);
      expect(filesValid([])).toEqual([]);
    });

    it("takes the place of WellFormed, which earlier versions wrote", () => {
      const former = condition("WellFormed", "False");
      const renamed = { ...former, type: "FilesValid" };
      expect(filesValid([former])).toEqual([renamed]);
      expect(filesValid([former], "unchanged")).toEqual([renamed]);
      expect(filesValid([former], good)).toEqual([
        is("True", "FilesValid", "the checks found no problem in the files"),
      ]);
      const current = condition("FilesValid", "True");
      expect(filesValid([former, current], "unchanged")).toEqual([current]);
    });
  });

  describe.each(["Rendered", "Validated"] as const)("%s", (type) => {
    const verdict = { status: "False", reason: "Why", message: "for people" } as const;
    const stateOf = (before: readonly Condition[], state?: CheckState) => {
      const others = { FilesValid: "unchanged", Rendered: "unchanged", Validated: "unchanged" } as const;
      const checks = state === undefined ? undefined : { ...others, [type]: state };
      return summarizeConditions(before, readiness("ready"), 3, NOW, checks).find((one) => one.type === type);
    };

    it("is what was found out, or Unknown until then", () => {
      expect(stateOf([], verdict)).toEqual(ours(type, "False"));
      expect(stateOf([], "running")?.status).toBe("Unknown");
      expect(stateOf([condition(type, "True")], "unchanged")).toEqual(condition(type, "True"));
      expect(stateOf([condition(type, "False")], verdict)).toEqual(ours(type, "False", BEFORE));
    });

    it("stays on what is published, unless it was never found out", () => {
      expect(stateOf([condition(type, "True")])).toEqual(condition(type, "True"));
      expect(stateOf([condition(type, "Unknown")])).toBeUndefined();
    });
  });

  it("keeps the conditions of other clients, in their order", () => {
    const others = [condition("example.com/scanned", "True"), condition("pkg.pkgserver.dev/policy", "Unknown")];
    const before = [others[0], condition("Reconciling", "True"), others[1]].flatMap((one) => one ?? []);
    expect(summarizeConditions(before, readiness("ready"), 3, NOW)).toEqual([ours("Ready", "True"), ...others]);
  });

  it("cuts a message to the longest that a condition may have", () => {
    const [ready] = summarizeConditions([], { state: "ready", reason: "Why", message: "x".repeat(9000) }, 3, NOW);
    expect(ready?.message.length).toBe(8192);
  });
});
