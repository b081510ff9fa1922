import { BaseSequencer, type TestSpecification } from "vitest/node";

/** The files that take longest, most of them because they start control planes of their own. */
const LONG = [
  "e2e/policies/missing-policies.e2e.test.ts",
  "e2e/commands/demo.e2e.test.ts",
  "e2e/packages/forged-record.e2e.test.ts",
  "e2e/packages/signed-record.e2e.test.ts",
  "e2e/packages/lost-key.e2e.test.ts",
  "e2e/repositories/history.e2e.test.ts",
  "e2e/repositories/contents-retention.e2e.test.ts",
  "e2e/shipped/docs.e2e.test.ts",
  "e2e/harness/control-plane.e2e.test.ts",
  "e2e/harness/up.e2e.test.ts",
  "src/storage/git/push/push-queue-races.test.ts",
  "src/storage/git/package-store/draft-record.test.ts",
  "src/controllers/package-revision/lifecycle.model.test.ts",
  "src/storage/git/objects/object-reader.test.ts",
];

/**
 * Starts long files first in each project, so that the run does not end with one worker on a long file. Vitest orders
 * files by their last durations, which a fresh clone does not have: then by size, which says little about these.
 */
export class LongFilesFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isLong = ({ moduleId }: TestSpecification) => LONG.some((file) => moduleId.endsWith(`/${file}`));
    const sorted = await super.sort(files);
    const projects = [...new Set(sorted.map(({ project }) => project.name))];
    return projects.flatMap((name) => {
      const own = sorted.filter(({ project }) => project.name === name);
      return [...own.filter(isLong), ...own.filter((one) => !isLong(one))];
    });
  }
}
