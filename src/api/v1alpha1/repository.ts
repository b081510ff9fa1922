import type { CustomResource, KindDefinition } from "../schema/kind.ts";
import { DNS_LABEL } from "../schema/schema.ts";
import { AGE_COLUMN, READY_COLUMNS } from "./columns.ts";
import { type RepositorySpec, spec } from "./repository-spec.ts";
import { type RepositoryStatus, status } from "./repository-status.ts";

export const CONFIG_GROUP = "config.pkg.pkgserver.dev";

export type Repository = CustomResource<RepositorySpec, RepositoryStatus>;

export const repositoryKind = {
  group: CONFIG_GROUP,
  version: "v1alpha1",
  kind: "Repository",
  plural: "repositories",
  singular: "repository",
  shortNames: ["pkgrepo"],
  description:
    "A Git repository of packages: a catalog of blueprints, or a deployment repository of packages for targets.",
  spec,
  status,
  statusDefault: { observedGeneration: -1 },
  columns: [
    ...READY_COLUMNS,
    { name: "Deployment", type: "boolean", jsonPath: ".spec.deployment" },
    { name: "Revisions", type: "integer", jsonPath: ".status.revisions" },
    { name: "Drafts", type: "integer", jsonPath: ".status.drafts" },
    { name: "Last-Sync", type: "date", jsonPath: ".status.lastSyncTime" },
    { name: "URL", type: "string", jsonPath: ".spec.git.url" },
    AGE_COLUMN,
    { name: "Commit", type: "string", jsonPath: ".status.commit", wide: true },
    { name: "Kept", type: "integer", jsonPath: ".status.contentsKept", wide: true },
    { name: "Kept-Bytes", type: "integer", jsonPath: ".status.contentsBytes", wide: true },
  ],
  selectable: [],
  rules: [
    {
      rule: "(has(self.spec.type) && self.spec.type == 'oci') || has(self.spec.git)",
      message: "spec.git is required",
      fieldPath: ".spec.git",
    },
    {
      rule:
        "!has(self.spec.git) || !has(oldSelf.spec.git) || self.spec.git.ref == oldSelf.spec.git.ref || " +
        "(has(oldSelf.status) && has(oldSelf.status.conditions) && " +
        "oldSelf.status.conditions.exists(c, c.type == 'Ready' && c.reason == 'BranchNotFound'))",
      message: "git.ref is immutable: create another Repository, unless the remote has no such branch (BranchNotFound)",
      fieldPath: ".spec.git.ref",
      reason: "FieldValueForbidden",
    },
    {
      rule:
        `self.metadata.name.size() <= 63 && self.metadata.name.matches('${DNS_LABEL}') && ` +
        `!self.metadata.name.matches('^[0-9]+$')`,
      message:
        "metadata.name must be a DNS label of at most 63 characters, not all of them digits: it becomes part " +
        "of the names of package revisions",
    },
  ],
} as const satisfies KindDefinition;
