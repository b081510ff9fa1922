import { execFile } from "node:child_process";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { unpackDebianPackages } from "../harness/debian-packages.ts";
import type { Cli } from "./cli.ts";

/** A program, or why it cannot be had here. */
export type Shell = { readonly program: string } | { readonly missing: string };

/** zsh from Debian's registry. */
export async function resolveZsh(): Promise<Shell> {
  try {
    return { program: join(await unpackDebianPackages(["zsh", "zsh-common"], process.env), "bin", "zsh") };
  } catch (error) {
    return { missing: error instanceof Error ? error.message : String(error) };
  }
}

/** The environment of a shell of alice that finds the program by its names. */
export async function shellEnvironment(cli: Cli) {
  return {
    PATH: `${join(cli.dir, "bin")}${delimiter}${process.env.PATH}`,
    HOME: cli.dir,
    KUBECONFIG: await cli.kubeconfigWithNamespace("alice"),
  };
}

/** The words that bash offers at the end of a line, separated by spaces. */
export async function completeInBash(cli: Cli, line: string): Promise<string> {
  const script = `
    source <(kubectl-pkg completion bash)
    COMP_LINE=${JSON.stringify(line)} COMP_POINT=${line.length}
    compopt() { :; }
    _kubectl_pkg
    echo "\${COMPREPLY[*]}"`;
  return await runScript(cli, "bash", ["-c", script]);
}

/** The words that zsh offers for the last of these, separated by spaces; FILES where files may follow. */
export async function completeInZsh(cli: Cli, zsh: Shell, words: readonly string[]): Promise<string> {
  if ("missing" in zsh) throw new Error(zsh.missing);
  // As zsh's completion system calls the function; compadd works only inside of it.
  const script = `
    compdef() { : }
    compadd() { shift; found+=("\${(@P)1}") }
    _files() { found+=(FILES) }
    source <(kubectl-pkg completion zsh)
    words=(${words.map((word) => `'${word}'`).join(" ")}) CURRENT=${words.length}
    _kubectl_pkg
    print -- \${found}`;
  return await runScript(cli, zsh.program, ["-f", "-c", script]);
}

/** The words that kubectl offers for its plugin: lines, and the directive of cobra. */
export async function completeInKubectl(cli: Cli, kubectl: string, words: readonly string[]): Promise<string> {
  return await runScript(cli, kubectl, ["__complete", "pkg", ...words]);
}

async function runScript(cli: Cli, program: string, args: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(program, args, { env: await shellEnvironment(cli) });
  return stdout.trimEnd();
}
