import { VERSION } from "../../../api/version.ts";
import { defineCommand } from "../../command.ts";
import { printValue, valueFormat } from "../../output/objects.ts";
import { readServerVersion } from "../../server-version.ts";
import { OUTPUT } from "../shared-specs.ts";

export const versionCommand = defineCommand({
  path: "version",
  group: "Helping",
  summary: "Print the versions of this program and of the API server",
  examples: [
    { does: "The version of this program, without asking the cluster", command: "version --client" },
    { does: "For a program", command: "version -o json" },
  ],
  args: {},
  options: { client: { kind: "flag", description: "do not ask the API server" }, output: OUTPUT },
  run: async (context, { options }) => {
    const server = options.client ? undefined : await readServerVersion(await context.cluster());
    const value = { client: VERSION, ...(server !== undefined && { server }) };
    const format = valueFormat(options.output);
    if (format !== undefined) {
      await printValue(context, value, format);
      return;
    }
    context.print(`Client: ${value.client}`);
    if (server !== undefined) context.print(`Kubernetes: ${server}`);
  },
});
