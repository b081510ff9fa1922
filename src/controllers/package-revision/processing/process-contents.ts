import { keyOf } from "../../../api/meta.ts";
import type { PackageRevision } from "../../../api/v1alpha1/package-revision.ts";
import type { RenderingStatus, ValidationStatus } from "../../../api/v1alpha1/package-revision-status.ts";
import type { CheckState, CheckType } from "../../../core/conditions/conditions.ts";
import type { PackageFile } from "../../../core/files/package-file.ts";
import {
  inputsDigest,
  knownRendering,
  renderingStatus,
  schemasDigest,
  validationDigest,
} from "../../../core/processing/digests.ts";
import { failedResult, type ProcessResult, type ProcessSettings } from "../../../core/processing/process-package.ts";
import type { RenderOutcome } from "../../../core/processing/render-outcome.ts";
import { isProcessed, MAX_PROCESSED_BYTES, tooLarge } from "../../../core/processing/size-limit.ts";
import { NOT_RENDERED, renderedVerdict, validatedVerdict } from "../../../core/processing/verdicts.ts";
import type { DraftBranch } from "../../../core/repository/classify-ref.ts";
import type { CommitMetadata } from "../../../core/revision/commit-trailers.ts";
import { metadataDigest, recordedMetadataOf } from "../../../core/revision/recorded-metadata.ts";
import { prefixesOf, type RevisionScope } from "../scope.ts";

/** The files of a draft or proposal, as they are, or will be, in a commit. */
export interface ProcessedFiles {
  /** `contentDigest`. */
  readonly digest: string;
  /** The files, if they are at hand. */
  readonly files?: readonly PackageFile[];
  /** Reads the files when their turn comes. Absent: they are not in the store yet. */
  readonly load?: () => Promise<readonly PackageFile[]>;
}

/** What is known of the render and the validation of a package. */
export interface Processed {
  readonly rendered: CheckState;
  readonly validated: CheckState;
  /** Fields of status, which are removed if they are undefined; absent while nothing new is known. */
  readonly status?: {
    readonly rendering: RenderingStatus | undefined;
    readonly validation: ValidationStatus | undefined;
  };
  /** For the contents object; absent while nothing new is known. */
  readonly results?: ProcessResult;
  /** What the render changes: a commit of its own, after which the results count. */
  readonly changes?: Extract<RenderOutcome, { readonly kind: "changed" }>;
}

/** A render that changes files. */
export type RenderedChanges = Processed & Required<Pick<Processed, "changes" | "results">>;

const RUNNING = { rendered: "running", validated: "running" } as const;

export function hasChanges(processed: Processed | undefined): processed is RenderedChanges {
  return processed?.changes !== undefined && processed.results !== undefined;
}

/** True if the contents may be proposed. */
export function isPassed({ status }: PackageRevision, { rendered, validated, changes }: Processed): boolean {
  const isTrue = (state: CheckState, wanted: CheckType) => {
    if (typeof state === "object") return state.status === "True";
    const known = status?.conditions?.find(({ type }) => type === wanted);
    return state === "unchanged" && known?.status === "True";
  };
  return changes === undefined && isTrue(rendered, "Rendered") && isTrue(validated, "Validated");
}

/** Files up to this size, together, wait in memory for their turn, so that it may come before they are pushed. */
const MAX_WAITING_BYTES = 256 * 1024;

/**
 * What is known of the render and the validation of these files. Begins both in the worker process if nothing is; an
 * event reports the end.
 * @param recorded of the draft's last commit, whose files may be the result of a render
 */
export function processContents(
  scope: RevisionScope,
  recorded: CommitMetadata | undefined,
  files: ProcessedFiles,
): Processed {
  const { object, dependencies } = scope;
  const run = runOf(scope, recorded, files.digest);
  const result = dependencies.runs.result(keyOf(object), run.id);
  if (result !== undefined) return describe(scope, run, result);
  const settled = readSettled(scope, run);
  if (settled !== undefined) return settled;
  const load = loaderOf(files);
  if (load !== undefined)
    dependencies.runs.start(keyOf(object), run.id, async () => callOf(await load(), run.settings));
  return RUNNING;
}

/** The result of a render's commit is known with it: the files were validated as the render makes them. */
export function adoptRendered(
  scope: RevisionScope,
  recorded: CommitMetadata | undefined,
  digest: string,
  { results }: RenderedChanges,
): Processed {
  const run = runOf(scope, recorded, digest);
  scope.dependencies.runs.adopt(keyOf(scope.object), run.id, results);
  return describe(scope, run, results);
}

/** The result of a render whose files the package cannot have: it has failed. */
export function refuseChanges(
  scope: RevisionScope,
  { trailers }: Pick<DraftBranch, "trailers">,
  message: string,
): Processed {
  const run = runOf(scope, trailers, scope.object.status?.contentDigest ?? "");
  const refused = failedResult({ reason: "InvalidPath", message });
  scope.dependencies.runs.adopt(keyOf(scope.object), run.id, refused);
  return describe(scope, run, refused);
}

/** A run that is needed, or was made: its files, and what the result depends on. */
interface Run {
  readonly contentDigest: string;
  readonly inputsDigest: string;
  readonly settings: ProcessSettings;
  /** The render that the files are the result of; absent if they are to be rendered. */
  readonly known?: RenderingStatus;
  /** `status.validation.digest` */
  readonly validation: string;
  /** Equal for equal runs. */
  readonly id: string;
}

function runOf(scope: RevisionScope, recorded: CommitMetadata | undefined, contentDigest: string): Run {
  const { object, observation, dependencies } = scope;
  const prefixes = prefixesOf(scope);
  const { version, functions } = dependencies.environment;
  const { inputs = [] } = object.spec;
  const contents = { contentDigest, inputsDigest: inputsDigest(inputs) };
  const known = knownRendering(contents, object.status?.rendering, recorded, functions);
  const isDeployment = observation.repository?.spec.deployment === true;
  const settings: ProcessSettings = {
    isRendered: known === undefined,
    // What a reviewer has before them is not changed any more.
    isKept: object.status?.lifecycle === "proposed",
    inputs,
    policies: observation.repository?.spec.policies ?? [],
    facts: { packageRevID: object.spec.packageRevID, labels: recordedMetadataOf(object, prefixes).labels ?? {} },
    isBlueprint: !isDeployment,
    schemaSeverity: isDeployment ? "error" : "warning",
  };
  const metadata = settings.policies.length === 0 ? "" : metadataDigest(object, prefixes);
  const validation = validationDigest(contentDigest, settings, { metadata, version });
  const id = `${validation} ${settings.isRendered ? contents.inputsDigest : ""} ${settings.isKept}`;
  return { ...contents, settings, ...(known !== undefined && { known }), validation, id };
}

/**
 * What status says of a run that found no error: this process may have been started since. Not what its conditions say,
 * which a write that was based on an older version may have set back.
 */
function readSettled({ object }: RevisionScope, { known, validation, settings }: Run): Processed | undefined {
  const { rendering, validation: settled } = object.status ?? {};
  if (settled?.digest !== validation || settled.errors > 0) return undefined;
  const isRendered = settings.isRendered ? rendering === undefined : rendering?.digest === known?.digest;
  if (!isRendered) return undefined;
  return {
    rendered: renderedVerdict(known ?? { kind: "none" }, object.metadata.name),
    validated: validatedVerdict({ errors: 0, warnings: settled.warnings, problems: [] }),
  };
}

function describe(scope: RevisionScope, run: Run, result: ProcessResult): Processed {
  const { render, validation } = result;
  const { contentDigest, inputsDigest: inputs, known, settings } = run;
  const isChanged = settings.isRendered && render.kind === "changed";
  if (isChanged && !settings.isKept) return { ...RUNNING, changes: render, results: result };
  const made = render.kind === "unchanged" ? render : undefined;
  const contents = { contentDigest, inputsDigest: inputs };
  const rendering = known ?? (made && renderingStatus(contentDigest, contents, made));
  const { name } = scope.object.metadata;
  return {
    rendered: isChanged ? NOT_RENDERED : renderedVerdict(known ?? render, name),
    validated: validatedVerdict(validation),
    status: { rendering, validation: isChanged ? undefined : validationStatus(run, result) },
    results: result,
  };
}

/** Only of contents that are what a render makes of them: status says nothing else about that. */
function validationStatus(run: Run, { render, validation }: ProcessResult): ValidationStatus | undefined {
  if (validation === undefined || render.kind === "failed") return undefined;
  const { errors, warnings, unknownGroups = [], schemas } = validation;
  // Which schemas the cluster has by the next start is not known then: it is validated again.
  const isSettled = unknownGroups.length === 0 && schemas === undefined;
  return { digest: isSettled ? run.validation : schemasDigest(run.validation, schemas), errors, warnings };
}

/** Large files are read when their turn comes. */
function loaderOf({ files, load }: ProcessedFiles): ProcessedFiles["load"] {
  return files !== undefined && sizeOf(files) <= MAX_WAITING_BYTES ? async () => files : load;
}

/** The call, with the files that it looks at; or its result, for a package that is too large for it. */
function callOf(files: readonly PackageFile[], settings: ProcessSettings) {
  const shown = files.flatMap(({ path, bytes }) => (bytes === undefined ? [] : [{ path, bytes }]));
  const read = shown.filter(({ path }) => isProcessed(path));
  const others = shown.flatMap(({ path }) => (isProcessed(path) ? [] : [path]));
  if (sizeOf(read) > MAX_PROCESSED_BYTES) return { output: tooLarge(read, settings) };
  // Copies: the bytes from Git are a view of a larger buffer, all of which would be sent.
  const copies = read.map(({ path, bytes }) => [path, new Uint8Array(bytes)] as const);
  return { call: { files: new Map(copies), others: new Set(others), settings } };
}

function sizeOf(files: readonly Pick<PackageFile, "bytes">[]): number {
  return files.reduce((sum, { bytes }) => sum + (bytes?.length ?? 0), 0);
}
