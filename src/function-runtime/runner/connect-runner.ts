import { readFile } from "node:fs/promises";
import { createSecureContext } from "node:tls";
import { ChannelCredentials } from "@grpc/grpc-js";
import { FunctionUnavailable } from "../../core/ports/function-runtime.ts";
import type { RunnerSettings } from "../settings/settings.ts";
import { FunctionRunner } from "./function-runner.ts";

/** Throws `FunctionUnavailable` for certificates that cannot be read: another call may find them. */
export async function connectRunner({ address, limits, tls }: RunnerSettings): Promise<FunctionRunner> {
  if (tls === undefined) return new FunctionRunner(address, limits);
  try {
    const ca = tls.ca === undefined ? undefined : await readFile(tls.ca);
    const context = createSecureContext(ca === undefined ? {} : { ca: requirePem(ca) });
    return new FunctionRunner(address, limits, ChannelCredentials.createFromSecureContext(context));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const message = `the certificates of the function runner at ${address} cannot be read: ${why}`;
    throw new FunctionUnavailable(message, { isTransient: true });
  }
}

/** Node.js takes any other text for no certificates, and then trusts nobody without a word. */
function requirePem(ca: Buffer): Buffer {
  if (ca.includes("-----BEGIN CERTIFICATE-----")) return ca;
  throw new Error("the file has no certificate in PEM");
}
