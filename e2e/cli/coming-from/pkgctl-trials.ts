import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { User } from "../../testenv/namespace.ts";
import type { Trial } from "./tables.ts";

const admin: { readonly as: User } = { as: "admin" };

/** Trials of the rows of pkgctl, in both columns. `workspace`: of the package that is cloned. */
export function pkgctlTrials(workspace: string): Readonly<Record<string, Trial>> {
  const shop = `edge1/web/shop@${workspace}`;
  const publishing = "`rpkg updatestatus edge1.apps.web.shop.one published`";
  return {
    "`secret create auth pkgserver < token`": { ...admin, shows: /^created the Secret auth, for any host/m },
    "`repo create base $BASE --secret auth`": { ...admin, shows: /^registered base$.*^1 package, 1 published/ms },
    "`repo create apps $APPS -d --secret auth`": { ...admin, shows: /^registered apps$/m },
    "`rpkg get --realm web`": { shows: /^catalog\.base\.web\.shop\.v1 +True +Published/m },
    "`rpkg create edge1.apps.web.cache.one`": { shows: /^edge1\/web\/cache@/m },
    "`rpkg clone edge1.apps.web.shop.one catalog.base.web.shop.v1`": { shows: new RegExp(`^${shop}$`, "m") },
    "`rpkg pull edge1.apps.web.shop.one shop`": { shows: new RegExp(`^pulled 2 files of ${shop} into shop$`, "m") },
    "`rpkg push edge1.apps.web.shop.one shop`": {
      prepare: async ({ dir }) => await writeFile(join(dir, "shop", "config.yaml"), "a: 2\n"),
      shows: new RegExp(`^M config\\.yaml$.*pushed 1 file to ${shop}, commit `, "ms"),
    },
    "`rpkg updatestatus edge1.apps.web.shop.one proposed`": { shows: new RegExp(`^proposed ${shop}, digest sha`, "m") },
    "`rpkg updatestatus edge1.apps.web.shop.one draft`": { shows: new RegExp(`^withdrawn: ${shop} is a draft$`, "m") },
    [publishing]: {
      as: "bob",
      before: ["propose edge1/web/shop --wait"],
      shows: new RegExp(`^published ${shop} as v1$`, "m"),
    },
    "`rpkg updatestatus edge1.apps.web.shop.one deletionProposed`": {
      shows: /^proposed to delete edge1\/web\/shop@v1: /m,
    },
    "`rpkg delete edge1.apps.web.shop.one`": { as: "bob", shows: /^deleted edge1\/web\/shop@v1$/m },
    "`repo delete base`": { ...admin, shows: /^removed base$/m },
  };
}
