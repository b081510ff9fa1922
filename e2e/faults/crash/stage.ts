import type { PackageVariant } from "../../../src/api/v1alpha1/package-variant.ts";
import type { PackageVariantSet } from "../../../src/api/v1alpha1/package-variant-set.ts";
import { ANNOTATION_ROLLED_OUT } from "../../../src/api/v1alpha1/well-known.ts";
import { waitUntil } from "../../harness/wait.ts";
import { pushExternally } from "../../testenv/external-push.ts";
import type { Packages } from "../../testenv/packages.ts";
import type { TestEnv } from "../../testenv/testenv.ts";

/** Time limit of one step, through all kills in its journey and in concurrent ones. */
export const PATIENCE_MS = 240_000;

/** The repositories of one journey, which are named after it. */
export interface Stage {
  readonly env: TestEnv;
  readonly packages: Packages;
  /** The deployment repository. */
  readonly own: string;
  /** The catalog that a package is cloned from. */
  readonly upstream: string;
}

/** What the objects of a journey say, and the end of the operator's log, for errors. */
export async function describeStage({ env, own, upstream }: Stage): Promise<string> {
  const revisions = (await env.revisions()).filter(({ spec }) => spec.packageRevID.repository === own);
  // Some steps run without a Repository.
  const read = await Promise.allSettled([own, upstream].map(async (name) => await env.repository(name)));
  const repositories = read.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
  const lines = [...repositories, ...revisions, ...(await variantsOf(env, own))].map(({ kind, metadata, status }) => {
    const ready = status?.conditions?.find(({ type }) => type === "Ready");
    const record = metadata.annotations?.[ANNOTATION_ROLLED_OUT];
    return `${kind} ${metadata.name}: ${ready?.reason}: ${ready?.message}${record === undefined ? "" : `: ${record}`}`;
  });
  return [...lines, env.operator.logTail()].join("\n");
}

/** The sets and variants of a journey. */
async function variantsOf(env: TestEnv, own: string): Promise<readonly (PackageVariant | PackageVariantSet)[]> {
  const list = async (kind: string) =>
    (await env.as("admin").getJson<{ readonly items: readonly (PackageVariant | PackageVariantSet)[] }>(kind)).items;
  const all = await Promise.all(["pkgvarset", "pkgvar"].map(list));
  return all.flat().filter(({ metadata }) => metadata.name.startsWith(`${own}-`));
}

/** Enough refs that they are fetched by pattern, and that the mirror is repacked afterwards. */
const MANY_TAGS = Array.from({ length: 101 }, (_, index) => `release-${index}`);

/** Creates the repositories of a journey on the git server. */
export async function setStage(env: TestEnv, packages: Packages, journey: string): Promise<Stage> {
  const stage = { env, packages, own: journey, upstream: `${journey}-up` };
  await env.git.createRepository(stage.own, { empty: true });
  await env.git.createRepository(stage.upstream);
  const files = { "lib/config.yaml": "kind: ConfigMap\n" };
  await pushExternally(env.git, stage.upstream, { files, tags: ["lib/v1", ...MANY_TAGS] });
  return stage;
}

/** Deletes the Repositories of a journey, so that the operator has less work at its start. */
export async function clearStage({ packages, own, upstream }: Stage): Promise<void> {
  for (const name of [own, upstream]) await packages.request("admin", "delete", `repositories/${name}`);
  for (const name of [own, upstream]) await untilNothingIsLeft(packages, name);
}

/** Waits until the Repository and all its objects are gone. */
export async function untilNothingIsLeft(packages: Packages, repository: string): Promise<void> {
  const list = async (kind: string) => (await packages.request("admin", "get", kind)) as unknown as ObjectList;
  const left = async () => {
    const all = await Promise.all(["repositories", "packagerevisions", "packagerevisionresourceses"].map(list));
    const names = all.flatMap(({ items }) => items.map(({ metadata }) => metadata.name));
    return names.filter((name) => name.split(".")[name.includes(".") ? 1 : 0] === repository);
  };
  await waitUntil(`nothing is left of ${repository}`, left, {
    until: (names) => names.length === 0,
    timeoutMs: PATIENCE_MS,
  });
}

interface ObjectList {
  readonly items: readonly { readonly metadata: { readonly name: string } }[];
}

/** The tag of the first publication. */
export const TAG = "refs/tags/edge1/web/v1";

/** The tag object, which still exists when its ref is deleted. */
export async function tagOf({ env, own }: Stage): Promise<string> {
  const objects = await env.git.git(
    own,
    "cat-file",
    "--batch-all-objects",
    "--batch-check=%(objecttype) %(objectname)",
  );
  for (const [, tag = ""] of objects.matchAll(/^tag (.+)$/gm)) {
    if ((await env.git.git(own, "cat-file", "-p", tag)).includes("\ntag edge1/web/v1\n")) return tag;
  }
  throw new Error("the tag of v1 was never made");
}

/** The ref that keeps main's commit while main is deleted: neither a branch nor a tag. */
const KEPT = "refs/kept/main";

export async function loseMain({ env, own }: Stage): Promise<void> {
  const all = await env.git.git(own, "for-each-ref", "--format=%(refname)", "refs/heads/main");
  if (all.trim() === "") return;
  await env.git.git(own, "update-ref", KEPT, "refs/heads/main");
  await env.git.git(own, "update-ref", "-d", "refs/heads/main");
}

export async function putMainBack({ env, own }: Stage): Promise<void> {
  const kept = (await env.git.git(own, "for-each-ref", "--format=%(objectname)", KEPT)).trim();
  if (kept === "") return;
  await env.git.git(own, "update-ref", "refs/heads/main", kept);
  await env.git.git(own, "update-ref", "-d", KEPT);
}

/**
 * Creates contents whose owner is gone, as after a finalizer was removed by hand. The next owner of that name replaces
 * them.
 */
export async function leaveContents({ packages }: Stage, name: string): Promise<void> {
  const kind = { apiVersion: "pkg.pkgserver.dev/v1alpha1", kind: "PackageRevisionResources" };
  const uid = "00000000-0000-0000-0000-000000000000";
  const owner = { apiVersion: kind.apiVersion, kind: "PackageRevision", name, uid };
  const metadata = { name, ownerReferences: [owner] };
  await packages.request("operator", "create", "packagerevisionresourceses", {
    ...kind,
    metadata,
    spec: { resources: {} },
  });
}
