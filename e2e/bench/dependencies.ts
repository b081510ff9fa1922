import { parseAllDocuments } from "yaml";
import { DependencyCatalog } from "../../src/core/dependencies/dependency-catalog.ts";
import { dependencyStatus } from "../../src/core/dependencies/dependency-status.ts";
import { readPackageApis } from "../../src/core/dependencies/read-package.ts";
import type { PackageRevisionApis } from "../../src/core/dependencies/revision-apis.ts";
import { definition, idOf, resource, type TestFiles } from "../../src/core/dependencies/testing/revisions.ts";
import { alternate, cpuTimeOf, median } from "./measure.ts";
import { EDITED_FILE, packageFiles } from "./package.ts";
import { compare, isMet, type Row } from "./table.ts";

const ROUNDS = 7;
const COLD_LIMIT_MS = 1000;
const CHANGED_LIMIT_MS = 20;
/** Packages that a draft needs itself. */
const NEEDED = 10;
/** How far before a package those are that it needs: three for each, in chains of hundreds. */
const DISTANCES = [7, 14, 21];

/**
 * (n) What a draft needs that leads to most of `count` packages in a catalog, of which its target has the half: at
 * first, and after one package has changed. Reading the packages is measured beside parsing their texts with the YAML
 * library.
 */
export async function measureDependencies(count: number): Promise<readonly Row[]> {
  const texts = Array.from({ length: count }, (_, index) => filesOf(index));
  const read = await alternate(
    ROUNDS,
    async () => await cpuTimeOf(async () => void texts.map(apisOf)),
    async () => await cpuTimeOf(async () => parseAll(texts)),
  );
  const published = texts.flatMap((files, index) => revisionsOf(index, apisOf(files)));
  const draft = draftOf(count);
  const changed = published.find(({ name }) => name === `catalog/p${count - 1}@v1`);
  if (changed === undefined) throw new Error("no package");
  const times = { cold: [] as number[], changed: [] as number[] };
  for (let round = 0; round < ROUNDS; round++) {
    const catalog = new DependencyCatalog();
    times.cold.push(await cpuTimeOf(async () => resolveCold(catalog, published, draft)));
    times.changed.push(await cpuTimeOf(async () => resolveChanged(catalog, changed, `v${round + 2}`, draft)));
  }
  const what = `${count} packages, of which its target has the half, CPU`;
  return [
    compare({ scenario: "n", what: `read what ${count} packages offer and need, 7 files each, CPU`, unit: "ms" }, read),
    limited(`what a draft needs of ${what}`, times.cold, COLD_LIMIT_MS),
    limited("the same after a change of one of them, CPU", times.changed, CHANGED_LIMIT_MS),
  ];
}

function limited(what: string, values: readonly number[], limit: number): Row {
  const measured = median(values);
  return { scenario: "n", what, unit: "ms", measured, wanted: `<= ${limit} ms`, met: isMet(measured <= limit) };
}

function resolveCold(
  catalog: DependencyCatalog,
  published: readonly PackageRevisionApis[],
  draft: PackageRevisionApis,
): void {
  for (const one of published) catalog.set(one);
  check(dependencyStatus(catalog.follow(draft)));
}

/** A new revision of a package that the draft needs. */
function resolveChanged(
  catalog: DependencyCatalog,
  one: PackageRevisionApis,
  revision: string,
  draft: PackageRevisionApis,
): void {
  const concerned = catalog.set({ ...one, name: `${one.name}-${revision}`, revision });
  if (!concerned.has(draft.name)) throw new Error("the change concerns no draft");
  check(dependencyStatus(catalog.follow(draft)));
}

/** An answer that leaves something out measures nothing. */
function check(status: ReturnType<typeof dependencyStatus>): void {
  if (status?.errorCount !== undefined || (status?.missingCount ?? 0) < NEEDED / 2)
    throw new Error(`the draft needs something else: ${JSON.stringify(status).slice(0, 500)}`);
}

/** Every second package of the catalog is in the target as well; the others are missing. */
function revisionsOf(index: number, apis: PackageRevisionApis["apis"]): readonly PackageRevisionApis[] {
  const at = (place: string) => ({
    name: `${place}/p${index}@v1`,
    package: idOf(`${place}/p${index}`),
    revision: "v1",
  });
  const blueprint = { ...at("catalog"), apis };
  if (index % 2 === 1) return [blueprint];
  return [blueprint, { ...at("edge1"), madeFrom: { package: blueprint.package, revision: "v1" }, apis }];
}

function draftOf(count: number): PackageRevisionApis {
  const last = Array.from({ length: NEEDED }, (_, index) => count - 1 - index);
  const files = Object.fromEntries(last.map((index) => [`${index}.yaml`, resource(`g${index}.io/v1`, "Kind")]));
  return { name: "edge1/shop@draft", package: idOf("edge1/shop"), revision: "draft", apis: apisOf(files) };
}

function filesOf(index: number): TestFiles {
  const needs = DISTANCES.filter((distance) => index >= distance).map((distance) => {
    return [`need-${distance}.yaml`, resource(`g${index - distance}.io/v1`, "Kind")] as const;
  });
  const others = Object.entries(packageFiles(`app-${index}`, 1)).filter(
    ([path]) => path.endsWith(".yaml") && path !== EDITED_FILE,
  );
  return Object.fromEntries([["crd.yaml", definition(`g${index}.io`, "Kind", "v1")], ...needs, ...others]);
}

function apisOf(files: TestFiles): PackageRevisionApis["apis"] {
  const encoder = new TextEncoder();
  return readPackageApis(Object.entries(files).map(([path, text]) => [path, encoder.encode(text)] as const));
}

function parseAll(all: readonly TestFiles[]): void {
  for (const files of all) for (const text of Object.values(files)) parseAllDocuments(text);
}
