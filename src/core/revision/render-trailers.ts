import type { Oid } from "../identity/oid.ts";
import { type Trailer, toLine, valuesOf } from "./trailer-value.ts";

/** A render of a draft with the inputs that its commit records. */
export interface RecordedRender {
  /** `sha256:…` over what the result depends on. */
  readonly digest: string;
  /** The commit whose files were rendered: the parent. Absent for later commits with the same files. */
  readonly source?: Oid;
  /** The functions that ran, each once, with their versions. */
  readonly functions: readonly string[];
  /** Objects from outside of the package that the result depends on: what, from where, and its digest. */
  readonly data?: readonly string[];
}

const RENDER_KEYS = {
  digest: "Render-Digest",
  source: "Render-Source",
  functions: "Render-Function",
  data: "Render-Data",
} as const;
const DIGEST = /^sha256:[0-9a-f]{64}$/;
const COMMIT = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;
/** The limits of `status.rendering.functions`. */
const MAX_FUNCTIONS = 64;
const MAX_FUNCTION_LENGTH = 256;
const MAX_DATA = 16;
const MAX_DATA_LENGTH = 1024;

/** The lines of the trailers of a render. */
export function renderTrailers(render: RecordedRender | undefined): readonly string[] {
  if (render === undefined) return [];
  const { digest, source, functions, data = [] } = render;
  return [
    `${RENDER_KEYS.digest}: ${digest}`,
    ...(source === undefined ? [] : [`${RENDER_KEYS.source}: ${source}`]),
    ...functions.map((one) => toLine(RENDER_KEYS.functions, one)),
    ...data.map((one) => toLine(RENDER_KEYS.data, one)),
  ];
}

/** Undefined without one; what is not as the operator writes it counts as none. */
export function parseRenderTrailers(trailers: readonly Trailer[]): RecordedRender | undefined {
  const [digest = ""] = valuesOf(RENDER_KEYS.digest, trailers);
  const [source] = valuesOf(RENDER_KEYS.source, trailers);
  const [functions, data] = [valuesOf(RENDER_KEYS.functions, trailers), valuesOf(RENDER_KEYS.data, trailers)];
  const isWithin = (values: readonly string[], most: number, longest: number) =>
    values.length <= most && values.every(({ length }) => length <= longest);
  const isKnown = isWithin(functions, MAX_FUNCTIONS, MAX_FUNCTION_LENGTH) && isWithin(data, MAX_DATA, MAX_DATA_LENGTH);
  if (!DIGEST.test(digest) || !isKnown || (source !== undefined && !COMMIT.test(source))) return undefined;
  return { digest, ...(source !== undefined && { source }), functions, ...(data.length > 0 && { data }) };
}
