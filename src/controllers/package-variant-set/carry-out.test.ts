import { expect, it } from "vitest";
import type { PackageVariant } from "../../api/v1alpha1/package-variant.ts";
import type { PackageVariantSet } from "../../api/v1alpha1/package-variant-set.ts";
import { ApiError } from "../../kube/client/errors.ts";
import { carryOut } from "./carry-out.ts";
import type { SetContext } from "./context.ts";

const CONFLICT = new ApiError({ code: 409, reason: "Conflict", message: "changed since" });
const spec = { upstream: { repository: "catalog", package: "shop" }, downstream: { repository: "d", package: "shop" } };
const variant = (name: string): PackageVariant => ({ metadata: { name, namespace: "ns", uid: name }, spec }) as never;
const SET = { metadata: { name: "fleet", namespace: "ns", uid: "u" }, spec: {} } as PackageVariantSet;

it("carries out the rest of a plan before it reports that a variant has changed since", async () => {
  const written: string[] = [];
  const update = async (_: unknown, { metadata }: PackageVariant) => {
    if (metadata.name === "v00") throw CONFLICT;
    written.push(metadata.name ?? "");
  };
  const remove = async (_: unknown, { name }: { readonly name: string }) => void written.push(name);
  const context = { client: { update, delete: remove } } as unknown as SetContext;
  const names = Array.from({ length: 40 }, (_, index) => `v${String(index).padStart(2, "0")}`);
  const change = names.map((name) => ({ variant: variant(name), spec }));
  const plan = { targets: 41, create: [], change, remove: [variant("gone")], failed: [] };
  await expect(carryOut(context, SET, plan)).rejects.toBe(CONFLICT);
  expect(written).toEqual([...names.slice(1), "gone"]);
});
