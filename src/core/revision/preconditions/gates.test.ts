import { describe, expect, it } from "vitest";
import type { GateVerdict } from "../../../api/v1alpha1/package-revision-status.ts";
import { aRepository, aRevision, condition, observed } from "../../testing/observed.ts";
import { asksForDrafts, gateBlocker, isScheduled, openGates, passedGates, requiredGates } from "./gates.ts";

const DIGEST = "sha256:1";
const named = (gates: readonly string[]) => gates.map((conditionType) => ({ conditionType }));
const verdict = (conditionType: string, more: Partial<GateVerdict> = {}): GateVerdict => ({
  conditionType,
  digest: DIGEST,
  status: "True",
  ...more,
});

function observation(
  gates: readonly string[],
  verdicts: readonly GateVerdict[] = [],
  more: { readonly conditions?: ReturnType<typeof condition>[]; readonly ofRepository?: readonly string[] } = {},
) {
  const { conditions = [], ofRepository } = more;
  const status = { contentDigest: DIGEST, gates: [...verdicts], conditions };
  return observed(aRevision({ spec: { readinessGates: named(gates) }, status }), {
    repository: aRepository(ofRepository === undefined ? {} : { readinessGates: named(ofRepository) }),
  });
}

describe("requiredGates", () => {
  it("are those of the revision and of its Repository, each once, without those of later steps", () => {
    const later = ["pkg.pkgserver.dev/approve", "pkg.pkgserver.dev/install"];
    expect(requiredGates(observation(["b", "a", ...later], [], { ofRepository: ["a", "c", ...later] }))).toEqual([
      "b",
      "a",
      "c",
    ]);
    expect(requiredGates({ object: aRevision({}) })).toEqual([]);
  });
});

describe("the gate schedule", () => {
  const gate = "pkg.pkgserver.dev/schedule";

  it("is the condition Scheduled, and asks for drafts in the Repository alone", () => {
    const own = observation([gate], [], {
      conditions: [condition("Scheduled", "False", "DraftDeleted", "one is gone")],
    });
    expect(openGates(own)).toEqual([{ conditionType: gate, state: "is False (DraftDeleted): one is gone" }]);
    expect(openGates(observation([gate], [], { conditions: [condition("Scheduled", "True")] }))).toEqual([]);
    expect([isScheduled(own), asksForDrafts(own)]).toEqual([true, false]);
    const ofRepository = observation([], [], { ofRepository: [gate] });
    expect([isScheduled(ofRepository), asksForDrafts(ofRepository)]).toEqual([true, true]);
    expect(isScheduled(observation([]))).toBe(false);
  });
});

describe("the gates process and policy", () => {
  const [process, policy] = ["pkg.pkgserver.dev/process", "pkg.pkgserver.dev/policy"];

  it("are the render and the validation, in the order that is given, others between them", () => {
    const open = (order: readonly string[], ...conditions: ReturnType<typeof condition>[]) =>
      openGates(observation(order, [verdict("scan", { status: "False" })], { conditions })).map(
        (one) => one.conditionType,
      );
    const failed = [condition("Rendered", "False"), condition("Validated", "Unknown")];
    expect(open([process, "scan", policy], ...failed)).toEqual([process, "scan", policy]);
    expect(open([policy, "scan", process], ...failed)).toEqual([policy, "scan", process]);
    expect(open([process, "scan", policy], condition("Rendered", "True"), condition("Validated", "False"))).toEqual([
      "scan",
      policy,
    ]);
    const first = gateBlocker(observation([process, policy], [], { conditions: failed }), "proposed");
    expect(first?.message).toContain(`the readiness gate ${process} must be True before this is proposed; it is False`);
  });
});

describe("openGates", () => {
  it.each<[string, ReturnType<typeof observation>, readonly string[]]>([
    ["no gate", observation([]), []],
    ["a verdict True of the contents", observation(["a"], [verdict("a")]), []],
    ["no verdict", observation(["a"], [verdict("b")]), ["has no verdict in status.gates"]],
    ["a verdict False", observation(["a"], [verdict("a", { status: "False" })]), ["is False"]],
    [
      "a verdict with reasons",
      observation(["a"], [verdict("a", { status: "Unknown", reason: "TooBig", message: "3 files" })]),
      ["is Unknown (TooBig): 3 files"],
    ],
    [
      "a verdict True of other contents",
      observation(["a"], [verdict("a", { digest: "sha256:0" })]),
      ["has judged sha256:0, and status.contentDigest is sha256:1"],
    ],
    [
      "a condition that another program set, which names no contents",
      observation(["a"], [], { conditions: [condition("a", "True")] }),
      ["has no verdict in status.gates"],
    ],
    ["FilesValid True", observation(["FilesValid"], [], { conditions: [condition("FilesValid", "True")] }), []],
    [
      "FilesValid False, whatever verdict a program gives",
      observation(["FilesValid"], [verdict("FilesValid")], {
        conditions: [condition("FilesValid", "False", "InvalidYAML", "a.yaml")],
      }),
      ["is False (InvalidYAML): a.yaml"],
    ],
    ["FilesValid that is not known", observation(["FilesValid"]), ["is not set"]],
    [
      "FilesValid that is not known, beside another condition",
      observation(["FilesValid"], [], { conditions: [condition("Ready", "True")] }),
      ["is not set"],
    ],
    [
      "FilesValid of an object without status",
      observed(aRevision({ spec: { readinessGates: named(["FilesValid"]) } })),
      ["is not set"],
    ],
    [
      "FilesValid of an object without conditions",
      observed(aRevision({ spec: { readinessGates: named(["FilesValid"]) }, status: {} })),
      ["is not set"],
    ],
    ["a gate of the Repository", observation([], [], { ofRepository: ["r"] }), ["has no verdict in status.gates"]],
  ])("with %s", (_, given, states) => {
    expect(openGates(given).map(({ state }) => state)).toEqual(states);
  });

  it("is every gate of contents without a digest", () => {
    const object = aRevision({ spec: { readinessGates: named(["a"]) }, status: { gates: [verdict("a")] } });
    expect(openGates({ object })).toEqual([
      { conditionType: "a", state: "has judged sha256:1, and status.contentDigest is not set" },
    ]);
  });
});

describe("gateBlocker", () => {
  it("waits for the first open gate", () => {
    expect(gateBlocker(observation(["b", "a"], [verdict("b")]), "published")).toEqual({
      reason: "WaitingForGate",
      message: "the readiness gate a must be True before this is published; it has no verdict in status.gates",
      kind: "waiting",
    });
    expect(gateBlocker(observation(["a"], [verdict("a")]), "proposed")).toBeUndefined();
  });
});

describe("passedGates", () => {
  it("are the required ones, with the time that each says", () => {
    const at = "2025-01-02T03:04:05Z";
    const verdicts = [verdict("a", { lastTransitionTime: at }), verdict("b"), verdict("other")];
    const gates = ["a", "b", "FilesValid", "pkg.pkgserver.dev/process", "pkg.pkgserver.dev/approve"];
    const conditions = [condition("FilesValid", "True"), condition("Rendered", "True")];
    const [files, rendered] = conditions.map(({ lastTransitionTime }) => lastTransitionTime);
    expect(passedGates(observation(gates, verdicts, { conditions }))).toEqual([
      { conditionType: "a", at },
      { conditionType: "b" },
      { conditionType: "FilesValid", at: files },
      { conditionType: "pkg.pkgserver.dev/process", at: rendered },
    ]);
  });
});
