import { readFile } from "node:fs/promises";
import type { PackageRevision } from "../../src/api/v1alpha1/package-revision.ts";
import { LABEL_LATEST } from "../../src/api/v1alpha1/well-known.ts";
import { pageOwner } from "../../src/core/identity/names.ts";
import { publishedObjects } from "../../src/core/processing/outside-objects.ts";
import { specInputs } from "../../src/core/render/kform/given.ts";
import { render } from "../../src/core/render/render.ts";
import { createFunctionRuntime } from "../../src/function-runtime/create-runtime.ts";
import { NO_FUNCTIONS } from "../../src/function-runtime/settings/settings.ts";
import { resolveStarlark } from "../harness/go-programs.ts";
import type { ClusterView, Violation } from "./observation.ts";
import { conditionOf, keyOf } from "./situation.ts";

/** Settings of the operator may allow more. */
const runtime = createFunctionRuntime({
  settings: NO_FUNCTIONS,
  readStarlark: async () => {
    const found = await resolveStarlark();
    return "file" in found ? await readFile(found.file) : undefined;
  },
});

/**
 * 9: contents that are said to be rendered are what their functions make of them, which is the same again. The
 * functions of the tests' packages change nothing a second time. Those that are not available here are not tried.
 */
export async function checkRenders({ repositories, revisions, contents }: ClusterView): Promise<readonly Violation[]> {
  const found: Violation[] = [];
  for (const revision of revisions) {
    const { status } = revision;
    if (status?.lifecycle !== "draft" && status?.lifecycle !== "proposed") continue;
    if (conditionOf(revision, "Rendered")?.status !== "True") continue;
    // What is published meanwhile does not change a proposal.
    if (status.lifecycle === "proposed" && status.rendering?.data !== undefined) continue;
    // What was there is not known here.
    if (status.rendering?.data?.some((one) => one.includes(" from the cluster "))) continue;
    const files = filesOf(keyOf(revision), contents);
    const { inputs, packageRevID } = revision.spec;
    const { namespace } = revision.metadata;
    const repository = repositories.find(
      ({ metadata }) => metadata.name === packageRevID.repository && metadata.namespace === namespace,
    );
    const isBlueprint = repository?.spec.deployment !== true;
    const data = publishedData(revision, { revisions, contents });
    const options = { inputs: specInputs(inputs), data, isBlueprint, runtime };
    const { changed, removed, failure } = await render(files, options);
    if (failure?.reason === "FunctionNotAvailable") continue;
    const different = [...changed.keys(), ...removed];
    const report = (message: string) => found.push({ invariant: 9, subject: keyOf(revision), message });
    if (failure !== undefined) report(`is said to be rendered, and cannot be: ${failure.message}`);
    if (different.length > 0) report(`is said to be rendered, and another render changes ${different.join(", ")}`);
  }
  return found;
}

/** The objects of the published packages of the same target. */
function publishedData(of: PackageRevision, { revisions, contents }: Pick<ClusterView, "revisions" | "contents">) {
  const { repository, target } = of.spec.packageRevID;
  const published = revisions.filter(
    ({ metadata, spec: { packageRevID }, status }) =>
      metadata.namespace === of.metadata.namespace &&
      packageRevID.repository === repository &&
      packageRevID.target === target &&
      metadata.labels?.[LABEL_LATEST] === "true" &&
      (status?.lifecycle === "published" || status?.lifecycle === "deletionProposed"),
  );
  const encoder = new TextEncoder();
  const files = published.flatMap((one) =>
    [...filesOf(keyOf(one), contents)].map(([path, text]) => {
      const source = `${keyOf(one)}/${path}`;
      return { path: source, source, bytes: encoder.encode(text) };
    }),
  );
  return publishedObjects(files);
}

/** The text files of a package, if no page has an edit that is not acknowledged. */
function filesOf(key: string, contents: ClusterView["contents"]): ReadonlyMap<string, string> {
  const pages = contents.filter(({ metadata: { namespace, name } }) => `${namespace}/${pageOwner(name)}` === key);
  const isEdited = pages.some(({ metadata, status }) => metadata.generation !== (status?.observedGeneration ?? 1));
  return new Map(isEdited ? [] : pages.flatMap(({ spec }) => Object.entries(spec.resources ?? {})));
}
