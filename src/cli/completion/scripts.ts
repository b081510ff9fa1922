// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are variables of the shells
export const SHELLS = ["bash", "zsh", "fish"] as const;

const BASH = [
  "# bash completion of kubectl-pkg and pkgctl. Load it with: source <(kubectl-pkg completion bash)",
  "_kubectl_pkg() {",
  '  local line="${COMP_LINE:0:COMP_POINT}" words cur output text',
  "  # Not COMP_WORDS, which are split at @ and :.",
  '  read -ra words <<<"$line"',
  '  [[ "$line" == *[[:space:]] ]] && words+=("")',
  '  cur="${words[-1]}"',
  '  output=$("${words[0]}" __complete "${words[@]:1}" 2>/dev/null) || return',
  '  [[ "${output##*$\'\\n\'}" == ":0" ]] && compopt -o default',
  "  # Bash replaces only what is behind the last of its word breaks.",
  '  local prefix="${cur%"${cur##*[@:]}"}"',
  "  COMPREPLY=()",
  "  while IFS=$'\\t' read -r text _; do",
  '    [[ "$text" == :[0-9] ]] && continue',
  "    # Bash inserts it as it is: a file of a package may be called $(anything).",
  '    printf -v text %q "${text#"$prefix"}"',
  '    COMPREPLY+=("$text")',
  '  done <<<"$output"',
  "}",
  "complete -F _kubectl_pkg kubectl-pkg pkgctl",
];

const ZSH = [
  "#compdef kubectl-pkg pkgctl",
  "# zsh completion of kubectl-pkg and pkgctl. Load it with: source <(kubectl-pkg completion zsh)",
  "_kubectl_pkg() {",
  "  local -a lines texts",
  "  local line",
  '  lines=("${(@f)$("${words[1]}" __complete "${(@)words[2,CURRENT]}" 2>/dev/null)}")',
  '  for line in "${(@)lines[1,-2]}"; do',
  "    texts+=(\"${line%%$'\\t'*}\")",
  "  done",
  '  [[ "${lines[-1]}" == ":0" ]] && _files',
  "  compadd -a texts",
  "}",
  "compdef _kubectl_pkg kubectl-pkg pkgctl",
];

const FISH = [
  "# fish completion of kubectl-pkg and pkgctl. Load it with: kubectl-pkg completion fish | source",
  "function __kubectl_pkg",
  "  set -l words (commandline -opc) (commandline -ct)",
  "  $words[1] __complete $words[2..-1] 2>/dev/null | string match -rv '^:[0-9]$'",
  "end",
  "complete -c kubectl-pkg -f -a '(__kubectl_pkg)'",
  "complete -c pkgctl -f -a '(__kubectl_pkg)'",
];

/** Scripts that complete kubectl-pkg and pkgctl. For `kubectl pkg`, kubectl calls kubectl_complete-pkg. */
export const SCRIPTS: Readonly<Record<(typeof SHELLS)[number], string>> = {
  bash: BASH.join("\n"),
  zsh: ZSH.join("\n"),
  fish: FISH.join("\n"),
};
