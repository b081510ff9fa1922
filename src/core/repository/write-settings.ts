import type { RepositorySpec } from "../../api/v1alpha1/repository-spec.ts";
import { OPERATOR, type Person, withDomain } from "../identity/person.ts";
import { templateProblem } from "../revision/message-template.ts";

/** How a Repository wants to be written to. */
export interface WriteSettings {
  /** The most tags that one push creates and deletes; absent: any number. */
  readonly maxTags?: number;
  readonly commit: CommitSettings;
}

/** `spec.git.commit`: what rules of a host are about. */
export type CommitSettings = NonNullable<NonNullable<RepositorySpec["git"]>["commit"]>;

export function writeSettingsOf({ git }: RepositorySpec): WriteSettings {
  const maxTags = git?.push?.maxTags;
  return { ...(maxTags !== undefined && { maxTags }), commit: git?.commit ?? {} };
}

/** The committer of all commits. */
export function committerOf({ committer, emailDomain }: CommitSettings): Person {
  return committer ?? withDomain(OPERATOR, emailDomain);
}

/** A person as the author of a commit or tag: who did what no known user requested is the committer. */
export function authorOf(person: Person, settings: CommitSettings): Person {
  const isOperator = person.name === OPERATOR.name && person.email === OPERATOR.email;
  return isOperator ? committerOf(settings) : withDomain(person, settings.emailDomain);
}

/** Why a template cannot be used; undefined: none is there, or all can. */
export function commitSettingsProblem(settings: CommitSettings = {}): string | undefined {
  for (const field of ["messageTemplate", "tagMessageTemplate"] as const) {
    const template = settings[field];
    const problem = template === undefined ? undefined : templateProblem(template);
    if (problem !== undefined) return `spec.git.commit.${field}: ${problem}`;
  }
  return undefined;
}
