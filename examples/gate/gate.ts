/**
 * A gate program: it sets the gate example.com/scanned of every draft and proposal in a namespace. The gate is True if
 * no file names an image with the tag `latest`. Run it as the ServiceAccount of role.yaml:
 *
 *     npm install @kubernetes/client-node
 *     node examples/gate/gate.ts NAMESPACE
 *
 * A verdict names the digest of the contents that were judged, so that it is void as soon as they change. It needs no
 * other state: a program that was restarted judges what has no verdict yet.
 */
import { setTimeout } from "node:timers/promises";
import { CustomObjectsApi, KubeConfig, PatchStrategy, setHeaderOptions, Watch } from "@kubernetes/client-node";

const GATE = "example.com/scanned";
const GROUP = { group: "pkg.pkgserver.dev", version: "v1alpha1" };
/** Lists everything again after this time: contents that were being edited have no further event of their own. */
const WATCH_SECONDS = 30;

interface Metadata {
  readonly name: string;
  readonly generation: number;
  readonly resourceVersion: string;
}
interface Revision {
  readonly metadata: Metadata;
  readonly status?: {
    readonly lifecycle?: string;
    readonly commit?: string;
    readonly contentDigest?: string;
    readonly gates?: readonly { readonly conditionType: string; readonly digest: string }[];
  };
}
interface Page {
  readonly metadata: Metadata;
  readonly spec: { readonly resources?: Readonly<Record<string, string>> };
  readonly status?: { readonly commit?: string; readonly observedGeneration?: number; readonly pages?: number };
}

const [namespace = "default"] = process.argv.slice(2);
const config = new KubeConfig();
config.loadFromDefault();
const api = config.makeApiClient(CustomObjectsApi);

async function readPage(name: string): Promise<Page> {
  const plural = "packagerevisionresourceses";
  return (await api.getNamespacedCustomObject({ ...GROUP, namespace, plural, name })) as Page;
}

/**
 * The files of a commit; undefined while they are being edited. The operator writes page 1 last: with page 1 at the
 * commit, a page that was written before it belongs to the commit, and one that was written later need not.
 */
async function readFiles({
  metadata: { name },
  status,
}: Revision): Promise<Readonly<Record<string, string>> | undefined> {
  const count = (await readPage(name)).status?.pages ?? 1;
  const others: Page[] = [];
  for (let number = 2; number <= count; number++) others.push(await readPage(`${name}.page-${number}`));
  const first = await readPage(name);
  const writtenAt = ({ metadata }: Page) => BigInt(metadata.resourceVersion);
  const belongs = (page: Page) =>
    page.status?.observedGeneration === page.metadata.generation &&
    (page.status.commit === status?.commit || (page !== first && writtenAt(page) < writtenAt(first)));
  if (first.status?.commit !== status?.commit || (first.status?.pages ?? 1) !== count) return undefined;
  if (![first, ...others].every(belongs)) return undefined;
  return Object.assign({}, first.spec.resources, ...others.map((page) => page.spec.resources));
}

async function judge(revision: Revision): Promise<void> {
  const { lifecycle, contentDigest: digest, gates = [] } = revision.status ?? {};
  const isOpen = lifecycle === "draft" || lifecycle === "proposed";
  const isJudged = gates.some((gate) => gate.conditionType === GATE && gate.digest === digest);
  if (!isOpen || digest === undefined || isJudged) return;
  const files = await readFiles(revision);
  if (files === undefined) return;
  const bad = Object.keys(files).filter((path) => /^\s*(- )?image:.*:latest["']?\s*$/m.test(files[path] ?? ""));
  const verdict = {
    conditionType: GATE,
    digest,
    ...(bad.length === 0
      ? { status: "True", reason: "Clean" }
      : {
          status: "False",
          reason: "LatestTag",
          message: `image with the tag latest in ${bad.join(", ")}`.slice(0, 512),
        }),
  };
  const { name } = revision.metadata;
  const body = { apiVersion: `${GROUP.group}/${GROUP.version}`, kind: "PackageRevision", metadata: { name } };
  await api.patchNamespacedCustomObjectStatus(
    {
      ...GROUP,
      namespace,
      plural: "packagerevisions",
      name,
      fieldManager: "scanner",
      force: true,
      body: { ...body, status: { gates: [verdict] } },
    },
    setHeaderOptions("Content-Type", PatchStrategy.ServerSideApply),
  );
  console.log(`${name}: ${verdict.status} for ${digest}`);
}

/** Every package revision, and then every change; one after the other. */
async function watchOnce(): Promise<void> {
  const path = `/apis/${GROUP.group}/${GROUP.version}/namespaces/${namespace}/packagerevisions`;
  let queue = Promise.resolve();
  const { promise: ended, resolve } = Promise.withResolvers<void>();
  const onEvent = (type: string, revision: Revision) => {
    if (type !== "ADDED" && type !== "MODIFIED") return;
    queue = queue.then(() => judge(revision)).catch((error: Error) => console.error(error.message));
  };
  await new Watch(config).watch(path, { timeoutSeconds: WATCH_SECONDS }, onEvent, () => resolve());
  await ended;
  await queue;
}

for (;;) {
  await watchOnce().catch((error: Error) => console.error(error.message));
  await setTimeout(1000);
}
