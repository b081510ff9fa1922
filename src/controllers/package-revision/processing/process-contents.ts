import { keyOf } from "../../../api/meta.ts";
import type { PackageDependenciesStatus } from "../../../api/v1alpha1/package-dependencies.ts";
import type { DraftBase, RenderingStatus, ValidationStatus } from "../../../api/v1alpha1/package-revision-status.ts";
import { ANNOTATION_KUBERNETES_VERSION } from "../../../api/v1alpha1/well-known.ts";
import type { Verdict } from "../../../core/conditions/conditions.ts";
import type { DependencyGraph } from "../../../core/dependencies/graph.ts";
import type { Schedule } from "../../../core/dependencies/schedule.ts";
import type { PackageFile } from "../../../core/files/package-file.ts";
import type { ContentsProblem } from "../../../core/files/pages.ts";
import { knownRendering, renderingStatus, runId } from "../../../core/processing/digests.ts";
import { failedResult, type ProcessResult, type ProcessSettings } from "../../../core/processing/process-package.ts";
import type { RenderOutcome } from "../../../core/processing/render-outcome.ts";
import { isProcessed, MAX_PROCESSED_BYTES, tooLarge } from "../../../core/processing/size-limit.ts";
import { unreadFiles } from "../../../core/processing/unread-files.ts";
import {
  NOT_RENDERED,
  RENDERED_WHEN_ASKED,
  renderedVerdict,
  validatedVerdict,
} from "../../../core/processing/verdicts.ts";
import type { DraftBranch } from "../../../core/repository/classify-ref.ts";
import { reviewCall } from "../../../core/review/review-call.ts";
import type { CommitMetadata } from "../../../core/revision/commit-trailers.ts";
import type { ProposalReview, RevisionView } from "../../../core/revision/observation.ts";
import { metadataDigest, recordedMetadataOf } from "../../../core/revision/recorded-metadata.ts";
import { prefixesOf, type RevisionScope } from "../scope.ts";
import { compareDefinitions } from "./compare-definitions.ts";
import { placesOf } from "./data-places.ts";
import { dependenciesOf } from "./dependencies-of.ts";
import { type PreviousRevision, previousFiles, previousOf } from "./previous-revision.ts";
import { withRepair } from "./with-repair.ts";

/** The files of a draft or proposal, as they are, or will be, in a commit. */
export interface ProcessedFiles {
  /** The package in Git, for the files of the revision before. */
  readonly view: RevisionView;
  /** `contentDigest`. */
  readonly digest: string;
  /** The files, if they are at hand. */
  readonly files?: readonly PackageFile[];
  /** Where a draft began whose commit and status do not say it yet. */
  readonly base?: DraftBase | undefined;
  /** Nothing is added to the branch: its last commit is another client's, and nobody has asked for more. */
  readonly isUnasked?: boolean;
  /** Reads the files when their turn comes. Absent: they are not in the store yet. */
  readonly load?: () => Promise<readonly PackageFile[]>;
}

/** What is known of the render and the validation of a package: nothing yet, while both run. */
export interface Processed {
  readonly rendered?: Verdict;
  readonly validated?: Verdict;
  /** Fields of status, which are removed if they are undefined. */
  readonly status?: {
    readonly rendering: RenderingStatus | undefined;
    readonly validation: ValidationStatus | undefined;
    readonly changes: string | undefined;
    /** Absent while it is not known. */
    readonly dependencies?: PackageDependenciesStatus | undefined;
    readonly scheduled?: readonly string[];
  };
  /** Of the gate `schedule`; absent without it, and while it is not known. */
  readonly scheduled?: Verdict;
  /** What is to be made for that, and to be recorded. */
  readonly schedule?: Schedule;
  /** What the package needs. */
  readonly graph?: DependencyGraph;
  /** For the contents object. */
  readonly results?: ProcessResult;
  /** What the render changes: a commit of its own, after which the results count. */
  readonly changes?: Extract<RenderOutcome, { readonly kind: "changed" }>;
}

/** A render that changes files. */
export type RenderedChanges = Processed & Required<Pick<Processed, "changes" | "results">>;

const RUNNING: Processed = {};
const UNASKED: Processed = { rendered: RENDERED_WHEN_ASKED, validated: validatedVerdict(undefined) };

export function hasChanges(processed: Processed | undefined): processed is RenderedChanges {
  return processed?.changes !== undefined && processed.results !== undefined;
}

export function isRunning({ rendered }: Processed): boolean {
  return rendered === undefined;
}

/** True if the contents may be proposed. */
export function isPassed({ rendered, validated }: Processed): boolean {
  return rendered?.status === "True" && validated?.status === "True";
}

/** Files up to this size, together, may wait in memory for their turn, so that it may come before they are pushed. */
const MAX_WAITING_BYTES = 256 * 1024;

/**
 * What is known of the render and the validation of these files. Begins both in the worker process if nothing is; an
 * event reports the end.
 * @param recorded of the draft's last commit, whose files may be the result of a render
 */
export async function processContents(
  scope: RevisionScope,
  recorded: CommitMetadata | undefined,
  files: ProcessedFiles,
): Promise<Processed> {
  const run = runOf(scope, recorded, files);
  const { runs } = scope.dependencies;
  const result = runs.result(keyOf(scope.object), run.id);
  const definitions = result && (await compareDefinitions(scope, run.contentDigest, result));
  if (result !== undefined && definitions === "same")
    return await describe(scope, result.isRenewed ? renewed(run) : run, result);
  if (definitions === "unknown") return RUNNING;
  if (definitions === "others") runs.forget(keyOf(scope.object));
  start(scope, run, files);
  return RUNNING;
}

/** The same of a new draft, whose first files may be rendered in time: `RUNNING` for a render that takes longer. */
export async function processFirst(scope: RevisionScope, files: ProcessedFiles): Promise<Processed> {
  const run = runOf(scope, undefined, files);
  start(scope, run, files);
  const result = await scope.dependencies.runs.wait(keyOf(scope.object), run.id);
  return result === undefined ? RUNNING : await describe(scope, result.isRenewed ? renewed(run) : run, result);
}

/** Begins the render and the validation of these files, if nothing is known of them. */
export function processAhead(scope: RevisionScope, recorded: CommitMetadata | undefined, files: ProcessedFiles): void {
  const run = runOf(scope, recorded, files);
  if (scope.dependencies.runs.result(keyOf(scope.object), run.id) === undefined) start(scope, run, files);
}

function start(scope: RevisionScope, run: Run, files: ProcessedFiles): void {
  const { object, dependencies } = scope;
  const load = loaderOf(files);
  if (load === undefined) return;
  const source = dependencies.data.sourceOf(keyOf(object), placesOf(scope));
  const { policies, isBlueprint } = run.settings;
  dependencies.runs.start(keyOf(object), run.id, {
    // Policies look at the package's identity; what packages below leave of the revision before is its own.
    ...(policies.length === 0 &&
      files.view.nested.length === 0 && { sharedKey: isBlueprint ? "blueprint" : "package" }),
    load: async () =>
      await withRepair(scope.store, async () => {
        return callOf(await load(), await previousFiles(scope, files.view, run.previous), run.settings);
      }),
    source,
    ...(run.known !== undefined && !run.isProposal && { known: { data: run.known.data ?? [] } }),
  });
}

/**
 * What the files of a proposal change, once it is known. Nothing is known of those that may not be published: that are
 * not valid, or rendered with objects that are others now.
 */
export function reviewOf(scope: RunScope, recorded: CommitMetadata | undefined): ProposalReview | undefined {
  const digest = scope.object.status?.contentDigest;
  if (digest === undefined) return undefined;
  const { id } = runOf(scope, recorded, { digest }, true);
  const result = scope.dependencies.runs.result(keyOf(scope.object), id);
  if (result === undefined || result.isRenewed === true || result.validation?.errors !== 0) return undefined;
  const { changes } = result;
  return { digest, ...(changes !== undefined && { changes }) };
}

/** The result of a render's commit is known with it: the files were validated as the render makes them. */
export async function adoptRendered(
  scope: RevisionScope,
  recorded: CommitMetadata | undefined,
  digest: string,
  { results }: RenderedChanges,
): Promise<Processed> {
  const run = runOf(scope, recorded, { digest });
  const { isRenewed: _, ...adopted } = results;
  scope.dependencies.runs.adopt(keyOf(scope.object), run.id, adopted);
  return await describe(scope, run, adopted);
}

/** The result of a draft that becomes a proposal. */
export function adoptProposed(
  scope: RevisionScope,
  recorded: CommitMetadata | undefined,
  digest: string,
  { results }: Processed,
): void {
  const { id } = runOf(scope, recorded, { digest }, true);
  if (results !== undefined) scope.dependencies.runs.adopt(keyOf(scope.object), id, results);
}

/** The result of a render whose files the package cannot have: it has failed. */
export async function refuseChanges(
  scope: RevisionScope,
  { trailers }: Pick<DraftBranch, "trailers">,
  problem: ContentsProblem,
): Promise<Processed> {
  const run = runOf(scope, trailers, { digest: scope.object.status?.contentDigest ?? "" });
  const refused = failedResult(problem);
  scope.dependencies.runs.adopt(keyOf(scope.object), run.id, refused);
  return await describe(scope, run, refused);
}

/** A run that is needed, or was made. */
interface Run {
  readonly contentDigest: string;
  readonly settings: ProcessSettings;
  /** The render that the files are the result of; absent if they are to be rendered. */
  readonly known?: RenderingStatus;
  readonly isProposal: boolean;
  readonly isUnasked: boolean;
  readonly previous: PreviousRevision;
  readonly id: string;
}

/** What a run depends on beside the files. */
type RunScope = Pick<RevisionScope, "object" | "observation" | "dependencies" | "store">;

function runOf(
  scope: RunScope,
  recorded: CommitMetadata | undefined,
  { digest: contentDigest, isUnasked = false, base }: Pick<ProcessedFiles, "digest" | "isUnasked" | "base">,
  isProposal = scope.object.status?.lifecycle === "proposed",
): Run {
  const { object, observation, dependencies } = scope;
  const { version, functions } = dependencies.environment;
  const prefixes = prefixesOf(scope);
  const { inputs = [] } = object.spec;
  const known = knownRendering(contentDigest, inputs, recorded, functions);
  const isDeployment = observation.repository?.spec.deployment === true;
  const settings: ProcessSettings = {
    // What a reviewer has before them is not changed any more.
    isKept: known !== undefined || isProposal || isUnasked,
    inputs,
    policies: observation.repository?.spec.policies ?? [],
    facts: { packageRevID: object.spec.packageRevID, labels: recordedMetadataOf(object, prefixes).labels ?? {} },
    kubernetesVersion: observation.repository?.metadata.annotations?.[ANNOTATION_KUBERNETES_VERSION],
    isBlueprint: !isDeployment,
    schemaSeverity: isDeployment ? "error" : "warning",
  };
  const metadata = settings.policies.length === 0 ? "" : metadataDigest(object, prefixes);
  const access = isDeployment ? observation.repository?.spec.clusterData : undefined;
  const previous = previousOf(scope, recorded?.metadata.base ?? base ?? object.status?.base);
  const before = previous.kind === "published" ? (previous.tree ?? previous.commit) : previous.kind;
  const id = runId(contentDigest, settings, { metadata, version, ...(access !== undefined && { access }), before });
  return { contentDigest, settings, ...(known !== undefined && { known }), isProposal, isUnasked, previous, id };
}

/** The objects that the known render took are others now: what it was does not count any more. */
function renewed({ known: _, ...run }: Run): Run {
  return { ...run, settings: { ...run.settings, isKept: false } };
}

async function describe(scope: RevisionScope, run: Run, result: ProcessResult): Promise<Processed> {
  const { object } = scope;
  const { render, validation } = result;
  const { contentDigest, known, settings } = run;
  if (render.kind === "changed" && !settings.isKept) return { changes: render, results: result };
  if (render.kind === "changed" && run.isUnasked) return UNASKED;
  const made = render.kind === "unchanged" ? render : undefined;
  const rendering = known ?? (made && renderingStatus(contentDigest, settings.inputs, made));
  const rendered =
    known === undefined && render.kind === "changed"
      ? NOT_RENDERED
      : renderedVerdict(known ?? render, object.metadata.name);
  const validated = validatedVerdict(validation);
  const { dependencies, ...schedule } = await dependenciesOf(scope, result.apis, isPassed({ rendered, validated }));
  return {
    rendered,
    validated,
    ...schedule,
    status: {
      rendering,
      validation: validation && { errors: validation.errors, warnings: validation.warnings },
      changes: result.changes?.summary,
      ...dependencies,
    },
    results: result,
  };
}

/** True for files that may wait in memory for their turn. */
export function canWait(files: readonly Sized[]): boolean {
  return sizeOf(files) <= MAX_WAITING_BYTES;
}

/** Large files are read when their turn comes. */
function loaderOf({ files, load }: ProcessedFiles): ProcessedFiles["load"] {
  return files !== undefined && canWait(files) ? async () => files : load;
}

/** The call, with the files that it looks at; or its result, for a package that is too large for it. */
function callOf(
  files: readonly PackageFile[],
  previous: readonly PackageFile[] | undefined | "unknown",
  settings: ProcessSettings,
) {
  const shown = files.flatMap(({ path, bytes }) => (bytes === undefined ? [] : [{ path, bytes }]));
  const read = shown.filter(({ path }) => isProcessed(path));
  const others = shown.flatMap(({ path }) => (isProcessed(path) ? [] : [path]));
  if (sizeOf(read) > MAX_PROCESSED_BYTES) return { output: tooLarge(read, settings) };
  // Copies: the bytes from Git are a view of a larger buffer, all of which would be sent.
  const copies = read.map(({ path, bytes }) => [path, new Uint8Array(bytes)] as const);
  const review = previous === "unknown" ? undefined : reviewCall(previous, files, isProcessed);
  const given = { files: new Map(copies), others: new Set(others), unread: unreadFiles(files), settings };
  return { call: { ...given, ...(review !== undefined && { review }) } };
}

interface Sized {
  readonly bytes?: { readonly length: number } | undefined;
}

function sizeOf(files: readonly Sized[]): number {
  return files.reduce((sum, { bytes }) => sum + (bytes?.length ?? 0), 0);
}
