import { BaseSequencer, type TestSpecification } from "vitest/node";

/** The files that take longest on an idle machine, those first. */
const LONG = [
  "e2e/shipped/docs.e2e.test.ts",
  "e2e/policies/missing-policies.e2e.test.ts",
  "e2e/cli/executables.e2e.test.ts",
  "e2e/packages/lost-key.e2e.test.ts",
  "e2e/repositories/contents-retention.e2e.test.ts",
  "e2e/cli/pull-and-push.e2e.test.ts",
  "e2e/cli/deciding.e2e.test.ts",
  "e2e/repositories/history.e2e.test.ts",
  "e2e/commands/demo.e2e.test.ts",
  "e2e/cli/looking.e2e.test.ts",
  "e2e/repositories/ssh.e2e.test.ts",
  "e2e/packages/signed-record.e2e.test.ts",
  "e2e/packages/lifecycle-publish.e2e.test.ts",
  "e2e/operator/controller-manager.e2e.test.ts",
  "e2e/packages/deletion-drafts.e2e.test.ts",
  "e2e/repositories/restore-command.e2e.test.ts",
  "e2e/policies/unchecked-requests.e2e.test.ts",
  "e2e/operator/runtime-stop.e2e.test.ts",
  "src/storage/git/push/push-queue-races.test.ts",
  "src/storage/git/package-store/scale.test.ts",
  "src/storage/git/exec/gitignore.test.ts",
  "src/storage/git/exec/git-memory.test.ts",
  "src/storage/git/many-refs.test.ts",
  "src/storage/git/exec/git-memory-flows.test.ts",
  "src/storage/git/package-store/ref-index.test.ts",
  "src/storage/git/disk/disk-limits.test.ts",
  "src/storage/git/objects/object-reader.test.ts",
];

/**
 * Starts long files first in each project, so that the run does not end with one worker on a long file. Vitest orders
 * files by their last durations, which a fresh clone does not have: then by size, which says little about these.
 */
export class LongFilesFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rankOf = ({ moduleId }: TestSpecification) => LONG.findIndex((file) => moduleId.endsWith(`/${file}`));
    const isLong = (one: TestSpecification) => rankOf(one) >= 0;
    const sorted = await super.sort(files);
    const projects = [...new Set(sorted.map(({ project }) => project.name))];
    return projects.flatMap((name) => {
      const own = sorted.filter(({ project }) => project.name === name);
      const long = own.filter(isLong).sort((a, b) => rankOf(a) - rankOf(b));
      return [...long, ...own.filter((one) => !isLong(one))];
    });
  }
}
