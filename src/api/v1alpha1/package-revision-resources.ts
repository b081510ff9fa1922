import { type Static, Type } from "typebox";
import type { CustomResource, KindDefinition } from "../schema/kind.ts";
import { text } from "../schema/schema.ts";
import { PKG_GROUP } from "./package-revision.ts";

const spec = Type.Object({
  resources: Type.Optional(
    Type.Record(Type.String(), Type.String(), {
      description: "Path in the package → text of the file, byte for byte.",
    }),
  ),
  binaryResources: Type.Optional(
    // Not `format: byte`: rules on the contents would fail, since CEL reads such fields as URL-safe base64 (kube-apiserver 1.36).
    Type.Record(Type.String(), Type.String(), {
      description: "Path in the package → base64 of a file that is not UTF-8 text.",
    }),
  ),
});

const fileNotShown = Type.Object({
  path: text("Path in the package.", 4096),
  reason: text("Symlink, Submodule, TooLarge or UnusualName.", 64),
  size: Type.Optional(Type.Integer({ description: "Bytes.", format: "int64" })),
  object: text("The Git object id of it.", 64),
});

const fileProblem = Type.Object({
  path: text("Path in the package.", 1024),
  line: Type.Integer({ description: "From 1.", format: "int32" }),
  column: Type.Integer({ description: "From 1, in UTF-16 units.", format: "int32" }),
  message: text("What is wrong there.", 256),
});

const status = Type.Object({
  observedGeneration: Type.Optional(
    Type.Integer({
      description: "The generation whose edits are in Git; absent while nothing was edited.",
      format: "int64",
    }),
  ),
  frozen: Type.Optional(
    Type.Boolean({
      description:
        "True, and so until the operator says otherwise: the contents cannot be edited (proposed or published).",
    }),
  ),
  commit: Type.Optional(text("A commit that holds these contents; on page 1 of a package, the newest one shown.", 64)),
  pages: Type.Optional(
    Type.Integer({ description: "How many objects hold the package: NAME, NAME.page-2, ….", format: "int32" }),
  ),
  filesNotShownCount: Type.Optional(Type.Integer({ description: "Files that stay in Git and are not shown here." })),
  filesNotShown: Type.Optional(
    Type.Array(fileNotShown, { description: "The first of them. No edit deletes them.", maxItems: 50 }),
  ),
  fileProblemsCount: Type.Optional(
    Type.Integer({
      description:
        "How much is wrong in files that claim to be YAML (*.yaml, *.yml, Kptfile) and cannot be read as Kubernetes reads it; absent if nothing is. They are in Git all the same.",
      format: "int32",
    }),
  ),
  fileProblems: Type.Optional(
    Type.Array(fileProblem, {
      description: "The first of it, on page 1. Only drafts and proposals are looked at; big files a little later.",
      maxItems: 50,
    }),
  ),
  error: Type.Optional(text("Why the last edit could not be committed.", 4096)),
});

export type FileProblem = Static<typeof fileProblem>;
export type FileNotShown = Static<typeof fileNotShown>;
export type PackageRevisionResourcesSpec = Static<typeof spec>;
export type PackageRevisionResourcesStatus = Static<typeof status>;
export type PackageRevisionResources = CustomResource<PackageRevisionResourcesSpec, PackageRevisionResourcesStatus>;

export const packageRevisionResourcesKind = {
  group: PKG_GROUP,
  version: "v1alpha1",
  kind: "PackageRevisionResources",
  plural: "packagerevisionresourceses",
  singular: "packagerevisionresources",
  shortNames: ["pkgres"],
  description:
    "The files of a package revision. Edit them while it is a draft: every edit becomes a commit on its branch.",
  spec,
  status,
  statusDefault: { frozen: true },
  columns: [
    { name: "Frozen", type: "boolean", jsonPath: ".status.frozen" },
    { name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp" },
    { name: "Pages", type: "integer", jsonPath: ".status.pages", wide: true },
    { name: "Commit", type: "string", jsonPath: ".status.commit", wide: true },
    { name: "Error", type: "string", jsonPath: ".status.error", wide: true },
  ],
  selectable: [],
  rules: [
    {
      // Fails closed: what the operator has not opened for editing is frozen, so nothing slips in between creating and freezing.
      rule: "(has(oldSelf.status) && has(oldSelf.status.frozen) && !oldSelf.status.frozen) || self.spec == oldSelf.spec",
      fieldPath: ".spec",
      message:
        "the contents are frozen: only a draft can be edited: move a proposal back to draft first, or begin a new draft of what is published",
    },
  ],
} as const satisfies KindDefinition;
