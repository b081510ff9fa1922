import { expect } from "vitest";
import type { PackageRevision } from "../../../src/api/v1alpha1/package-revision.ts";
import { forEachLimited } from "../../../src/controllers/shared/for-each.ts";
import { conditionOf } from "../../testenv/pipeline-packages.ts";
import { testWithHostilePackages } from "./fixtures.ts";

/** Each takes some ten seconds to be validated: its schemas are compiled. */
const SLOW_PACKAGES = 8;
const DEFINITIONS = 1000;
const FIELDS = 30;

/** The one whose turn it is, and what is validated while the test itself asks. */
const VALIDATED_MEANWHILE = 2;

const it = testWithHostilePackages("renders", "slow", { end: { settleMs: 300_000 } });

it("packages that take minutes to be validated delay the render of no other namespace", async ({
  env,
  hostile,
  hostilePackages,
  packages,
}) => {
  await env.git.createRepository("quick");
  await env.register("quick");
  const draft = await packages.createDraft({ repository: "quick", package: "one", workspace: "one" });
  await packages.waitFor(draft, "is rendered", isValidated);
  const names = Array.from({ length: SLOW_PACKAGES }, (_, at) => `slow-${at}`);
  await forEachLimited(names, 8, async (name) => {
    const draft = await hostilePackages.createDraft({ repository: "slow", package: name, workspace: "one" });
    await hostilePackages.edit(draft, { "a.yaml": slowObjects(name) });
    await hostilePackages.waitForAcknowledgement(draft);
  });
  const slow = async () => (await hostile.revisions()).filter((one) => !isValidated(one)).length;
  const before = await slow();
  expect(before).toBeGreaterThan(VALIDATED_MEANWHILE);
  await packages.edit(draft, { "a.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n" });
  await packages.waitForAcknowledgement(draft);
  await packages.waitFor(draft, "is rendered again", isValidated);
  // In turn, all that were there before would have been validated first.
  expect(before - (await slow())).toBeLessThanOrEqual(VALIDATED_MEANWHILE);
});

function isValidated(one: PackageRevision): boolean {
  return conditionOf(one, "Validated")?.status !== "Unknown" && conditionOf(one, "Validated") !== undefined;
}

/** A list of CustomResourceDefinitions that share their fields, with an object of each. */
function slowObjects(name: string): string {
  const group = `${name}.example.com`;
  const fields = Array.from({ length: FIELDS }, (_, at) => `field${at}: {type: string, format: date-time}`);
  const items = Array.from({ length: DEFINITIONS }, (_, at) => {
    const schema = "{openAPIV3Schema: {type: object, properties: *fields}}";
    const spec = `{group: ${group}, names: {kind: Kind${at}}, versions: [{name: v1, schema: ${schema}}]}`;
    return (
      `- {apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition, metadata: {name: k${at}}, spec: ${spec}}\n` +
      `- {apiVersion: ${group}/v1, kind: Kind${at}, metadata: {name: a}}\n`
    );
  });
  return `apiVersion: v1\nkind: List\nfields: &fields {${fields.join(", ")}}\nitems:\n${items.join("")}`;
}
