import type { RenderingStatus } from "../../api/v1alpha1/package-revision-status.ts";
import { canonicalJson } from "../identity/canonical-json.ts";
import { sha256Hex } from "../identity/hash.ts";
import { isLargerThan } from "../identity/json-size.ts";
import type { CommitMetadata, RecordedRender } from "../revision/commit-trailers.ts";
import { MAX_METADATA_LENGTH } from "../revision/recorded-metadata.ts";
import type { ProcessSettings } from "./process-package.ts";
import type { RenderSummary } from "./render-outcome.ts";

/** `sha256:…` over `spec.inputs`. Empty for more than a commit may carry, which no commit records. */
export function inputsDigest(inputs: readonly object[] = []): string {
  return isLargerThan(inputs, MAX_METADATA_LENGTH) ? "" : digestOf(inputs);
}

/** `status.rendering` of a result. `source`: `contentDigest` of the files before. */
export function renderingStatus(source: string, result: RenderedContents, summary: RenderSummary): RenderingStatus {
  const { functions, data } = summary;
  const digest = digestOf([source, result.inputsDigest, functions, data]);
  return { digest, ...result, functions: [...functions], ...(data.length > 0 && { data: [...data] }) };
}

/**
 * `status.validation.digest`.
 * @param metadata the digest of the package revision's metadata, which policies may look at
 * @param version of what the files are compared with
 */
export function validationDigest(
  contentDigest: string,
  { schemaSeverity, policies }: ProcessSettings,
  { metadata, version }: { readonly metadata: string; readonly version: string },
): string {
  return digestOf([contentDigest, schemaSeverity, version, ...(policies.length === 0 ? [] : [policies, metadata])]);
}

/** The same for a package with kinds whose schemas are the cluster's, if it has them. */
export function schemasDigest(validation: string, schemas: string | undefined): string {
  return digestOf([validation, schemas ?? ""]);
}

function digestOf(value: unknown): string {
  return `sha256:${sha256Hex(canonicalJson(value))}`;
}

/** The contents of a draft, and what their render depends on. */
export interface RenderedContents {
  readonly contentDigest: string;
  readonly inputsDigest: string;
}

/**
 * The render that these contents are the result of; undefined if they are to be rendered. Functions that have changed
 * since render anew.
 * @param recorded of the draft's last commit
 * @param versions of the functions that there are
 */
export function knownRendering(
  { contentDigest, inputsDigest: inputs }: RenderedContents,
  status: RenderingStatus | undefined,
  recorded: CommitMetadata | undefined,
  versions: Pick<ReadonlySet<string>, "has">,
): RenderingStatus | undefined {
  const all = [status, recorded && recordedRendering(recorded)];
  return all.find(
    (one) =>
      one?.contentDigest === contentDigest &&
      one.inputsDigest === inputs &&
      one.functions.every((version) => versions.has(version)),
  );
}

/** The commit of a draft without a digest, or without a render, says nothing. */
function recordedRendering({ render, digest, metadata }: CommitMetadata): RenderingStatus | undefined {
  if (render === undefined || digest === undefined) return undefined;
  const inputs = inputsDigest(metadata.spec?.inputs);
  const { functions, data } = render;
  return {
    digest: render.digest,
    contentDigest: digest,
    inputsDigest: inputs,
    functions: [...functions],
    ...(data !== undefined && { data: [...data] }),
  };
}

/** What commits record of a render; `source` only on the commit that it made. */
export function recordedRender({ digest, functions, data }: RenderingStatus, source?: string): RecordedRender {
  return { digest, ...(source !== undefined && { source }), functions, ...(data !== undefined && { data }) };
}
