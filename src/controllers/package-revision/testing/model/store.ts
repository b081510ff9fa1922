import type { Oid } from "../../../../core/identity/oid.ts";
import { GitPackageStore } from "../../../../storage/git/package-store/package-store.ts";
import { REPOSITORY } from "./api.ts";
import { MAIN, type ModelMirror } from "./mirror.ts";
import { LAYOUT } from "./paths.ts";
import { ModelWriter } from "./writer.ts";

/**
 * The production store on a mirror of the model that has been fetched.
 * @param followed how far main was followed before, as the cluster has it
 */
export async function openModelStore(mirror: ModelMirror, followed?: Oid): Promise<GitPackageStore> {
  const writer = new ModelWriter(mirror);
  const names = { repository: `default/${REPOSITORY}`, uid: REPOSITORY, layout: LAYOUT, mainRef: MAIN };
  return await GitPackageStore.open({ ...names, mirror, writer, followed, onChanged: () => {} });
}
