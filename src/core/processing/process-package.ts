import type { PackageChanges } from "../../api/v1alpha1/package-changes.ts";
import type { PackageResult } from "../../api/v1alpha1/package-revision-resources.ts";
import type { Policy } from "../../api/v1alpha1/repository-policies.ts";
import { ANNOTATION_KUBERNETES_VERSION } from "../../api/v1alpha1/well-known.ts";
import type { PackageApis } from "../dependencies/package-apis.ts";
import { readPackageApis } from "../dependencies/read-package.ts";
import { firstThatFit } from "../files/first-that-fit.ts";
import { utf8Text } from "../files/utf8-text.ts";
import { conflictResults } from "../merge/conflict-file.ts";
import type { FunctionRuntime } from "../ports/function-runtime.ts";
import type { RenderFailure } from "../render/failure.ts";
import { type DataRequest, specInputs } from "../render/kform/given.ts";
import { render } from "../render/render.ts";
import type { Rendered } from "../render/rendered.ts";
import { type ReviewCall, reviewPackage } from "../review/review-call.ts";
import { ExcludedFiles } from "../validation/ignore/ignore-file.ts";
import type { PackageFacts } from "../validation/policy/evaluate-policies.ts";
import { parseRelease } from "../validation/schema/api-lifecycles.ts";
import { firstOf } from "../validation/schema/kind-schema.ts";
import type { PublishedDocument } from "../validation/schema/published-document.ts";
import { publishedSchemas } from "../validation/schema/published-schemas.ts";
import { type NotCompared, validatePackage } from "../validation/validate-package.ts";
import { neededSchemas } from "./needed-schemas.ts";
import { type OutsideObjects, publishedObjects } from "./outside-objects.ts";
import { failureResult, functionResult, policyResult, validationResult } from "./package-results.ts";
import { type RenderOutcome, renderOutcome } from "./render-outcome.ts";
import { targetDefinitions } from "./target-definitions.ts";
import { unreadResults } from "./unread-files.ts";

/** A package that is to be rendered and validated. */
export interface ProcessCall {
  /** The files that are read, path → bytes: see `isProcessed`. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** The paths of the others: nothing is put in their place. */
  readonly others: ReadonlySet<string>;
  /** The paths of YAML files that are not shown. */
  readonly unread?: readonly string[];
  /** Schemas of the cluster, for kinds that are no built-in ones. */
  readonly documents?: readonly PublishedDocument[];
  /** For data blocks and validation. */
  readonly outside?: OutsideObjects;
  /** To compare it with the revision before. */
  readonly review?: ReviewCall;
  readonly settings: ProcessSettings;
}

/** What the result depends on, besides the files. */
export interface ProcessSettings {
  /**
   * Of a proposal, and of the result of a render: the files are validated as they are, and a render only shows whether
   * it would change them.
   */
  readonly isKept: boolean;
  /** `spec.inputs`. */
  readonly inputs: readonly object[];
  /** Of the Repository. */
  readonly policies: readonly Policy[];
  readonly facts: PackageFacts;
  /** True in a catalog: kform blocks are rendered where the package is cloned to. */
  readonly isBlueprint: boolean;
  /** `pkg.pkgserver.dev/kubernetes-version` of the Repository, whatever that is. */
  readonly kubernetesVersion?: string | undefined;
  /** The severity of an object that the API server would refuse. In a catalog it may have placeholders. */
  readonly schemaSeverity: "error" | "warning";
}

export interface ProcessResult {
  readonly render: RenderOutcome;
  /** Of the files after the render; absent if that failed. */
  readonly validation?: ValidationOutcome;
  /** The first results of both, the worst first. */
  readonly results: readonly PackageResult[];
  /** The number of all results. */
  readonly resultsCount: number;
  /** What the files after the render change against the revision before. */
  readonly changes?: PackageChanges;
  /** What they offer and need; absent for a package that is too large. */
  readonly apis?: PackageApis;
  /** Objects that the package needs and was not given; some of very many. */
  readonly missing?: readonly DataRequest[];
  /** `digestOfDefinitions` of those of other packages that it was compared with; absent without any. */
  readonly neededDigest?: string;
  /** Objects from outside have changed since the files were rendered: this is what a render makes of them now. */
  readonly isRenewed?: true;
}

export interface ValidationOutcome {
  readonly errors: number;
  readonly warnings: number;
  /** The first errors. */
  readonly problems: readonly PackageResult[];
  /** The apiVersions of kinds without a schema, or with one that is not certain; some of very many. */
  readonly unknownGroups?: readonly string[];
  /** Of the schemas of the cluster that were used. */
  readonly schemas?: string;
}

/** More are not looked up in the cluster. */
const MAX_GROUPS = 32;
/** More are not looked for at once. */
const MAX_MISSING = 64;

/** The limit of `status.results`. */
const MAX_RESULTS = 50;
/** Errors that a condition names. */
const MAX_NAMED = 3;
const RANKS = { error: 0, warning: 1 } as const;

const NOTHING_NEEDED = { files: [], unread: [], isTooMuch: false } as const;
const NO_DEFINITIONS = { files: [], isTooMuch: false } as const;

const UNKNOWN_VERSION: PackageResult = {
  severity: "warning",
  source: "validation",
  message: `the annotation ${ANNOTATION_KUBERNETES_VERSION} of the Repository is no version such as 1.31: it has no effect`,
};

/**
 * Renders a package, and validates the result. Takes seconds for a large package: it runs in a worker process. Never
 * throws for what is in the files.
 * @param runtime runs functions that are not built in
 */
export async function processPackage(call: ProcessCall, runtime?: FunctionRuntime): Promise<ProcessResult> {
  const rendered = await renderFiles(call, runtime);
  const result = resultOf(call, rendered);
  return rendered.missing.length === 0 ? result : { ...result, missing: rendered.missing.slice(0, MAX_MISSING) };
}

function resultOf(call: ProcessCall, rendered: Rendered): ProcessResult {
  const { files, settings } = call;
  const outcome = renderOutcome(rendered, settings.isKept);
  const ofRender = rendered.results.flatMap(functionResult);
  if (outcome.kind === "failed" && !settings.isKept) {
    const failed = failureResult(outcome.failure);
    // The result that ended the render.
    const isOther = ({ source, message }: PackageResult) => source !== failed.source || message !== failed.message;
    const all = [failed, ...ofRender.filter(isOther)];
    return { render: outcome, ...summarize(all, all.length + hiddenResults(rendered)), ...seenIn(call, files) };
  }
  const after = outcome.kind === "changed" && !settings.isKept ? applyChanges(files, outcome) : files;
  const { outcome: validation, results: ofValidation } = validate(after, call);
  const all = [...ofValidation, ...ofRender];
  const hidden = validation.errors + validation.warnings - ofValidation.length;
  const summary = summarize(all, all.length + hidden + hiddenResults(rendered));
  return { render: outcome, validation, ...summary, ...seenIn(call, after) };
}

function seenIn({ review, files, unread, settings }: ProcessCall, after: ReadonlyMap<string, Uint8Array>) {
  const apis = readPackageApis(after, settings.inputs, unread);
  return { ...(review !== undefined && { changes: reviewPackage(review, files, after) }), apis };
}

function validate(
  files: ReadonlyMap<string, Uint8Array>,
  { unread = [], others, settings, documents = [], outside }: Omit<ProcessCall, "files">,
) {
  const excluded = new ExcludedFiles([...files].map(([path, bytes]) => ({ path, bytes })));
  const { kubernetesVersion = "" } = settings;
  const release = parseRelease(kubernetesVersion);
  const definitions = targetDefinitions(outside?.definitions ?? NO_DEFINITIONS);
  const needed = neededSchemas(outside?.needed ?? NOTHING_NEEDED);
  const found = validatePackage(files, {
    ...settings,
    ...(release !== undefined && { release }),
    // What will be there beside the package, before what is there now, and before what may be there.
    schemas: firstOf(definitions.schemas, needed.schemas, publishedSchemas(documents), needed.uncertain),
    excluded,
    otherPaths: [...others, ...unread],
  });
  const ofPolicies = found.policyProblems.map(policyResult);
  const isUnknown = kubernetesVersion !== "" && release === undefined;
  const ofObjects = [...found.problems, ...found.warnings].map(validationResult);
  const ofUnread = unreadResults(unread, settings.policies);
  const ofMerge = conflictResults(files);
  const ofSettings = [...(isUnknown ? [UNKNOWN_VERSION] : []), ...definitions.warnings(), ...needed.warnings];
  const results = [...ofSettings, ...ofMerge, ...ofUnread, ...ofPolicies, ...ofObjects];
  const errors = results.filter(({ severity }) => severity === "error");
  const unreadErrors = ofUnread.filter(({ severity }) => severity === "error").length;
  const outcome = {
    errors: found.count + unreadErrors + ofMerge.length,
    warnings: found.warningCount + ofUnread.length - unreadErrors + ofSettings.length,
    problems: errors.slice(0, MAX_NAMED),
    unknownGroups: groupsOf(found.notCompared, needed.guessed),
  };
  return { outcome, results };
}

/** @param guessed the cluster may know better */
function groupsOf(kinds: readonly NotCompared[], guessed: ReadonlySet<string>): readonly string[] {
  const all = new Set(kinds.map(({ type }) => type.slice(0, type.lastIndexOf("/")))).union(guessed);
  return [...all].sort().slice(0, MAX_GROUPS);
}

async function renderFiles(
  { files, others, outside, settings }: ProcessCall,
  runtime: FunctionRuntime | undefined,
): Promise<Rendered> {
  const { inputs, isBlueprint } = settings;
  const texts = new Map<string, string>();
  const binaries = new Set(others);
  for (const [path, bytes] of files) {
    const text = utf8Text(bytes);
    if (text === undefined) binaries.add(path);
    else texts.set(path, text);
  }
  const given = {
    binaries,
    inputs: specInputs(inputs),
    isBlueprint,
    ...(outside !== undefined && {
      data: [...publishedObjects(outside.published), ...outside.cluster],
      missingAdvice: outside.advice,
    }),
  };
  return await render(texts, { ...given, ...(runtime !== undefined && { runtime }) });
}

/** Results that were counted and not kept. */
function hiddenResults({ counts, results }: Rendered): number {
  return counts.error + counts.warning - results.filter(({ severity }) => severity !== "info").length;
}

/** The result of a render that ends with this failure, and says nothing else. */
export function failedResult(failure: RenderFailure): ProcessResult {
  return { render: { kind: "failed", failure }, results: [failureResult(failure)], resultsCount: 1 };
}

export function applyChanges(
  files: ReadonlyMap<string, Uint8Array>,
  { changed, removed }: Extract<RenderOutcome, { readonly kind: "changed" }>,
): ReadonlyMap<string, Uint8Array> {
  const gone = new Set(removed);
  const kept = [...files].filter(([path]) => !gone.has(path));
  return new Map([...kept, ...changed]);
}

function summarize(all: readonly PackageResult[], count: number): Pick<ProcessResult, "results" | "resultsCount"> {
  const worstFirst = all.toSorted((a, b) => RANKS[a.severity] - RANKS[b.severity]);
  return { results: firstThatFit(worstFirst, MAX_RESULTS), resultsCount: count };
}
