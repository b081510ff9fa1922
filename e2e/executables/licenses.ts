import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Metafile } from "esbuild";

/** The folder of a package that a file belongs to, from the project's root. */
const PACKAGE = /^.*node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/;
export const LICENSE_FILE = /^(licen[cs]e|copying|notice)(\.(md|txt))?$/i;

/**
 * The licenses of the npm packages in a bundle, each with its text, in the order of their folders.
 * Throws an Error for a package that names none.
 */
export async function collectLicenses(root: string, { inputs }: Pick<Metafile, "inputs">): Promise<string> {
  const folders = new Set(Object.keys(inputs).flatMap((file) => PACKAGE.exec(file)?.[0] ?? []));
  const sections = [...folders].sort().map(async (folder) => await describePackage(join(root, folder)));
  return (await Promise.all(sections)).join("\n");
}

async function describePackage(folder: string): Promise<string> {
  const { name, version, license } = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
  if (typeof license !== "string") throw new Error(`${name} has no license in its package.json`);
  const files = (await readdir(folder)).filter((file) => LICENSE_FILE.test(file)).sort();
  const texts = await Promise.all(files.map(async (file) => (await readFile(join(folder, file), "utf8")).trim()));
  return [`${name} ${version}: ${license}`, ...texts, ""].join("\n\n");
}
