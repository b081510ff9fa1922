import { expect } from "vitest";
import type { PackageRevision } from "../../../src/api/v1alpha1/package-revision.ts";
import { forEachLimited } from "../../../src/controllers/shared/for-each.ts";
import { testWithHostilePackages } from "./fixtures.ts";

/** Each takes a second or more to be read: lists in brackets take twice as long as others. */
const SLOW_FILES = 24;
const ENTRIES = 80_000;

/** The one that is being read, the one whose turn it is, and what is read while the test itself asks. */
const CHECKED_MEANWHILE = 4;

// Its files take longer to be checked than other environments to converge.
const it = testWithHostilePackages("checks", "slow", { end: { settleMs: 300_000 } });

it("files that take minutes to be read delay the checks of no other namespace", async ({
  env,
  hostile,
  hostilePackages,
  packages,
}) => {
  await env.git.createRepository("quick");
  await env.register("quick");
  const draft = await packages.createDraft({ repository: "quick", package: "one", workspace: "one" });
  const names = Array.from({ length: SLOW_FILES }, (_, at) => `slow-${at}`);
  await forEachLimited(names, 4, async (name) => {
    const draft = await hostilePackages.createDraft({ repository: "slow", package: name, workspace: "one" });
    await hostilePackages.edit(draft, { "a.yaml": `# ${name}\na: [${"{a: 1}, ".repeat(ENTRIES)}]\n` });
    await hostilePackages.waitForAcknowledgement(draft);
  });
  // Too large to be checked by the operator itself.
  await packages.edit(draft, {
    "a.yaml": `a: 1\n${"# comment\n".repeat(2000)}`,
    "b.yaml": `${"# b\n".repeat(5000)}a: [`,
  });
  await packages.waitForAcknowledgement(draft);
  const unchecked = async () => (await hostile.revisions()).filter((one) => filesValid(one) === "Unknown").length;
  const before = await unchecked();
  expect(before).toBeGreaterThan(CHECKED_MEANWHILE);
  const isChecked = (one: PackageRevision) => filesValid(one) === "False";
  await packages.waitFor(draft, "has been checked", isChecked);
  // In turn, all that were there before would have been checked first.
  expect(before - (await unchecked())).toBeLessThanOrEqual(CHECKED_MEANWHILE);
});

function filesValid({ status }: PackageRevision): string | undefined {
  return status?.conditions?.find(({ type }) => type === "FilesValid")?.status;
}
