import { parentPort } from "node:worker_threads";
import { checkYaml } from "./core/validation/check-yaml.ts";

/** The thread beside the operator that reads big files: bytes come in, a verdict goes out. */
parentPort?.on("message", (bytes: Uint8Array) => parentPort?.postMessage(checkYaml(bytes)));
