import { CONFLICTS_PATH, writeConflicts } from "../conflict-file.ts";
import { mergePackages } from "../merge-packages.ts";

const encode = (text: string) => new TextEncoder().encode(text);
const decode = (bytes: Uint8Array | undefined) => new TextDecoder().decode(bytes);

export function pod(image: string, port: number, label: string): string {
  return `apiVersion: v1
kind: Pod
metadata:
  name: web # ours
  labels: {app.kubernetes.io/name: ${label}}
spec:
  containers:
    - name: side
      image: s:1
    - name: web
      image: ${image} # keep
      ports:
        - containerPort: ${port}
          protocol: TCP
          name: http
`;
}

/** The files of a package after a merge of texts of one file. */
export function merged(base: string, upstream: string, local: string): ReadonlyMap<string, string> {
  const side = (text: string) => new Map([["pod.yaml", encode(text)]]);
  const {
    files,
    conflicts,
    conflictCount: count,
  } = mergePackages({
    base: side(base),
    upstream: side(upstream),
    local: side(local),
  });
  const list = decode(writeConflicts({ upstream: "blue/lib v2", conflicts, count }));
  return new Map([...[...files].map(([path, bytes]) => [path, decode(bytes)] as const), [CONFLICTS_PATH, list]]);
}

/** Base, upstream and local text with three conflicts. */
export const THREE = [pod("a:1", 80, "one"), pod("a:2", 81, "two"), pod("a:3", 82, "three")] as const;
