import { type Secret, secrets } from "../../api/resources.ts";
import { isAlreadyExists } from "../../kube/client/errors.ts";
import { CliError } from "../cli-error.ts";
import type { Context } from "../context.ts";

/** Creates a Secret, and returns its name. Throws a CliError if there is one of this name. */
export async function createSecret(context: Context, secret: Secret): Promise<string> {
  const { client } = await context.cluster();
  const name = secret.metadata.name ?? "";
  await client.create(secrets, secret).catch((error: unknown) => {
    if (!isAlreadyExists(error)) throw error;
    throw new CliError("conflict", `there is a Secret ${name} already`, [
      `to use it: kubectl pkg repo add NAME URL --secret ${name}`,
    ]);
  });
  return name;
}
