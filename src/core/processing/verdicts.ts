import type { Verdict } from "../conditions/conditions.ts";
import { formatCount } from "../conditions/count.ts";
import type { RenderFailure } from "../render/failure.ts";
import type { ValidationOutcome } from "./process-package.ts";
import type { RenderOutcome, RenderSummary } from "./render-outcome.ts";

const MAX_PATH_LENGTH = 200;
const MAX_NAME_LENGTH = 200;
const MAX_FUNCTIONS_NAMED = 5;
/** The reasons of failures whose messages may quote values of the package. */
const QUOTING: ReadonlySet<string> = new Set<RenderFailure["reason"]>(["FunctionFailed", "ExpressionFailed"]);

/** `Rendered` of a proposal that a render would change, or could not be rendered. */
export const NOT_RENDERED: Verdict = {
  status: "False",
  reason: "NotRendered",
  message: "the proposal is not what its functions and blocks make of it: withdraw it, and propose it again",
};

/** `Rendered` of a draft whose last commit is another client's: nothing is added to it unasked. */
export const RENDERED_WHEN_ASKED: Verdict = {
  status: "Unknown",
  reason: "NotRendered",
  message: "its last commit was pushed by others: it is rendered when it is edited here, or is to be proposed",
};

/** `Scheduled` of a package that is too large to be read, or was not processed. */
export const NOT_RESOLVED: Verdict = {
  status: "Unknown",
  reason: "DependenciesUnknown",
  message:
    "what the package needs is not known: it could not be processed, as the condition Rendered or Validated says",
};

/**
 * `Rendered`, for what a render did, or for contents that are known to be the result of one. `name`: of the contents
 * object with the results.
 */
export function renderedVerdict(outcome: RenderOutcome | Pick<RenderSummary, "functions">, name: string): Verdict {
  if ("functions" in outcome) return rendered(outcome.functions);
  if (outcome.kind === "none")
    return { status: "True", reason: "NothingToRender", message: "no function is to run on the package" };
  return { status: "False", reason: outcome.failure.reason, message: toLine(describeFailure(outcome.failure, name)) };
}

/** Names in a message are the package's: none of them begins a line that is not this message's. */
function toLine(text: string): string {
  return text.replaceAll(/[\x00-\x1f\x7f-\x9f\u2028\u2029]+/g, " ").trim();
}

function rendered(functions: readonly string[]): Verdict {
  const named = functions.slice(0, MAX_FUNCTIONS_NAMED).join(", ");
  const more = functions.length > MAX_FUNCTIONS_NAMED ? ", …" : "";
  return { status: "True", reason: "Rendered", message: `the files are what these functions make: ${named}${more}` };
}

/**
 * The message of a function may quote the files, which may be Secrets: whoever may read the contents object finds it
 * there.
 */
function describeFailure(
  { reason, message, function: name, package: folder, ...place }: RenderFailure,
  object: string,
) {
  const where = describePlace(place);
  const inPackage = folder === undefined || folder === "" ? "" : ` of the package in ${folder}`;
  const what = name === undefined ? "" : `function ${cut(name)}${inPackage}`;
  if (QUOTING.has(reason))
    return `${where}${what === "" ? "the render" : what} failed: see status.results of packagerevisionresources ${object}`;
  const isNamed = reason === "FunctionNotAvailable" && name !== undefined && message.includes(name);
  return `${where}${what === "" || isNamed ? "" : `${what}: `}${message}`;
}

function describePlace({ file, line, column, field }: Pick<RenderFailure, "file" | "line" | "column" | "field">) {
  const numbers = [line, column].filter((one) => one !== undefined).map((one) => `:${one}`);
  const at = file === undefined ? "" : `${shorten(file)}${numbers.join("")}: `;
  return field === undefined ? at : `${at}${field}: `;
}

function cut(name: string): string {
  return name.length > MAX_NAME_LENGTH ? `${name.slice(0, MAX_NAME_LENGTH).toWellFormed()}…` : name;
}

function shorten(path: string): string {
  return path.length > MAX_PATH_LENGTH ? `…${path.slice(-MAX_PATH_LENGTH)}` : path;
}

/** `Validated`. Undefined outcome: there is no result of a render to validate. */
export function validatedVerdict(outcome: ValidationOutcome | undefined): Verdict {
  if (outcome === undefined) {
    const message = "what the render makes of the files is validated, and there is no result of it";
    return { status: "Unknown", reason: "NotRendered", message };
  }
  const { errors, warnings, problems } = outcome;
  const said = warnings > 0 ? formatCount(warnings, "warning") : "";
  if (errors === 0) {
    const message = `the validation found no error${said === "" ? "" : `, and ${said}`}`;
    return { status: "True", reason: "Validated", message };
  }
  const named = problems.map(
    ({ message, ...place }) =>
      `${describePlace({ ...place, ...(place.path !== undefined && { file: place.path }) })}${message}`,
  );
  const more = errors - named.length;
  const all = [...named, ...(more > 0 ? [`and ${more} more`] : []), ...(said === "" ? [] : [said])];
  return { status: "False", reason: "ValidationFailed", message: toLine(all.join("; ")) };
}
