import fc from "fast-check";

const index = fc.nat(11);
const path = fc.constantFrom("a", "a", "b", "a/sub");
const workspace = fc.constantFrom("one", "two");
const file = fc.constantFrom("f", "g", "d/h", "d", "sub/x");
const flag = fc.boolean();

/** What may happen, as data: `index` means one of those that there are by then. */
const ARBITRARIES = {
  create: fc.record({ path, workspace, from: fc.constantFrom("nothing", "init", "a", "b", "own-main") }),
  edit: fc.record({ index, file }),
  editByOther: fc.record({ index, file }),
  removeFile: fc.record({ index, file }),
  setLifecycle: fc.record({ index, proposed: flag }),
  rebase: fc.record({ index }),
  approve: fc.record({ index }),
  misapprove: fc.record({ index }),
  /** Proposed, looked at, approved: so that what comes after a publication is met as often as what comes before. */
  publish: fc.record({ index }),
  /** From nothing to a tag. */
  release: fc.record({ path, workspace, file }),
  /** From a tag to a tombstone. */
  unrelease: fc.record({ index }),
  proposeDeletion: fc.record({ index, proposed: flag }),
  delete: fc.record({ index }),
  /** With the branch, whoever has pushed to it. */
  deleteWithBranch: fc.record({ index }),
  label: fc.record({ index }),
  /** Puts a draft into the one release that there is, or takes it out. */
  join: fc.record({ index, member: flag }),
  /** Drafts of two packages in it, which are proposed, looked at, approved: with all other members, or without. */
  publishTogether: fc.record({ workspace, all: flag }),
  input: fc.record({ index }),
  gate: fc.record({ index }),
  judge: fc.record({ index, passed: flag }),
  confirmBase: fc.record({ index }),
  confirmHistory: fc.record({ index }),
  confirmMain: fc.record({}),
  pushMain: fc.record({ path, file }),
  undoOnMain: fc.record({}),
  pushBranch: fc.record({ index, file }),
  /** A file that is in no package. */
  pushOutside: fc.record({ index }),
  newBranch: fc.record({ path, workspace, file, kptfile: flag }),
  mergeMain: fc.record({ index }),
  mergeBranch: fc.record({ index }),
  rewriteBranch: fc.record({ index, back: fc.integer({ min: 1, max: 3 }) }),
  rewriteMain: fc.record({ back: fc.integer({ min: 1, max: 3 }) }),
  deleteMain: fc.record({}),
  tag: fc.record({
    path,
    revision: fc.constantFrom("v1", "v2", "v3", "v2.1.0"),
    onMain: flag,
    index,
    /** A lightweight tag, one with a message that the operator wrote, or a tag object of the operator. */
    as: fc.constantFrom("plain", "forged", "replayed"),
  }),
  moveTag: fc.record({ index }),
  deleteTag: fc.record({ index }),
  undelete: fc.record({ index }),
  deleteBranch: fc.record({ index }),
  step: fc.record({ index, halts: fc.integer({ min: 1, max: 12 }) }),
  sync: fc.record({}),
  settle: fc.record({}),
  crash: fc.record({ disk: flag }),
  backup: fc.record({}),
  restore: fc.record({}),
} as const;

export type Kind = keyof typeof ARBITRARIES;
export type ParametersOf<K extends Kind> = (typeof ARBITRARIES)[K] extends fc.Arbitrary<infer T> ? T : never;
/** One thing that happens. */
export type Command = { readonly [K in Kind]: readonly [kind: K, parameters: ParametersOf<K>] }[Kind];

/** How often: a history in which nothing is ever published tells nothing. */
const WEIGHTS: Partial<Record<Kind, number>> = {
  create: 8,
  edit: 10,
  editByOther: 4,
  setLifecycle: 10,
  approve: 12,
  publish: 8,
  release: 8,
  unrelease: 5,
  deleteTag: 2,
  moveTag: 2,
  proposeDeletion: 4,
  delete: 3,
  confirmBase: 3,
  rebase: 4,
  join: 4,
  publishTogether: 6,
  pushMain: 4,
  pushBranch: 4,
  pushOutside: 2,
  step: 16,
  sync: 4,
  settle: 8,
  crash: 5,
  backup: 2,
  restore: 2,
};

const command: fc.Arbitrary<Command> = fc.oneof(
  ...(Object.keys(ARBITRARIES) as Kind[]).map((kind) => ({
    weight: WEIGHTS[kind] ?? 1,
    arbitrary: (ARBITRARIES[kind] as fc.Arbitrary<unknown>).map(
      (parameters) => [kind, parameters] as unknown as Command,
    ),
  })),
);

export const history: fc.Arbitrary<readonly Command[]> = fc.array(command, { maxLength: 60, size: "max" });
