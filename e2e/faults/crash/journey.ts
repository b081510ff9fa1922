import { waitUntil } from "../../harness/wait.ts";
import { lookAt } from "../../world/git-look.ts";
import { nameOf, type PackageID, type Packages } from "../../world/packages.ts";
import { pushAsSomebody } from "../../world/somebody.ts";
import type { World } from "../../world/world.ts";

/** Where the steps of one journey take place: everything is called after the journey. */
export interface Stage {
  readonly world: World;
  readonly packages: Packages;
  /** The deployment repository. */
  readonly own: string;
  /** The catalog that a package is cloned from. */
  readonly upstream: string;
}

/** What a user does, and waits for. It is done again where it is refused, and only there. */
export interface Step {
  readonly name: string;
  act(stage: Stage): Promise<unknown>;
  /** Waits until it is done. */
  done(stage: Stage): Promise<unknown>;
}

const id = ({ own }: Stage, name: string, workspace: string): PackageID => ({
  target: "edge1",
  repository: own,
  package: name,
  workspace,
});
const web = (stage: Stage, workspace: string) => nameOf(id(stage, "web", workspace));
const becomes = (workspace: string, reason: string) => async (stage: Stage) =>
  await stage.packages.waitForReason(web(stage, workspace), reason);
const acknowledged = (workspace: string) => async (stage: Stage) =>
  await stage.packages.acknowledged(web(stage, workspace));
const edit = (workspace: string, files: Readonly<Record<string, string | null>>) => async (stage: Stage) =>
  await stage.packages.edit(web(stage, workspace), files);
const wish = (workspace: string, lifecycle: Parameters<Packages["wish"]>[1], user?: "bob") => async (stage: Stage) =>
  await stage.packages.wish(web(stage, workspace), lifecycle, user);
const clone = (repository: string, name: string, target?: string) => ({
  spec: {
    tasks: [{ type: "clone" }],
    upstream: { ...(target !== undefined && { target }), repository, package: name, revision: "v1" },
  },
});

/** So many refs that they are fetched by pattern, and the mirror is tidied up afterwards. */
const MANY_TAGS = Array.from({ length: 101 }, (_, index) => `release-${index}`);

/** Makes the repositories of a journey on the git server. */
export async function setStage(world: World, packages: Packages, journey: string): Promise<Stage> {
  const stage = { world, packages, own: journey, upstream: `${journey}-up` };
  await world.git.createRepository(stage.own, { empty: true });
  await world.git.createRepository(stage.upstream);
  const files = { "lib/config.yaml": "kind: ConfigMap\n" };
  await pushAsSomebody(world.git, stage.upstream, { files, tags: ["lib/v1", ...MANY_TAGS] });
  return stage;
}

/** Lets the cluster forget the repositories of a journey: the operator has less to look at when it starts. */
export async function clearStage({ packages, own, upstream }: Stage): Promise<void> {
  for (const name of [own, upstream]) await packages.ask("admin", "delete", `repositories/${name}`);
  for (const name of [own, upstream]) await untilNothingIsLeft(packages, name);
}

/** Has the cluster read the repositories of a journey that was made once more. */
export async function returnTo(stage: Stage): Promise<void> {
  for (const name of ["register a catalog", "register again"]) {
    const step = JOURNEY.find((one) => one.name === name);
    await step?.act(stage);
    await step?.done(stage);
  }
}

/** Waits until neither the Repository nor any of its objects is there. */
async function untilNothingIsLeft(packages: Packages, repository: string): Promise<void> {
  const list = async (kind: string) => (await packages.ask("admin", "get", kind)) as unknown as ObjectList;
  const left = async () => {
    const all = await Promise.all(["repositories", "packagerevisions", "packagerevisionresourceses"].map(list));
    const names = all.flatMap(({ items }) => items.map(({ metadata }) => metadata.name));
    return names.filter((name) => name.split(".")[name.includes(".") ? 1 : 0] === repository);
  };
  await waitUntil(`nothing is left of ${repository}`, left, { until: (names) => names.length === 0 });
}

interface ObjectList {
  readonly items: readonly { readonly metadata: { readonly name: string } }[];
}

const TAG = "refs/tags/edge1/web/v1";

/** The tag's own object, which nobody has taken away yet. */
async function tagOf({ world, own }: Stage): Promise<string> {
  const objects = await world.git.git(
    own,
    "cat-file",
    "--batch-all-objects",
    "--batch-check=%(objecttype) %(objectname)",
  );
  for (const [, tag = ""] of objects.matchAll(/^tag (.+)$/gm)) {
    if ((await world.git.git(own, "cat-file", "-p", tag)).includes("\ntag edge1/web/v1\n")) return tag;
  }
  throw new Error("the tag of v1 was never made");
}

async function isShown(stage: Stage, text: string): Promise<void> {
  await waitUntil("what others pushed is shown", async () => {
    const { spec, status, metadata } = await stage.packages.contents(web(stage, "ws3"));
    return spec.resources?.["a.yaml"] === text && status?.observedGeneration === metadata.generation;
  });
}

/** Contents whose owner is gone, as when somebody removes a finalizer by hand: what comes next under that name replaces them. */
async function leaveContents({ packages }: Stage, name: string): Promise<void> {
  const kind = { apiVersion: "pkg.pkgserver.dev/v1alpha1", kind: "PackageRevisionResources" };
  const uid = "00000000-0000-0000-0000-000000000000";
  const owner = { apiVersion: kind.apiVersion, kind: "PackageRevision", name, uid };
  const metadata = { name, ownerReferences: [owner] };
  await packages.ask("operator", "create", "packagerevisionresourceses", {
    ...kind,
    metadata,
    spec: { resources: {} },
  });
}

export const JOURNEY: readonly Step[] = [
  {
    name: "register a catalog",
    act: async ({ world, upstream }) => await world.applyRepository(upstream),
    done: async ({ world, packages, upstream }) => {
      await world.waitForRepository(upstream, "Synced");
      await packages.waitForReason(`catalog.${upstream}.lib.v1`, "Published");
    },
  },
  {
    name: "register an empty repository",
    act: async ({ world, own }) => await world.applyRepository(own, { deployment: true }),
    done: async ({ world, own }) => await world.waitForRepository(own, "Synced"),
  },
  {
    name: "start",
    act: async (stage) => await stage.packages.create(id(stage, "web", "ws1"), { spec: { tasks: [{ type: "init" }] } }),
    done: becomes("ws1", "Draft"),
  },
  { name: "edit", act: edit("ws1", { "a.yaml": "a: 1\n" }), done: acknowledged("ws1") },
  {
    name: "edit again",
    act: edit("ws1", { "a.yaml": "a: 2\n", "b.yaml": "b: 1\n", "README.md": null }),
    done: acknowledged("ws1"),
  },
  {
    name: "lose the owner",
    act: async (stage) => {
      const { metadata, ...object } = await stage.packages.contents(web(stage, "ws1"));
      const { ownerReferences: _, ...rest } = metadata;
      await stage.packages.replace({ ...object, metadata: rest, spec: { resources: { "a.yaml": "a: 3\n" } } });
    },
    done: async (stage) => {
      const { metadata } = await stage.packages.acknowledged(web(stage, "ws1"));
      if (metadata.ownerReferences?.length !== 1) throw new Error("its owner is not back");
    },
  },
  {
    name: "label",
    act: async (stage) => await stage.packages.patch(web(stage, "ws1"), { metadata: { labels: { team: "a" } } }),
    done: async ({ world, own }) =>
      await waitUntil("the label is in Git", async () =>
        (await lookAt(world.git, own)("log", "-1", "--format=%s", "edge1/web/ws1")).startsWith("Update"),
      ),
  },
  { name: "propose", act: wish("ws1", "proposed"), done: becomes("ws1", "Proposed") },
  { name: "withdraw", act: wish("ws1", "draft"), done: becomes("ws1", "Draft") },
  { name: "propose again", act: wish("ws1", "proposed"), done: becomes("ws1", "Proposed") },
  { name: "publish", act: wish("ws1", "published", "bob"), done: becomes("ws1", "Published") },
  {
    name: "clone the first",
    act: async (stage) => await stage.packages.create(id(stage, "web", "ws2"), clone(stage.own, "web", "edge1")),
    done: becomes("ws2", "Draft"),
  },
  { name: "edit the second", act: edit("ws2", { "a.yaml": "a: 4\n" }), done: acknowledged("ws2") },
  { name: "propose the second", act: wish("ws2", "proposed"), done: becomes("ws2", "Proposed") },
  { name: "publish the second", act: wish("ws2", "published", "bob"), done: becomes("ws2", "Published") },
  {
    name: "clone from the catalog",
    act: async (stage) => {
      await leaveContents(stage, nameOf(id(stage, "copy", "ws1")));
      await stage.packages.create(id(stage, "copy", "ws1"), clone(stage.upstream, "lib"));
    },
    done: async (stage) => await stage.packages.waitForReason(nameOf(id(stage, "copy", "ws1")), "Draft"),
  },
  {
    name: "delete a draft",
    act: async (stage) => await stage.packages.delete(nameOf(id(stage, "copy", "ws1"))),
    done: async (stage) => await stage.packages.gone(nameOf(id(stage, "copy", "ws1"))),
  },
  { name: "propose the deletion", act: wish("ws2", "deletionProposed"), done: becomes("ws2", "DeletionProposed") },
  {
    name: "delete the second",
    act: async (stage) => await stage.packages.delete(web(stage, "ws2"), "bob"),
    done: async (stage) => {
      await stage.packages.gone(web(stage, "ws2"));
      await becomes("ws1", "Published")(stage);
    },
  },
  {
    name: "see a branch of others",
    act: async ({ world, own }) => {
      const files = { "edge1/web/a.yaml": "a: 5\n" };
      await pushAsSomebody(world.git, own, { branch: "edge1/web/ws3", from: "refs/heads/main", files });
    },
    done: async (stage) => {
      await stage.world.sync(stage.own);
      await becomes("ws3", "Draft")(stage);
    },
  },
  {
    name: "see a commit of others",
    act: async ({ world, own }) => {
      const files = { "edge1/web/a.yaml": "a: 6\n" };
      await pushAsSomebody(world.git, own, { branch: "edge1/web/ws3", files });
    },
    done: async (stage) => {
      await stage.world.sync(stage.own);
      await isShown(stage, "a: 6\n");
    },
  },
  { name: "propose what others began", act: wish("ws3", "proposed"), done: becomes("ws3", "Proposed") },
  {
    name: "see a proposal void",
    act: async ({ world, own }) => {
      const files = { "edge1/web/a.yaml": "a: 7\n" };
      await pushAsSomebody(world.git, own, { branch: "edge1/web/ws3", files });
    },
    done: async (stage) => {
      await stage.world.sync(stage.own);
      await isShown(stage, "a: 7\n");
      await becomes("ws3", "Draft")(stage);
    },
  },
  {
    name: "see a tag gone",
    act: async ({ world, own }) => await world.git.git(own, "update-ref", "-d", TAG),
    done: async (stage) => {
      await stage.world.sync(stage.own);
      await becomes("ws1", "TagMissing")(stage);
    },
  },
  {
    name: "see a tag come back",
    act: async (stage) => await stage.world.git.git(stage.own, "update-ref", TAG, await tagOf(stage)),
    done: async (stage) => {
      await stage.world.sync(stage.own);
      await becomes("ws1", "Published")(stage);
    },
  },
  {
    name: "unregister",
    act: async ({ packages, own }) => await packages.ask("admin", "delete", `repositories/${own}`),
    done: async ({ packages, own }) => await untilNothingIsLeft(packages, own),
  },
  {
    name: "register again",
    act: async ({ world, own }) => await world.applyRepository(own, { deployment: true }),
    done: async (stage) => {
      await becomes("ws1", "Published")(stage);
      await becomes("ws3", "Draft")(stage);
      await acknowledged("ws3")(stage);
      await stage.world.waitForRepository(stage.own, "Synced");
    },
  },
];
