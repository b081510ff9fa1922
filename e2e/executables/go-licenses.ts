import { execFile } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { LICENSE_FILE } from "./licenses.ts";

const run = promisify(execFile);
const FORMAT = "{{with .Module}}{{if not .Main}}{{.Path}} {{.Version}}\t{{.Dir}}{{end}}{{end}}";

/** The licenses of Go, and of the modules in a program of its `moduleDir`, each with its text. Needs Go. */
export async function collectGoLicenses(
  moduleDir: string,
  platform: Readonly<Record<string, string>>,
): Promise<string> {
  const options = { cwd: moduleDir, env: { ...process.env, ...platform, GOWORK: "off" }, maxBuffer: 16 * 1024 * 1024 };
  const { stdout } = await run("go", ["list", "-deps", "-f", FORMAT, "."], options);
  const modules = [...new Set(stdout.split("\n").filter((line) => line !== ""))].sort();
  const { stdout: go } = await run("go", ["env", "GOVERSION", "GOROOT"], options);
  const [version = "", root = ""] = go.trim().split("\n");
  const all = [`Go ${version}\t${root}`, ...modules];
  return (await Promise.all(all.map(describeModule))).join("\n");
}

/** @param line its name and its folder */
async function describeModule(line: string): Promise<string> {
  const [name = "", folder = ""] = line.split("\t");
  const files = (await readdir(folder)).filter((file) => LICENSE_FILE.test(file)).sort();
  if (files.length === 0) throw new Error(`${name} has no license`);
  const texts = await Promise.all(files.map(async (file) => (await readFile(join(folder, file), "utf8")).trim()));
  return [name, ...texts, ""].join("\n\n");
}
