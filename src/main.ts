import { runOperator } from "./compose.ts";
import { readConfig } from "./config.ts";

try {
  await runOperator(readConfig());
} catch (error) {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exit(1);
}
