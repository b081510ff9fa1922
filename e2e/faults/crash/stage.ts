import { waitUntil } from "../../harness/wait.ts";
import { pushExternally } from "../../testenv/external-push.ts";
import type { Packages } from "../../testenv/packages.ts";
import type { TestEnv } from "../../testenv/testenv.ts";

/** How long one thing may take, through all the kills in its journey and in those beside it. */
export const PATIENCE_MS = 240_000;

/** Where the steps of one journey take place: everything is called after the journey. */
export interface Stage {
  readonly env: TestEnv;
  readonly packages: Packages;
  /** The deployment repository. */
  readonly own: string;
  /** The catalog that a package is cloned from. */
  readonly upstream: string;
}

/** So many refs that they are fetched by pattern, and the mirror is tidied up afterwards. */
const MANY_TAGS = Array.from({ length: 101 }, (_, index) => `release-${index}`);

/** Makes the repositories of a journey on the git server. */
export async function setStage(env: TestEnv, packages: Packages, journey: string): Promise<Stage> {
  const stage = { env, packages, own: journey, upstream: `${journey}-up` };
  await env.git.createRepository(stage.own, { empty: true });
  await env.git.createRepository(stage.upstream);
  const files = { "lib/config.yaml": "kind: ConfigMap\n" };
  await pushExternally(env.git, stage.upstream, { files, tags: ["lib/v1", ...MANY_TAGS] });
  return stage;
}

/** Lets the cluster forget the repositories of a journey: the operator has less to look at when it starts. */
export async function clearStage({ packages, own, upstream }: Stage): Promise<void> {
  for (const name of [own, upstream]) await packages.request("admin", "delete", `repositories/${name}`);
  for (const name of [own, upstream]) await untilNothingIsLeft(packages, name);
}

/** Waits until neither the Repository nor any of its objects is there. */
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

/** Of what is published first. */
export const TAG = "refs/tags/edge1/web/v1";

/** The tag's own object, which nobody has taken away yet. */
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

/** Where main is while it is gone: no branch and no tag. */
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

/** Contents whose owner is gone, as when somebody removes a finalizer by hand: what comes next under that name replaces them. */
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
