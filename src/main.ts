import { inspect } from "node:util";
import { runOperator } from "./app/build-operator.ts";
import { ConfigError, readConfig } from "./app/config.ts";

try {
  await runOperator(readConfig());
} catch (error) {
  // With its causes: the port that is in use, for example, is named in a cause.
  process.stderr.write(`${error instanceof ConfigError ? String(error) : inspect(error)}\n`);
  process.exit(1);
}
