import { asPartialMetadata, type KubeObject } from "../../api/meta.ts";
import { packageContents } from "../../api/resources.ts";
import type { PackageRevision } from "../../api/v1alpha1/package-revision.ts";
import { ANNOTATION_CHANGED_BY, ANNOTATION_EDITED_BY, ANNOTATION_PROPOSED_BY } from "../../api/v1alpha1/well-known.ts";
import { pageOwner } from "../../core/identity/names.ts";
import { asRecorded, recordedNames } from "../../core/identity/recorded-names.ts";
import type { Cluster } from "../context.ts";

/**
 * Tells the package revisions that a user has created, changed, edited or proposed, as the API has recorded it. Edits
 * of files are recorded in their contents objects, whose metadata are listed once.
 * @param namespace all namespaces if undefined
 */
export async function findMine(
  { client, whoami }: Cluster,
  namespace: string | undefined,
): Promise<(revision: KubeObject) => boolean> {
  const [me, { items }] = await Promise.all([
    whoami().then(asRecorded),
    client.list(asPartialMetadata(packageContents), { namespace }),
  ]);
  const edited = items.filter((page) => namesIn(page, ANNOTATION_EDITED_BY).includes(me));
  const keys = new Set(edited.map(({ metadata }) => keyOf(metadata.namespace, pageOwner(metadata.name ?? ""))));
  return (one) =>
    keys.has(keyOf(one.metadata.namespace, one.metadata.name ?? "")) ||
    namesIn(one, ANNOTATION_CHANGED_BY).includes(me) ||
    namesIn(one, ANNOTATION_PROPOSED_BY).includes(me) ||
    (one as PackageRevision).status?.proposal?.by === me;
}

function namesIn({ metadata }: KubeObject, annotation: string): readonly string[] {
  return recordedNames(metadata.annotations?.[annotation]);
}

function keyOf(namespace: string | undefined, name: string): string {
  return `${namespace}/${name}`;
}
