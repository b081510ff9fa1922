import { type Static, Type } from "typebox";
import { text } from "../schema/schema.ts";
import { folder } from "./package-identity.ts";

const count = (description: string) => Type.Integer({ description, format: "int32" });

const ref = Type.Object(
  {
    apiVersion: text("The API group and version; of what rules of roles name, the version is *.", 253),
    kind: text("The kind.", 253),
  },
  { description: "What is needed." },
);

const files = Type.Array(text("Path in the package; spec.inputs for an input.", 1024), {
  description: "The first files that need it.",
  maxItems: 8,
});

const problem = Type.Object({
  ref: Type.Optional(ref),
  reason: text("What is wrong, as a sentence.", 1024),
  files: Type.Optional(files),
});

const provider = Type.Object({
  target: Type.Optional(folder("The target that has the package. Absent: it is of a catalog, and to be added.")),
  repository: text("Its Repository.", 63),
  realm: Type.Optional(folder("Its realm.", 1024)),
  package: folder("Its name."),
  revision: folder("Its published revision."),
});

const dependency = Type.Object({
  type: Type.Enum(["core", "package"], { description: "core: Kubernetes has it. package: a package has it." }),
  ref,
  packageDependencies: Type.Optional(Type.Array(provider, { description: "The package that has it.", maxItems: 8 })),
  files: Type.Optional(files),
});

/** At most 6 KiB: of each list the first, all are counted. */
export const packageDependencies = Type.Object(
  {
    error: Type.Optional(text("The first error, with the number of all. Absent: there is none.", 1024)),
    errors: Type.Optional(
      Type.Array(problem, { description: "The first errors, those of the package itself first.", maxItems: 32 }),
    ),
    errorCount: Type.Optional(count("Number of all errors.")),
    warnings: Type.Optional(Type.Array(problem, { description: "The first warnings.", maxItems: 16 })),
    warningCount: Type.Optional(count("Number of all warnings.")),
    missing: Type.Optional(
      Type.Array(text("A package of a catalog with its revision, and others that have the same.", 2048), {
        description: "The first packages that are to be added to the target, those first that others need.",
        maxItems: 32,
      }),
    ),
    missingCount: Type.Optional(count("Number of all packages that are to be added to the target.")),
    dependencies: Type.Optional(
      Type.Array(dependency, {
        description: "What the package needs and what has it: first what is to be added, last what Kubernetes has.",
        maxItems: 64,
      }),
    ),
    dependencyCount: Type.Optional(count("Number of all entries of dependencies.")),
  },
  {
    description:
      "What a draft or proposal needs of other packages, by the published revisions of the namespace. Absent: nothing, " +
      "or it is not known yet. At most 6 KiB.",
  },
);

export type PackageDependenciesStatus = Static<typeof packageDependencies>;
