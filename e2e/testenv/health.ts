import type { TestEnv } from "./env.ts";

/** Status codes of the operator's probes; undefined if there is no response. */
export interface Health {
  readonly alive: number | undefined;
  readonly ready: number | undefined;
  /** Body of /readyz. */
  readonly text: string;
}

export async function readHealth(env: TestEnv): Promise<Health> {
  const { url } = env.operator;
  const fetchProbe = async (path: string) => {
    const response = await fetch(`${url}${path}`).catch(() => undefined);
    return { code: response?.status, text: (await response?.text().catch(() => "")) ?? "" };
  };
  const [healthz, readyz] = await Promise.all([fetchProbe("/healthz"), fetchProbe("/readyz")]);
  return { alive: healthz.code, ready: readyz.code, text: readyz.text };
}
