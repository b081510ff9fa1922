import { CliError } from "../../cli-error.ts";
import { defineCommand } from "../../command.ts";
import { SCRIPTS, SHELLS } from "../../completion/scripts.ts";

export const completionCommand = defineCommand({
  path: "completion",
  group: "Helping",
  summary: "Print a script that completes commands, options, packages, revisions and files in a shell",
  description: [
    "kubectl completes kubectl pkg by itself, if its own completion is loaded and kubectl_complete-pkg, which is made " +
      "beside the program, is in the PATH. The script completes kubectl-pkg and pkgctl, called by these names.",
    "For one shell alone, in bash: source <(kubectl-pkg completion bash)",
  ],
  examples: [
    {
      does: "In bash, for all later shells",
      command: "completion bash > ~/.local/share/bash-completion/completions/kubectl-pkg",
    },
    { does: "In zsh, for all later shells", command: "completion zsh > ~/.zsh/completions/_kubectl-pkg" },
  ],
  args: { shell: { kind: "required", placeholder: "SHELL", description: `the shell: ${SHELLS.join(", ")}` } },
  options: {},
  run: async (context, { args }) => {
    const shell = SHELLS.find((one) => one === args.shell);
    if (shell === undefined) throw new CliError("usage", `SHELL is one of ${SHELLS.join(", ")}`);
    context.print(SCRIPTS[shell]);
  },
});
