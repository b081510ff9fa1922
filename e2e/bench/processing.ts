import { parseAllDocuments } from "yaml";
import { render } from "../../src/core/render/render.ts";
import { validatePackage } from "../../src/core/validation/validate-package.ts";
import { alternate, cpuTimeOf, median, type Pair } from "./measure.ts";
import { packageFiles } from "./package.ts";
import { compare, isMet, type Row } from "./table.ts";

/** Path → text. */
type Texts = ReadonlyMap<string, string>;

const ROUNDS = 7;
const LARGE = 5 * 1024 * 1024;
const LARGE_LIMIT_MS = 2000;
const MAX_RATIO = 1.3;

/** Four functions that change each object. */
const KPTFILE = `apiVersion: kpt.dev/v1
kind: Kptfile
metadata:
  name: app
pipeline:
  mutators:
    - image: gcr.io/kpt-fn/set-namespace:v0.4.1
      configMap:
        namespace: shop
    - image: gcr.io/kpt-fn/set-labels:v0.2.0
      configMap:
        env: prod
    - image: gcr.io/kpt-fn/set-annotations:v0.1.4
      configMap:
        owner: team-a
    - image: gcr.io/kpt-fn/set-image:v0.1.1
      configMap:
        name: nginx
        newTag: "2"
`;

/**
 * The CPU time of rendering and of validation in this process, beside that of parsing and printing the same texts with
 * the YAML library: `count` drafts one after the other, and one package of 5 MiB.
 */
export async function measureProcessing(count: number): Promise<readonly Row[]> {
  const drafts = Array.from({ length: count }, (_, index) => packageOf([[`app-${index}`, ""]]));
  const large = [packageOf(enoughApps())];
  await checkChanges([...drafts.slice(0, 1), ...large]);
  const rows: Row[] = [];
  for (const [what, packages] of [
    [`${count} drafts of 6 files`, drafts],
    ["a package of 5 MiB", large],
  ] as const) {
    const rendered = await measure(packages, async (texts) => void (await render(texts)));
    const row = compare({ scenario: "m", what: `render ${what}, CPU`, unit: "ms" }, rendered, MAX_RATIO);
    rows.push(row);
    if (packages === large) rows.push(limitOf(rendered));
    const validated = await measure(packages, async (texts) => void validatePackage(bytesOf(texts)));
    rows.push(compare({ scenario: "m", what: `validate ${what}, CPU`, unit: "ms" }, validated));
  }
  return rows;
}

function limitOf({ measured }: Pair): Row {
  const value = median(measured);
  const met = isMet(value <= LARGE_LIMIT_MS);
  const what = "render a package of 5 MiB, CPU, by itself";
  return { scenario: "m", what, unit: "ms", measured: value, wanted: `<= ${LARGE_LIMIT_MS} ms`, met };
}

async function measure(packages: readonly Texts[], work: (texts: Texts) => Promise<void>): Promise<Pair> {
  const all = async () => {
    for (const texts of packages) await work(texts);
  };
  const floor = async () => {
    for (const texts of packages) parseAndPrint(texts);
  };
  // The first round is slower: its code is not compiled yet.
  await all();
  await floor();
  return await alternate(
    ROUNDS,
    () => cpuTimeOf(all),
    () => cpuTimeOf(floor),
  );
}

function parseAndPrint(texts: Texts): void {
  for (const text of texts.values()) for (const document of parseAllDocuments(text)) String(document);
}

/** Apps in folders of one package, as many as 5 MiB take. */
function enoughApps(): readonly (readonly [name: string, folder: string])[] {
  const size = [...packageOf([["app-1000", ""]]).values()].reduce((sum, text) => sum + text.length, 0) - KPTFILE.length;
  return Array.from({ length: Math.ceil(LARGE / size) }, (_, index) => [`app-${index + 1000}`, `${index}/`] as const);
}

/** A package with a pipeline; the README is no YAML. */
function packageOf(apps: readonly (readonly [name: string, folder: string])[]): Texts {
  const files = apps.flatMap(([name, folder]) =>
    Object.entries(packageFiles(name, 1)).flatMap(([path, text]) =>
      path.endsWith(".yaml") ? [[folder + path, text] as const] : [],
    ),
  );
  return new Map([["Kptfile", KPTFILE], ...files]);
}

function bytesOf(texts: Texts): readonly (readonly [string, Uint8Array])[] {
  const encoder = new TextEncoder();
  return [...texts].map(([path, text]) => [path, encoder.encode(text)] as const);
}

/** A render that fails, or that leaves files as they are, measures nothing. */
async function checkChanges(packages: readonly Texts[]): Promise<void> {
  for (const texts of packages) {
    const { changed, failure } = await render(texts);
    if (failure !== undefined || changed.size !== texts.size) {
      throw new Error(`renders ${changed.size} of ${texts.size} files: ${failure?.message ?? "no failure"}`);
    }
  }
}
