import { type Static, Type } from "typebox";
import type { CustomResource, KindDefinition } from "../schema/kind.ts";
import { text } from "../schema/schema.ts";
import { packageChanges } from "./package-changes.ts";
import { PKG_GROUP } from "./package-revision.ts";
import { attribution } from "./package-revision-status.ts";

const spec = Type.Object({
  resources: Type.Optional(
    Type.Record(Type.String(), Type.String(), {
      description: "Path in the package → text of the file, byte for byte.",
    }),
  ),
  binaryResources: Type.Optional(
    // Not `format: byte`: CEL reads such fields as URL-safe base64, so that rules on the contents fail (kube-apiserver
    // 1.36).
    Type.Record(Type.String(), Type.String(), {
      description: "Path in the package → base64 of a file that is not UTF-8 text.",
    }),
  ),
});

const fileNotShown = Type.Object({
  path: text("Path in the package. Bytes that are not UTF-8 are shown as U+FFFD.", 4096),
  pathBytes: Type.Optional(text("Base64 of the path's bytes, if they are not UTF-8.", 16384)),
  reason: text("The reason: Symlink, Submodule, TooLarge or UnusualName.", 64),
  size: Type.Optional(Type.Integer({ description: "Size in bytes.", format: "int64" })),
  object: text("The object id of the file in Git.", 64),
  executable: Type.Optional(Type.Boolean({ description: "True if the file is executable." })),
  target: Type.Optional(
    text("The target of a symlink. Invisible and control characters are shown as \\u{…}; long targets are cut.", 4096),
  ),
  leaves: Type.Optional(
    text(
      "What a symlink leads out of: Package, or Repository. A package with a link out of the repository is not " +
        "proposed.",
      16,
    ),
  ),
});

const fileProblem = Type.Object({
  path: text("Path in the package.", 1024),
  line: Type.Integer({ description: "Line of the problem, from 1.", format: "int32" }),
  column: Type.Integer({ description: "Column of the problem, from 1, in UTF-16 units.", format: "int32" }),
  message: text("The problem.", 256),
});

const result = Type.Object({
  severity: Type.Enum(["error", "warning"], { description: "error: the draft cannot be proposed." }),
  source: text("The function of the pipeline, the policy, or Schema.", 256),
  message: text("The result.", 512),
  path: Type.Optional(text("Path in the package.", 1024)),
  line: Type.Optional(Type.Integer({ description: "Line, from 1.", format: "int32" })),
  column: Type.Optional(Type.Integer({ description: "Column, from 1, in UTF-16 units.", format: "int32" })),
  resource: Type.Optional(text("The Kubernetes object, as KIND.GROUP [NAMESPACE/]NAME.", 512)),
  field: Type.Optional(text("The field of the object.", 512)),
});

const status = Type.Object({
  observedGeneration: Type.Optional(
    Type.Integer({
      description: "The generation whose edits are in Git. Absent: there was no edit.",
      format: "int64",
    }),
  ),
  frozen: Type.Optional(
    Type.Boolean({
      description: "True for a proposal or published revision, and by default: the contents cannot be edited.",
    }),
  ),
  attribution: Type.Optional(
    attribution(
      "Set while spec.approval.fourEyes of the Repository requires that each edit names its user in the annotation " +
        "pkg.pkgserver.dev/edited-by. Complete: all edits since the creation do. Partial: earlier ones may not.",
    ),
  ),
  commit: Type.Optional(text("A commit with these contents; on page 1, the newest commit that is shown.", 64)),
  pages: Type.Optional(
    Type.Integer({ description: "Number of pages of the package: NAME, NAME.page-2, ….", format: "int32" }),
  ),
  filesNotShownCount: Type.Optional(
    Type.Integer({ description: "Number of files that stay in Git and are not shown here." }),
  ),
  filesNotShown: Type.Optional(
    Type.Array(fileNotShown, {
      description:
        "The files that are not shown, those that leave the package before others. Edits do not delete them. " +
        "Of very many, the first; a package with more than these is not proposed.",
      maxItems: 250,
    }),
  ),
  executableFilesCount: Type.Optional(
    Type.Integer({ description: "Number of executable files among those that are shown here. Absent: none." }),
  ),
  executableFiles: Type.Optional(
    Type.Array(text("Path in the package.", 1024), {
      description:
        "The executable files among those that are shown here. Of very many, a path that ends in a slash is a folder " +
        "in which all files are executable; ./ is the package. A package with more than fit here is not proposed.",
      maxItems: 250,
    }),
  ),
  fileProblemsCount: Type.Optional(
    Type.Integer({
      description:
        "Number of problems in YAML files (*.yaml, *.yml, Kptfile): what Kubernetes could not read, and what would " +
        "stop the build of the package's target. Absent: none. The files are in Git all the same.",
      format: "int32",
    }),
  ),
  fileProblems: Type.Optional(
    Type.Array(fileProblem, {
      description:
        "The first of the problems, on page 1. Only drafts and proposals are checked; large files a little later.",
      maxItems: 50,
    }),
  ),
  resultsCount: Type.Optional(
    Type.Integer({
      description: "Number of results of the render and the validation. Absent: none.",
      format: "int32",
    }),
  ),
  results: Type.Optional(
    Type.Array(result, {
      description: "The results of the render and the validation of a draft or proposal, on page 1, the worst first.",
      maxItems: 50,
    }),
  ),
  changes: Type.Optional(packageChanges),
  error: Type.Optional(text("The reason why the last edit could not be committed.", 4096)),
});

export type FileProblem = Static<typeof fileProblem>;
export type PackageResult = Static<typeof result>;
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
    "The files of a package revision. They are editable while it is a draft; every edit becomes a commit " +
    "on its branch.",
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
      // Fails closed: contents are frozen unless the operator opened them, also between their creation and their
      // freezing.
      rule:
        "(has(oldSelf.status) && has(oldSelf.status.frozen) && !oldSelf.status.frozen) || self.spec == " +
        "oldSelf.spec",
      fieldPath: ".spec",
      message:
        "the contents are frozen: only a draft can be edited, and none that is being deleted: move a proposal back " +
        "to draft first, or begin a new draft of what is published",
    },
  ],
} as const satisfies KindDefinition;
