import type { RepositorySpec } from "../../api/v1alpha1/repository-spec.ts";
import type { RevisionView } from "../revision/observation.ts";
import { publishBlocker } from "../revision/preconditions/publish-preconditions.ts";
import { publishedRef } from "./discovered.ts";
import { aRepository, aRevision, aView, observed } from "./observed.ts";

/** Annotations. */
export const CONFIRM = "pkg.pkgserver.dev/confirm-base";
export const CONFIRMED_BY = "pkg.pkgserver.dev/confirmed-by";

/** What a publication depends on; what is left out allows it. */
export interface PublishFacts {
  readonly approved?: string | undefined;
  readonly by?: string;
  /** Null: unknown. */
  readonly proposer?: string | null;
  readonly view?: Partial<RevisionView>;
  readonly editors?: readonly string[];
  readonly changers?: string;
  readonly attribution?: "Complete" | "Partial" | "none";
  readonly hasUnknownEditors?: boolean;
  readonly repository?: Partial<RepositorySpec>;
  readonly base?: string;
  readonly latest?: string;
  readonly own?: RevisionView["own"];
  readonly confirm?: string;
  readonly confirmer?: string;
  readonly input?: number;
}

/** What holds back the publication. */
export function blockerOf(facts: PublishFacts) {
  const { approved = "approved" in facts ? undefined : "d1", by = "eve", proposer = "ann", editors = [] } = facts;
  const view = aView({
    mainCommit: "m1",
    own: facts.own ?? {},
    ...facts.view,
    ...(facts.latest !== undefined && { latest: publishedRef("dns", facts.latest) }),
  });
  const proposal = {
    digest: "d1",
    commit: "c1",
    ...(proposer !== null && { by: proposer }),
    at: "2025-01-02T03:04:05Z",
  };
  const object = aRevision({
    spec: {
      lifecycle: "published",
      ...(approved !== undefined && { approval: { digest: approved, by } }),
      ...(facts.input !== undefined && { inputs: [{ apiVersion: "v1", kind: "Limit", bytes: facts.input }] }),
    },
    status: {
      lifecycle: "proposed",
      ...(facts.attribution !== "none" && { attribution: facts.attribution ?? "Complete" }),
      proposal,
      base: facts.base === undefined ? {} : { revision: facts.base },
    },
    annotations: {
      ...(facts.confirm !== undefined && { [CONFIRM]: facts.confirm }),
      ...(facts.confirmer !== undefined && { [CONFIRMED_BY]: facts.confirmer }),
      ...(facts.changers !== undefined && { "pkg.pkgserver.dev/changed-by": facts.changers }),
    },
  });
  const repository = aRepository(facts.repository);
  const { hasUnknownEditors = false } = facts;
  return publishBlocker(observed(object, { view, editors, hasUnknownEditors, repository }), view, proposal);
}

export const change = { commit: "c4", author: "zoe", mergeable: true, merged: false };
export const fourEyes = { approval: { fourEyes: true } };
export const outdated: PublishFacts = { base: "v1", latest: "v2", confirm: "v2" };
export const diverged: PublishFacts = { own: { main: "t4", base: "t1", head: "t2" }, confirm: "t4" };
export const reviewed = { repository: fourEyes, editors: ["bob"], changers: "liz" };
