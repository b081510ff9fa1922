import { inspect } from "node:util";
import { runOperator } from "./app/build-operator.ts";
import { ConfigError, readConfig } from "./app/config.ts";

try {
  await runOperator(readConfig());
} catch (error) {
  // With its causes: which port is taken, for one, is not in the first line.
  process.stderr.write(`${error instanceof ConfigError ? String(error) : inspect(error)}\n`);
  process.exit(1);
}
