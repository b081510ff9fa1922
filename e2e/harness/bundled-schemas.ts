import { join } from "node:path";
import type { Kubectl } from "./kubectl.ts";

/** The schemas of the built-in kinds that validation has without a cluster. */
export const BUNDLED_SCHEMAS = join(
  import.meta.dirname,
  ...["..", "..", "src", "core", "validation", "schema", "kubernetes.json"],
);

interface OpenApi {
  readonly info: { readonly version: string };
  readonly definitions: Readonly<Record<string, Definition>>;
}
type Definition = Readonly<Record<string, unknown>> & {
  readonly "x-kubernetes-group-version-kind"?: readonly Gvk[];
};
interface Gvk {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

const PREFIX = "#/definitions/";
/** For people, or for defaulting. */
const LEFT_OUT: ReadonlySet<string> = new Set(["description", "default", "x-kubernetes-group-version-kind"]);
const NAMES = new Set(["properties"]);

/**
 * The OpenAPI definitions of an API server's built-in kinds, as the text of `kubernetes.json`: one a line, sorted,
 * without descriptions.
 */
export async function renderBundledSchemas(admin: Kubectl): Promise<string> {
  const { info, definitions } = JSON.parse(await admin("get", "--raw", "/openapi/v2")) as OpenApi;
  const [, release] = /^v?([0-9]+\.[0-9]+)/.exec(info.version) ?? [];
  if (release === undefined) throw new Error(`the API server has the version ${info.version}`);
  const builtIn = Object.entries(definitions).filter(([name]) => name.startsWith("io.k8s."));
  const kinds = builtIn.flatMap(([name, { "x-kubernetes-group-version-kind": gvks = [] }]) => {
    // Those with several are for every group, such as DeleteOptions.
    const [gvk, ...more] = gvks;
    return gvk === undefined || more.length > 0 ? [] : [[`${apiVersionOf(gvk)}/${gvk.kind}`, name] as const];
  });
  const lines = (entries: readonly (readonly [string, unknown])[]) =>
    entries
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, value]) => `    ${JSON.stringify(name)}: ${JSON.stringify(value)}`)
      .join(",\n");
  const trimmed = builtIn.map(([name, definition]) => [name, trim(definition)] as const);
  return `{
  "release": ${JSON.stringify(release)},
  "kinds": {
${lines(kinds)}
  },
  "definitions": {
${lines(trimmed)}
  }
}
`;
}

function apiVersionOf({ group, version }: Gvk): string {
  return group === "" ? version : `${group}/${version}`;
}

/** Keys are sorted. `areNames`: the keys of `value` are names of fields, and no keywords. */
function trim(value: unknown, areNames = false): unknown {
  if (Array.isArray(value)) return value.map((one) => trim(one));
  if (typeof value !== "object" || value === null) return value;
  // The order of fields differs from one API server to the next.
  const kept = Object.entries(value)
    .filter(([key]) => areNames || !LEFT_OUT.has(key))
    .toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(
    kept.map(([key, one]) => [
      key,
      key === "$ref" && !areNames ? String(one).slice(PREFIX.length) : trim(one, !areNames && NAMES.has(key)),
    ]),
  );
}
