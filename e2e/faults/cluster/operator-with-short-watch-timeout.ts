import { runOperator } from "../../../src/app/build-operator.ts";
import { readConfig } from "../../../src/app/config.ts";

/** The operator, with watches that may be silent for three seconds, where it is minutes otherwise. */
await runOperator(readConfig(), { watchSilenceMs: 3_000 });
