import { runOperator } from "../../../src/app/build-operator.ts";
import { readConfig } from "../../../src/app/config.ts";

/** The operator, which gives a silent watch up after three seconds instead of minutes. */
await runOperator(readConfig(), { watchSilenceMs: 3_000 });
