import type { Cluster } from "./context.ts";

/** The version of the API server, such as `v1.36.0`. */
export async function readServerVersion({ client }: Cluster): Promise<string> {
  const { gitVersion } = JSON.parse(await client.send({ method: "GET", path: "/version" })) as { gitVersion: string };
  return gitVersion;
}
