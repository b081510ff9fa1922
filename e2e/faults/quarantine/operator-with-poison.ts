import { existsSync } from "node:fs";
import { runOperator } from "../../../src/app/build-operator.ts";
import { readConfig } from "../../../src/app/config.ts";

/** The operator, which is killed when it creates an object of the Repository `poison`, while the file POISON exists. */
await runOperator(readConfig(), {
  onFailpoint: (effect, moment, about) => {
    const isPoison = effect === "POST packagerevisions" && moment === "before" && about.includes("catalog.poison.");
    if (isPoison && existsSync(process.env.POISON ?? "")) process.kill(process.pid, "SIGKILL");
  },
});
