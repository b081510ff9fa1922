import { runOperator } from "./compose.ts";
import { ConfigError, readConfig } from "./config.ts";

try {
  await runOperator(readConfig());
} catch (error) {
  const text = error instanceof Error && !(error instanceof ConfigError) ? error.stack : undefined;
  process.stderr.write(`${text ?? String(error)}\n`);
  process.exit(1);
}
