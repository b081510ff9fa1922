import { parseJson } from "../../core/identity/parse-json.ts";

/** Where the API server publishes the schemas of one group and version. */
export interface IndexEntry {
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  /** Changes with the document. */
  readonly hash: string;
}

/** More are not looked at. */
const MAX_ENTRIES = 5000;

/**
 * Reads the index at `/openapi/v3`: apiVersion → where its schemas are. An index that is none is empty; entries of
 * another form are left out.
 */
export function readIndex(text: string): ReadonlyMap<string, IndexEntry> {
  const { paths } = (parse(text) ?? {}) as { readonly paths?: Readonly<Record<string, unknown>> };
  const entries = typeof paths === "object" && paths !== null ? Object.entries(paths).slice(0, MAX_ENTRIES) : [];
  return new Map(
    entries.flatMap(([path, value]) => {
      const apiVersion = /^api\/([^/]+)$/.exec(path)?.[1] ?? /^apis\/([^/]+\/[^/]+)$/.exec(path)?.[1];
      const entry = readEntry(value);
      return apiVersion === undefined || entry === undefined ? [] : [[apiVersion, entry] as const];
    }),
  );
}

function readEntry(value: unknown): IndexEntry | undefined {
  const url = (value as { readonly serverRelativeURL?: unknown } | null)?.serverRelativeURL;
  if (typeof url !== "string") return undefined;
  const [path = "", search = ""] = url.split("?", 2);
  // Credentials go to this server alone.
  if (!/^\/openapi\/v3\/[-A-Za-z0-9._/]+$/.test(path)) return undefined;
  return { path, query: Object.fromEntries(new URLSearchParams(search)), hash: url };
}

function parse(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}
