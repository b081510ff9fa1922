import { formatCount } from "../../../core/conditions/count.ts";
import { CliError } from "../../cli-error.ts";
import { defineCommand } from "../../command.ts";
import type { Cluster, Context } from "../../context.ts";
import { checkRepositories, checkRevisions } from "../../doctor/check-objects.ts";
import { checkOperator } from "../../doctor/check-operator.ts";
import { checkPolicies } from "../../doctor/check-policies.ts";
import { checkKinds, checkRights, checkServer } from "../../doctor/cluster-checks.ts";
import type { Finding } from "../../doctor/finding.ts";
import { explainError } from "../../explain-error.ts";
import { printValue, valueFormat } from "../../output/objects.ts";
import { printable } from "../../output/printable.ts";
import { OUTPUT } from "../shared-specs.ts";

type Check = (cluster: Cluster, now: number) => Promise<readonly Finding[]>;

const CHECKS: Readonly<Record<string, Check>> = {
  rights: checkRights,
  policies: checkPolicies,
  operator: checkOperator,
  repositories: checkRepositories,
  packages: checkRevisions,
};

export const doctorCommand = defineCommand({
  path: "doctor",
  group: "Helping",
  summary: "Find out what is wrong: kinds, admission policies, the operator's version, your rights, what is in trouble",
  description: ["The exit code is 1 if there is a problem. A warning is none."],
  examples: [
    { does: "When something does not work", command: "doctor" },
    { does: "For a program, in another namespace", command: "doctor -n team -o json" },
  ],
  args: {},
  options: { output: OUTPUT },
  run: async (context, { options }) => {
    const cluster = await context.cluster();
    const server = await checkServer(cluster);
    const kinds = await checkKinds(cluster);
    // Without the kinds, each other check would fail for the same reason.
    const hasKinds = kinds.every(({ state }) => state === "ok");
    const others = hasKinds
      ? await Promise.all(
          Object.entries(CHECKS).map(
            async ([name, check]) => await runCheck(name, async () => await check(cluster, context.now())),
          ),
        )
      : [];
    const findings = [...server, ...kinds, ...others.flat()];
    const format = valueFormat(options.output);
    if (format !== undefined) await printValue(context, { findings }, format);
    else for (const one of findings) context.print(formatFinding(context, one));
    const problems = findings.filter(({ state }) => state === "problem").length;
    if (problems > 0) throw new CliError("error", formatCount(problems, "problem"));
  },
});

/** One check that cannot be carried out does not hide the others. */
async function runCheck(name: string, check: () => ReturnType<Check>): Promise<readonly Finding[]> {
  try {
    return await check();
  } catch (error) {
    return [{ check: name, state: "unknown", message: explainError(error).message }];
  }
}

function formatFinding({ style, program }: Context, { check, state, message, hint }: Finding): string {
  const colour = { ok: style.green, warning: style.yellow, problem: style.red, unknown: style.dim }[state];
  const line = `${colour(state.padEnd(8))} ${check}: ${printable(message)}`;
  return hint === undefined ? line : `${line}\n         ${printable(hint.replaceAll("kubectl pkg ", `${program} `))}`;
}
