import type { Push } from "./external-push.ts";

/** A generated catalog in the shape of a real one, and the results that discovery must have. */
export interface SampleCatalog {
  readonly pushes: readonly Push[];
  /** Number of package revisions, drafts included. */
  readonly objects: number;
  /** Fields of the Repository's status. */
  readonly counts: Readonly<Record<"packages" | "revisions" | "drafts" | "skippedCount", number>>;
  /** Reason → number of refs that are skipped for it. */
  readonly reasons: Readonly<Record<string, number>>;
}

const below = ["cert-manager", "controllers", "controllers/app", "controllers/crd", "network", "network/app"];
const alone = ["infra/capi/cluster", "infra/capi/kind", "nf/operators/free", "optional/porch"];
const nestedPackages = ["distros/mgmt", ...below.map((name) => `distros/mgmt/${name}`), ...alone];

function filesOf(text: string): Readonly<Record<string, string>> {
  const dashboard = (index: number) => [
    `distros/mgmt/dashboards/d${index + 10}.json`,
    `"${text}${"x".repeat(110_000)}"\n`,
  ];
  return Object.fromEntries([
    ...nestedPackages.map((path) => [`${path}/README.md`, `${path} ${text}\n`]),
    ...Array.from({ length: 16 }, (_, index) => dashboard(index)),
  ]);
}

/**
 * A distribution: packages in three levels, released together as `v2.0.0` and `v3.0.0`, one of them over a megabyte;
 * release branches and tags of the whole repository, and tags of packages that have moved since.
 */
export const nestedCatalog: SampleCatalog = {
  pushes: [
    { files: filesOf("two"), tags: nestedPackages.map((path) => `${path}/v2.0.0`) },
    {
      files: filesOf("three"),
      tags: [...nestedPackages.map((path) => `${path}/v3.0.0`), "v3.0.0", "Release4"],
      annotated: ["infra/gone/v3.0.0", "infra/gone/also/v3.0.0"],
    },
    ...["R3", "v3.0.0", "v6", "revert-31-release_prep"].map((branch) => ({
      branch,
      from: "refs/heads/main",
      files: { "distros/mgmt/README.md": `${branch}\n` },
    })),
    { branch: "distros/mgmt/tuning", from: "refs/heads/main", files: { "distros/mgmt/README.md": "tuned\n" } },
    // A commit on main that is not tagged yet.
    { files: { "distros/mgmt/network/README.md": "not released yet\n" } },
  ],
  objects: 2 * nestedPackages.length + 1,
  counts: { packages: nestedPackages.length, revisions: 2 * nestedPackages.length, drafts: 1, skippedCount: 8 },
  reasons: { FolderMissing: 2, NoPackagePath: 1, NotADraft: 4, NotARevision: 1 },
};

/** A product's packages at the top of the tree, with a history of `v1`, `v2`, …, and branches of other work. */
export const freeLikeCatalog: SampleCatalog = {
  pushes: [
    ...[1, 2, 3, 4, 5].map((version) => ({
      files: { "free-cp/cp.yaml": `v: ${version}\n`, "free-upf/upf.yaml": `v: ${version}\n` },
      tags: [`free-cp/v${version}`],
      annotated: [`free-upf/v${version}`],
    })),
    { tags: ["v1.0.0", "v1.0.1", "v1.0.1-beta.1"] },
    { branch: "dependency", from: "refs/heads/main", files: { "free-cp/cp.yaml": "dependency\n" } },
    { branch: "free-cp/fix-names", from: "refs/heads/main", files: { "free-cp/cp.yaml": "fixed\n" } },
  ],
  objects: 11,
  counts: { packages: 2, revisions: 10, drafts: 1, skippedCount: 4 },
  reasons: { NoPackagePath: 2, NotADraft: 1, NotARevision: 1 },
};
