import lifecycles from "./api-lifecycles.json" with { type: "json" };
import { cut, type SchemaProblem } from "./schema-problems.ts";
import { isBuiltInGroup, KUBERNETES_RELEASE } from "./schema-set.ts";

/** Releases such as `1.25`. `removed`: the first release without it. */
interface Lifecycle {
  readonly introduced: string;
  readonly deprecated?: string;
  readonly removed?: string;
  /** The apiVersion of the kind that takes its place; absent if nothing does. */
  readonly replacement?: string;
}

type Described = Pick<SchemaProblem, "severity" | "message">;

/** By `apiVersion/kind`: what `make schemas` takes from the code of Kubernetes; from older code for what is gone. */
const LIFECYCLES: ReadonlyMap<string, Lifecycle> = new Map(Object.entries(lifecycles));
/** Since this release, APIs in beta are off by default. */
const BETA_IS_OFF = "1.24";

const RELEASE = /^v?(1\.[0-9]{1,3})(?:\.[0-9]{1,5}(?:[-+][-+.0-9A-Za-z]{0,100})?)?$/;

/** `v1.31.4` → `1.31`; undefined for what is no version of Kubernetes. */
export function parseRelease(version: string): string | undefined {
  return RELEASE.exec(version)?.[1];
}

/**
 * What a release of Kubernetes says of one of its own APIs: it is gone, not there yet, or deprecated. Undefined for
 * APIs that it serves, and for those of others.
 */
export function describeLifecycle(apiVersion: string, kind: string, release: string): Described | undefined {
  const lifecycle = LIFECYCLES.get(`${apiVersion}/${kind}`);
  if (lifecycle === undefined) return undefined;
  const { introduced, deprecated, removed } = lifecycle;
  if (isSince(release, removed)) {
    const message = `Kubernetes ${removed} has removed ${kind} from ${apiVersion}: ${adviceOf(lifecycle, kind, release)}`;
    return { severity: "error", message };
  }
  if (!isSince(release, introduced)) {
    const message = `Kubernetes ${release} has no ${kind} in ${apiVersion}: it comes with ${introduced}`;
    return { severity: "error", message };
  }
  if (!isSince(release, deprecated)) return undefined;
  const message = `Kubernetes ${removed} removes ${kind} from ${apiVersion}: ${adviceOf(lifecycle, kind, release)}`;
  return { severity: "warning", message };
}

function adviceOf({ replacement }: Lifecycle, kind: string, release: string): string {
  if (replacement === undefined) return "there is no replacement";
  const introduced = LIFECYCLES.get(`${replacement}/${kind}`)?.introduced;
  return isSince(release, introduced) ? `use ${replacement}` : `${replacement} comes with ${introduced}`;
}

/**
 * Why the API server does not know a kind that has no schema here, and what to use instead; undefined for kinds of
 * other groups, which a CustomResourceDefinition may define, and of older releases. A warning: a cluster may serve it
 * if it is configured so.
 */
export function describeUnknownKind(
  apiVersion: string,
  kind: string,
  release: string = KUBERNETES_RELEASE,
): Described | undefined {
  const described = describeLifecycle(apiVersion, kind, release);
  if (described !== undefined || !isBuiltInGroup(apiVersion)) return described;
  const lifecycle = LIFECYCLES.get(`${apiVersion}/${kind}`);
  const [, stage] = /(alpha|beta)[0-9]+$/.exec(apiVersion) ?? [];
  // Served, but not by the release that the schemas are of.
  if (
    lifecycle !== undefined &&
    (stage === undefined || (stage === "beta" && !isSince(lifecycle.introduced, BETA_IS_OFF)))
  )
    return undefined;
  const named = `${cut(kind)} in ${cut(apiVersion)}`;
  return stage === undefined
    ? { severity: "error", message: `Kubernetes ${release} has no ${named}` }
    : { severity: "warning", message: `Kubernetes ${release} does not serve ${named} by default` };
}

/** True if a release is the other one, or newer; false without another one. */
function isSince(release: string, other: string | undefined): boolean {
  return other !== undefined && minorOf(release) >= minorOf(other);
}

function minorOf(release: string): number {
  return Number(release.slice(release.indexOf(".") + 1));
}
