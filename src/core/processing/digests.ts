import type { RenderingStatus } from "../../api/v1alpha1/package-revision-status.ts";
import { canonicalJson } from "../identity/canonical-json.ts";
import { sha256Hex } from "../identity/hash.ts";
import { isLargerThan } from "../identity/json-size.ts";
import type { CommitMetadata } from "../revision/commit-trailers.ts";
import { MAX_METADATA_LENGTH } from "../revision/recorded-metadata.ts";
import type { RecordedRender } from "../revision/render-trailers.ts";
import type { ProcessSettings } from "./process-package.ts";
import type { RenderSummary } from "./render-outcome.ts";

type Inputs = readonly object[] | undefined;

/** `sha256:…` over `spec.inputs`. Empty for more than a commit may carry, which no commit records. */
function inputsDigest(inputs: Inputs = []): string {
  return isLargerThan(inputs, MAX_METADATA_LENGTH) ? "" : digestOf(inputs);
}

/** `status.rendering` of a result. `source`: `contentDigest` of the files before. */
export function renderingStatus(source: string, inputs: Inputs, { functions, data }: RenderSummary): RenderingStatus {
  const digest = digestOf([source, inputsDigest(inputs), functions, data]);
  return { digest, functions: [...functions], ...(data.length > 0 && { data: [...data] }) };
}

/**
 * Equal for runs with the same result.
 * @param metadata the digest of the package revision's metadata, which policies may look at
 * @param version of what the files are compared with
 * @param access to objects outside of the package
 * @param before the tree or commit of the revision that it is compared with, or why there is none
 */
export function runId(
  contentDigest: string,
  { isKept, inputs, policies, schemaSeverity, kubernetesVersion = "" }: ProcessSettings,
  { metadata, version, access, before }: RunContext,
): string {
  const facts = policies.length === 0 ? "" : metadata;
  return digestOf([
    contentDigest,
    inputsDigest(inputs),
    isKept,
    policies,
    facts,
    schemaSeverity,
    kubernetesVersion,
    version,
    ...(access === undefined ? [] : [access]),
    before,
  ]);
}

export interface RunContext {
  readonly metadata: string;
  readonly version: string;
  readonly access?: object;
  readonly before: string;
}

function digestOf(value: unknown): string {
  return `sha256:${sha256Hex(canonicalJson(value))}`;
}

/**
 * The render that these contents are the result of; undefined if they are to be rendered. Functions that have changed
 * since render anew.
 * @param recorded of the draft's last commit, which the operator signed: status says nothing that counts here
 * @param versions of the functions that there are
 */
export function knownRendering(
  contentDigest: string,
  inputs: Inputs,
  recorded: CommitMetadata | undefined,
  versions: Pick<ReadonlySet<string>, "has">,
): RenderingStatus | undefined {
  const { render, digest, metadata } = recorded ?? {};
  if (render === undefined || digest !== contentDigest) return undefined;
  const isSame = inputsDigest(metadata?.spec?.inputs) === inputsDigest(inputs);
  if (!isSame || !render.functions.every((version) => versions.has(version))) return undefined;
  const { functions, data } = render;
  return { digest: render.digest, functions: [...functions], ...(data !== undefined && { data: [...data] }) };
}

/** What commits record of a render; `source` only on the commit that it made. */
export function recordedRender({ digest, functions, data }: RenderingStatus, source?: string): RecordedRender {
  return { digest, ...(source !== undefined && { source }), functions, ...(data !== undefined && { data }) };
}
