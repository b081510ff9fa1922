import { expect, it } from "vitest";
import type { PackageVariant } from "../../../api/v1alpha1/package-variant.ts";
import { isMade, isOwnedBy, ownerAnnotation, writtenSpec } from "../../../core/variants/ownership.ts";
import { StepEnv } from "../../package-revision/testing/step-env.ts";
import type { VariantContext } from "../context.ts";
import { adoptRevisions } from "./adopt.ts";

const variant = (name: string): PackageVariant => ({
  apiVersion: "config.pkg.pkgserver.dev/v1alpha1",
  kind: "PackageVariant",
  metadata: { name, namespace: "default", uid: `uid-${name}` },
  spec: { upstream: { repository: "blue", package: "a" }, downstream: { repository: "blue", package: "dns" } },
});

it("adopts a revision that a former variant has made as one that the variant has not made", async () => {
  const env = await StepEnv.open();
  const name = await env.published("dns", { a: "a: 1\n" });
  const annotations = {
    ...ownerAnnotation(variant("former")),
    "config.pkg.pkgserver.dev/written-spec": writtenSpec(env.revision(name).spec),
  };
  env.api.patch("packagerevisions", name, { metadata: { annotations } });
  expect(isMade(env.revision(name))).toBe(true);
  const next = variant("next");
  const { client, events } = env.dependencies;
  await adoptRevisions({ client, events } as VariantContext, next, [env.revision(name)]);
  expect(isOwnedBy(next, env.revision(name))).toBe(true);
  expect(isMade(env.revision(name))).toBe(false);
  expect(env.events).toContain("Adopted");
});
