import type { PackageRevision } from "../../src/api/v1alpha1/package-revision.ts";
import { ANNOTATION_SCHEDULED_FOR } from "../../src/api/v1alpha1/well-known.ts";
import { packageKey } from "../../src/controllers/package-revision/indexes.ts";
import { WORKSPACE } from "../../src/core/dependencies/scheduled-draft.ts";
import { isPublished } from "../../src/core/variants/observation.ts";
import type { ClusterView, Violation } from "./observation.ts";
import { keyOf } from "./situation.ts";

/**
 * 9: drafts that were made for others are known to these, as long as they are drafts or proposals, and are the only
 * ones of their packages that were made so.
 */
export function checkSchedule({ revisions }: Pick<ClusterView, "revisions">): readonly Violation[] {
  const made = revisions.filter((one) => causeOf(one) !== undefined);
  const violation = (one: PackageRevision, message: string): Violation => {
    return { invariant: 9, subject: keyOf(one), message };
  };
  const open = Map.groupBy(
    made.filter((one) => !isPublished(one)),
    packageKey,
  );
  return [
    ...made.flatMap((one) => {
      const { namespace } = one.metadata;
      const cause = revisions.find(
        ({ metadata }) => metadata.namespace === namespace && metadata.name === causeOf(one),
      );
      // It may be a later object of the name; a published one remembers nothing.
      const isOpen = cause !== undefined && !isPublished(cause) && cause.spec.lifecycle === "proposed";
      const isKnown = cause?.status?.scheduled?.includes(one.metadata.name) === true;
      return isOpen && !isKnown ? [violation(one, `was made for ${causeOf(one)}, whose status does not have it`)] : [];
    }),
    ...made.flatMap((one) => {
      const { workspace } = one.spec.packageRevID;
      return workspace === WORKSPACE ? [] : [violation(one, `was made for another one in workspace ${workspace}`)];
    }),
    ...[...open.values()].flatMap(([first, ...rest]) => {
      return rest.map((one) => violation(one, `was made beside ${first?.metadata.name}, of the same package`));
    }),
  ];
}

function causeOf({ metadata }: PackageRevision): string | undefined {
  return metadata.annotations?.[ANNOTATION_SCHEDULED_FOR];
}
