import { asPartialMetadata, type KubeObject } from "../../api/meta.ts";
import type { KubeClient } from "../../kube/client/client.ts";
import { Informer } from "../../kube/informer/informer.ts";
import { configMaps, secrets } from "../shared/kinds.ts";
import { ALLOWED_SIGNERS } from "./signing-keys.ts";

/** Reports that an object has changed, between `start` and `stop`. */
export type KeyWatch = Pick<Informer<KubeObject>, "onChange" | "start" | "stop">;

/** Watches the Secret and the ConfigMap alone, and of both the metadata: the private key is in no cache. */
export function watchKeys(options: {
  readonly client: KubeClient;
  readonly namespace: string;
  readonly secretName: string;
  readonly onError: (error: unknown) => void;
}): readonly KeyWatch[] {
  const { namespace, secretName, ...rest } = options;
  const watched = [
    [secrets, secretName],
    [configMaps, ALLOWED_SIGNERS.name],
  ] as const;
  return watched.map(
    ([resource, name]) =>
      new Informer<KubeObject>({
        ...rest,
        resource: asPartialMetadata(resource),
        namespaces: [namespace],
        fieldSelector: `metadata.name=${name}`,
      }),
  );
}
