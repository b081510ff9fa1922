import { wrap } from "../../api/schema/markdown.ts";
import type { Command, Group } from "../command.ts";
import { EXIT_CODE_MEANINGS, EXIT_CODES } from "../exit-codes.ts";
import { GLOBAL_OPTIONS } from "../global-options.ts";
import { type ArgumentSpec, formatArguments, longFlag, type OptionSpec } from "../option-spec.ts";
import { formatExamples } from "../program.ts";

const PROGRAM = "kubectl pkg";

const HEADER = `<!-- Generated from src/cli by \`make manifests\`: edit there. -->

# The command line

Packages from a shell. In a folder of the \`PATH\` the program \`kubectl-pkg\` is a plugin of kubectl,
called as \`kubectl pkg\`; its other name is \`pkgctl\`. As kubectl it needs nothing but the API server,
and uses its kubeconfig, context, namespace and credentials.

## Install

\`make cli\` writes one file that needs Node 24, \`dist/cli/kubectl-pkg\`, with a link \`pkgctl\` and
\`kubectl_complete-pkg\`, which kubectl calls to complete its plugin: put \`dist/cli\` into the \`PATH\`.
Beside it is \`starlark.wasm\`, which \`render\` needs for the function starlark, if Go is installed.

\`make executables\` writes executables of about 150 MB that need no Node into \`dist/release\`: an
archive for Linux (x86-64 and ARM), macOS (ARM) and Windows (x86-64), \`checksums.txt\` as
\`sha256sum --check\` reads it, and \`pkg.yaml\`, from which krew installs them. They have Node 26 from
npm, and the licenses of what is in them. Two builds of the same sources give the same bytes.

- \`RELEASE_URL=\`: the address at which the files are going to be published; \`pkg.yaml\` names it.
- \`PLATFORMS="linux/amd64 windows/amd64"\`: only these.
- \`SIGN_DARWIN=\`, \`SIGN_WINDOWS=\`: a command, called with the path of the executable before it is
  packed. macOS on ARM starts no program without a signature; it needs a program that runs on
  Linux, such as \`SIGN_DARWIN="rcodesign sign"\`, which was not tried. Windows warns of a program
  without one.

The tests run the executable for Linux on x86-64, and krew installs each archive; those for other
platforms are built, but not run.

## Names of packages

A short form is enough where it means one package revision:

- \`storefront\`, \`web/storefront\`, \`edge1/web/storefront\`: folders from the right, the package last;
  the first may be the Repository, and the realm may be left out (\`edge1/storefront\`).
- \`edge1/web/storefront@v2\`, \`…@latest\`, \`…@first\`: a revision, the latest one, or a workspace.
- The name of an object, as kubectl prints it.

Without a version it is the revision in the state that the command needs; of several, the only one
that is open (draft or proposed); else the latest published one. A name that fits several is an
error that lists them.

## Output

At a terminal there are colours (not with \`NO_COLOR\`), questions before what cannot be undone (not
with \`--no-input\`), and the next command. In a pipe there is plain text, and no question. Progress
and errors go to stderr. \`--output json\` and \`yaml\` print objects. Characters that would control
the terminal, in names, messages and files, are shown as \`\\u{1b}\`; \`diff\` goes through a pager.

## Exit codes
`;

/** Renders docs/cli.md. */
export function renderDocs(commands: readonly Command[]): string {
  const codes = Object.entries(EXIT_CODES).map(([key, code]) =>
    item(`\`${code}\`: ${EXIT_CODE_MEANINGS[key as keyof typeof EXIT_CODES]}`),
  );
  const groups = [...new Set(commands.map(({ group }) => group))];
  return [
    HEADER,
    ...codes,
    "\n## Options of every command\n",
    "In front of the command or behind it.\n",
    ...Object.entries(GLOBAL_OPTIONS).map(renderOption),
    ...groups.map((group) => renderGroup(group, commands)),
    "",
  ].join("\n");
}

function renderGroup(group: Group, commands: readonly Command[]): string {
  const own = commands.filter((command) => command.group === group);
  return [`\n## ${group}`, ...own.map(renderCommand)].join("\n");
}

function renderCommand(command: Command): string {
  const { path, summary, description = [], args, options, aliases = [] } = command;
  const usage = `${PROGRAM} ${path} ${formatArguments(args)}`.trimEnd();
  return [
    `\n### ${path}\n`,
    ...[summary, ...description].map((text) => `${wrap(/[.:]$/.test(text) ? text : `${text}.`)}\n`),
    ["```text", usage, "```", ""].join("\n"),
    ...(aliases.length === 0 ? [] : [`${wrap(`Also called ${aliases.map((one) => `\`${one}\``).join(", ")}.`)}\n`]),
    ...Object.values(args).map(renderArgument),
    ...Object.entries(options).map(renderOption),
    ...(Object.keys(args).length + Object.keys(options).length > 0 ? [""] : []),
    ["```text", formatExamples(command, PROGRAM).replaceAll(/^ {2}/gm, ""), "```"].join("\n"),
  ].join("\n");
}

function renderArgument({ placeholder, description }: ArgumentSpec): string {
  return item(`\`${placeholder}\`: ${description}`);
}

function renderOption([key, spec]: [string, OptionSpec]): string {
  const { short, kind, value = "VALUE", description, choices } = spec;
  const flags = [...(short === undefined ? [] : [`-${short}`]), longFlag(key)].join(", ");
  const among = choices === undefined ? "" : ` (${choices.join(", ")})`;
  return item(`\`${flags}${kind === "flag" ? "" : ` ${value}`}\`: ${description}${among}`);
}

function item(text: string): string {
  return wrap(text, "- ", "  ");
}
