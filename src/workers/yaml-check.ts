import { checkYaml } from "../core/validation/check-yaml.ts";

/** The process beside the operator that reads big files: bytes come in, a verdict goes out. It ends with the operator. */
process.on("message", (bytes: Uint8Array) => process.send?.(checkYaml(bytes)));
process.on("disconnect", () => process.exit(0));
