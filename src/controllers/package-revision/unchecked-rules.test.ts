import { beforeEach, describe, expect, it } from "vitest";
import { ENFORCED, type PolicyState } from "../../core/admission/policy-state.ts";
import { aRepository } from "../../core/testing/observed.ts";
import { missing, settling, unknown } from "../../core/testing/plan-cases.ts";
import { UncheckedRules } from "./unchecked-rules.ts";

const withRule = (expression: string) => aRepository({ approval: { automatic: [{ name: "a", expression }] } });
const ONE = withRule("1 == 1");
const OTHER = withRule("2 == 2");
const otherMissing: PolicyState = {
  kind: "missing",
  findings: [{ kind: "ValidatingAdmissionPolicy", name: "pkgserver-gates", problem: "is not installed" }],
};

describe("UncheckedRules", () => {
  let state: PolicyState;
  let rules: UncheckedRules;
  const become = (next: PolicyState) => {
    state = next;
    rules.noteState(next);
  };
  beforeEach(() => {
    state = ENFORCED;
    rules = new UncheckedRules({ state: () => state });
  });

  it("are those that were set while the policy was missing, until others are set", () => {
    rules.noteRepository(ONE);
    become(settling);
    rules.noteRepository(OTHER);
    become(ENFORCED);
    rules.noteRepository(OTHER);
    expect(rules.isChecked(OTHER)).toBe(false);
    rules.noteRepository(aRepository());
    rules.noteRepository(OTHER);
    expect(rules.isChecked(OTHER)).toBe(true);
  });

  it("are not those that were there before, or were set while another policy was missing", () => {
    rules.noteRepository(ONE);
    become(settling);
    rules.noteRepository(ONE);
    become(ENFORCED);
    expect(rules.isChecked(ONE)).toBe(true);
    become(otherMissing);
    rules.noteRepository(OTHER);
    become(ENFORCED);
    expect(rules.isChecked(OTHER)).toBe(true);
  });

  it.each<[string, PolicyState, boolean]>([
    ["enforced", ENFORCED, true],
    ["missing", settling, false],
  ])("are known once the policies are, of what was seen before: %s", (_, next, isChecked) => {
    become(unknown);
    rules.noteRepository(ONE);
    become(unknown);
    become(next);
    expect(rules.isChecked(ONE)).toBe(isChecked);
    become(ENFORCED);
    expect(rules.isChecked(ONE)).toBe(isChecked);
    rules.forget(ONE);
    rules.noteRepository(ONE);
    expect(rules.isChecked(ONE)).toBe(true);
  });

  it("says nothing of a Repository without rules", () => {
    become(missing);
    rules.noteRepository(aRepository());
    expect(rules.isChecked(aRepository())).toBe(true);
  });
});
