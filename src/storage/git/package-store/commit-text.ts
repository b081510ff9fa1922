import { locatePackage } from "../../../core/identity/location.ts";
import type { Person } from "../../../core/identity/person.ts";
import { authorOf, type CommitSettings, committerOf } from "../../../core/repository/write-settings.ts";
import {
  type CommitMetadata,
  renderCommitMessage,
  renderPlainMessage,
} from "../../../core/revision/commit-trailers.ts";
import { type MessageValues, renderTemplate } from "../../../core/revision/message-template.ts";
import type { RevisionView } from "../../../core/revision/observation.ts";

/** What a commit or tag says about itself. */
export interface StepText {
  /** The default; begins with the verb of the step. */
  readonly subject: string;
  readonly author: Person;
  readonly workspace?: string;
  readonly revision?: string;
}

export interface CommitText {
  readonly message: string;
  readonly author: Person;
  readonly committer: Person;
}

export interface TagText {
  readonly message: string;
  readonly tagger: Person;
}

type RecordedText = Pick<StepText, "subject" | "author">;
type Place = Pick<RevisionView, "repository" | "layout" | "path">;

/** Messages and persons by a Repository's `spec.git.commit`. */
export class CommitTexts {
  readonly #settings: CommitSettings;

  constructor(settings: CommitSettings) {
    this.#settings = settings;
  }

  /** A commit that records a step in trailers. */
  commit(view: Place, step: RecordedText, trailers: CommitMetadata): CommitText {
    return this.#commit(step.author, this.#record(view, step, trailers, this.#settings.messageTemplate));
  }

  /** A commit without trailers; `closing`: see `renderPlainMessage`. */
  plainCommit(view: Place, step: StepText, closing: string): CommitText {
    const lines = this.#lines(view, step, this.#settings.messageTemplate);
    return this.#commit(step.author, renderPlainMessage(lines, closing));
  }

  /** A tag that records a step in trailers. */
  tag(view: Place, step: RecordedText, trailers: CommitMetadata): TagText {
    return this.#tag(step.author, this.#record(view, step, trailers, this.#tagTemplate));
  }

  /** A tag without trailers. */
  plainTag(view: Place, step: StepText, closing: string): TagText {
    return this.#tag(step.author, renderPlainMessage(this.#lines(view, step, this.#tagTemplate), closing));
  }

  get #tagTemplate(): string | undefined {
    return this.#settings.tagMessageTemplate ?? this.#settings.messageTemplate;
  }

  #commit(author: Person, message: string): CommitText {
    return { message, author: authorOf(author, this.#settings), committer: committerOf(this.#settings) };
  }

  #tag(tagger: Person, message: string): TagText {
    return { message, tagger: authorOf(tagger, this.#settings) };
  }

  /** The record names the Repository by whose rules the step was made: the operator signs for all of them. */
  #record(view: Place, step: RecordedText, trailers: CommitMetadata, template: string | undefined): string {
    const { workspace, revision } = trailers;
    const text = { ...step, workspace, ...(revision !== undefined && { revision }) };
    return renderCommitMessage(this.#lines(view, text, template), { ...trailers, repository: view.repository });
  }

  #lines(view: Place, step: StepText, template: string | undefined): string {
    return renderTemplate(template, valuesOf(view, step, authorOf(step.author, this.#settings)));
  }
}

function valuesOf({ repository, layout, path }: Place, step: StepText, { name: user }: Person): MessageValues {
  const { subject, workspace = "", revision = "" } = step;
  const found = locatePackage(layout, path);
  const { target = "", realm = "", package: name } = "problem" in found ? { package: "" } : found;
  return {
    ...{ subject, action: subject.split(" ")[0] ?? "", repository: repository.slice(repository.indexOf("/") + 1) },
    ...{ target, realm, package: name, path, workspace, revision, user },
  };
}
