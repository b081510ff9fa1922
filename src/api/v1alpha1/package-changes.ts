import { type Static, Type } from "typebox";
import { text } from "../schema/schema.ts";

const count = (description: string) => Type.Integer({ description, format: "int32" });

function resourceName(description: string) {
  return Type.Object(
    {
      apiVersion: text("apiVersion of the object.", 253),
      kind: text("Its kind.", 253),
      namespace: Type.Optional(text("Its namespace.", 253)),
      name: text("Its name; empty for one that has none.", 253),
    },
    { description },
  );
}

const fieldChange = Type.Object({
  field: text("The field, such as spec.template.spec.containers[name=web].image.", 512),
  before: Type.Optional(text("JSON of the value before. Absent: there was no such field.", 256)),
  after: Type.Optional(text("JSON of the value now.", 256)),
  isOrder: Type.Optional(
    Type.Boolean({ description: "True if only the order of a list differs: the values are the keys of its items." }),
  ),
  isSecret: Type.Optional(Type.Boolean({ description: "True for a value of a Secret, which is left out." })),
  isCut: Type.Optional(Type.Boolean({ description: "True if a value is cut off, with … in its place." })),
});

const resourceChange = Type.Object({
  kind: Type.Enum(["added", "changed", "removed"], { description: "What became of the object." }),
  resource: resourceName("The object, as it is now."),
  file: text("Path in the package.", 1024),
  was: Type.Optional(resourceName("What it was called before, if that differs.")),
  fields: Type.Optional(
    Type.Array(fieldChange, { description: "The first fields of a changed object that differ.", maxItems: 20 }),
  ),
  fieldCount: Type.Optional(count("Number of all fields that differ.")),
});

const risk = Type.Object({
  mark: text("What the risk is, such as ClusterWideRights or PrivilegedContainer.", 64),
  file: text("Path in the package.", 1024),
  resource: Type.Optional(resourceName("The object. Absent for a file that holds none.")),
  field: Type.Optional(text("The field of the object.", 512)),
  message: text("The risk as a clause, such as: web runs privileged.", 512),
});

const fileChange = Type.Object({
  kind: Type.Enum(["added", "changed", "removed", "renamed"], { description: "What became of the file." }),
  path: text("Path in the package.", 1024),
  was: Type.Optional(text("The path before, of a renamed file.", 1024)),
});

/** At most 48 KiB: of each list the first, all are counted. */
export const packageChanges = Type.Object(
  {
    summary: text("One line, such as +3 ~2 -1 resources; 2 risks.", 256),
    risks: Type.Array(risk, { description: "The first risks, the worst first.", maxItems: 500 }),
    riskCount: count("Number of all risks."),
    resources: Type.Array(resourceChange, { description: "The first objects that differ, by file.", maxItems: 500 }),
    resourceCount: count("Number of all objects that differ."),
    files: Type.Array(fileChange, { description: "The first files that differ, by path.", maxItems: 1000 }),
    fileCount: count("Number of all files that differ."),
    unreadCount: count("Number of YAML files whose objects were not compared: they cannot be read, or are too large."),
    otherFileCount: Type.Optional(
      count(
        "Number of files in which something differs, or may differ, that is not in resources: files that are no YAML, " +
          "or have more than objects, objects that are in another file now, and objects of one kind and name in another " +
          "order. Comments do not count.",
      ),
    ),
    isImageVersions: Type.Optional(
      Type.Boolean({
        description:
          "True if nothing differs but tags and digests of images that containers had before, and nothing of that is " +
          "a risk. Absent: false.",
      }),
    ),
    diff: Type.Optional(
      Type.String({
        description: "A unified diff of the first files. Absent for the first revision of a package.",
        maxLength: 49152,
      }),
    ),
    undiffedCount: count("Number of files of which the diff has not all lines."),
  },
  {
    description:
      "What a proposal changes against the published revision that it began from, for reviewers, on page 1. At most " +
      "48 KiB. A draft may have it as well.",
  },
);

export type PackageChanges = Static<typeof packageChanges>;
