import { asPartialMetadata } from "../../api/meta.ts";
import { namespaces, packageRevisions, repositories } from "../../api/resources.ts";
import { moveLeadingOptions } from "../arguments.ts";
import type { Command } from "../command.ts";
import { type Context, createContext, type Io } from "../context.ts";
import { shortName } from "../names/query.ts";
import { readShownContents } from "../packages/contents.ts";
import { findRevision } from "../packages/find.ts";
import { findPlace, type Place, type Suggestion } from "./place.ts";

/** Directives of cobra's completion, which kubectl reads: files may follow, or nothing but what is printed. */
const FILES = ":0";
const NO_FILES = ":4";
/** A shell must not hang. */
const LIMIT_MS = 3_000;

/**
 * Prints what the last word may become, one a line with its description, and then the directive, as `__complete` of
 * kubectl does. Never fails: without a cluster there are only words.
 */
export async function complete(commands: readonly Command[], words: readonly string[], io: Io): Promise<void> {
  const word = words.at(-1) ?? "";
  const place = findPlace(commands, moveLeadingOptions(words.slice(0, -1)), word);
  const suggestions = await suggest(place, io).catch(() => []);
  for (const { text, description } of suggestions) {
    if (text.startsWith(word)) io.stdout.write(description === undefined ? `${text}\n` : `${text}\t${description}\n`);
  }
  io.stdout.write(`${place.kind === "values" && place.completes === "folder" ? FILES : NO_FILES}\n`);
}

async function suggest(place: Place, io: Io): Promise<readonly Suggestion[]> {
  if (place.kind === "words") return place.words;
  if (place.completes === "folder") return [];
  const context = createContext(io, { asGroup: [], noInput: true, ...place.options });
  try {
    return (await readValues(context, place)).map((text) => ({ text }));
  } finally {
    await context.close();
  }
}

async function readValues(
  context: Context,
  { completes, before }: Extract<Place, { kind: "values" }>,
): Promise<readonly string[]> {
  const { client, namespace, contexts } = await context.cluster();
  const options = { namespace, timeoutMs: LIMIT_MS };
  switch (completes) {
    case "package":
    case "proposal": {
      const fieldSelector = completes === "proposal" ? "spec.lifecycle=proposed" : undefined;
      const { items } = await client.list(packageRevisions, { ...options, fieldSelector });
      return items.map((one) => shortName(one)).sort();
    }
    case "repository":
      return (await client.list(asPartialMetadata(repositories), options)).items.map(
        ({ metadata }) => metadata.name ?? "",
      );
    case "file": {
      const revision = await findRevision(context, before[0] ?? "");
      return [...((await readShownContents(await context.cluster(), revision))?.files.keys() ?? [])];
    }
    case "namespace":
      return (await client.list(asPartialMetadata(namespaces), { timeoutMs: LIMIT_MS })).items.map(
        ({ metadata }) => metadata.name ?? "",
      );
    case "context":
      return contexts;
    case "folder":
      return [];
  }
}
