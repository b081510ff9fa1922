import { fieldBelow } from "../../merge/conflicts.ts";
import type { ReviewObject } from "../read-objects.ts";
import { type Feature, newFeatures } from "../risk.ts";
import { type Container, type PodSpec, podSpecsOf } from "./pod-specs.ts";
import { fieldOf, listOf, shown, textsOf } from "./values.ts";

/** Namespaces of the node that a pod can be in. */
const HOST_FIELDS = [
  ["hostNetwork", "is in the network of its node"],
  ["hostPID", "sees the processes of its node"],
  ["hostIPC", "shares the memory of processes of its node"],
] as const;

/** Capabilities that the Pod Security Standard `baseline` allows. */
const BASELINE: ReadonlySet<string> = new Set([
  ...["AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE"],
  ...["SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT"],
]);

/** Of the Pod Security Standard `baseline`: what reaches the node, without what a privileged container may do. */
export const hostAccess = newFeatures((one) => [
  ...podSpecsOf(one.value).flatMap((pod) => hostFeatures(pod)),
  ...volumeOfHost(one),
]);

export const privilegedContainers = newFeatures(({ value }) => podSpecsOf(value).flatMap(privilegedFeatures));

function hostFeatures({ path, spec, containers }: PodSpec): readonly Feature[] {
  const mark = "HostAccess";
  return [
    ...HOST_FIELDS.filter(([key]) => fieldOf(spec, key) === true).map(([key, message]) => {
      const field = fieldBelow(path, key);
      return { mark, key: field, field, message } as const;
    }),
    ...listOf(fieldOf(spec, "volumes")).flatMap((volume) => {
      const host = fieldOf(volume, "hostPath");
      if (typeof host !== "object" || host === null) return [];
      const of = shown(fieldOf(host, "path"));
      const field = `${fieldBelow(path, "volumes")}[name=${shown(fieldOf(volume, "name"))}].hostPath`;
      return [{ mark, key: `${path} path ${of}`, field, message: `mounts ${of} of its node` } as const];
    }),
    ...containers.flatMap((container) =>
      listOf(fieldOf(container.spec, "ports")).flatMap((port) => {
        const number = fieldOf(port, "hostPort");
        if (typeof number !== "number" || number === 0) return [];
        const field = `${container.path}.ports`;
        return [{ mark, key: `${path} port ${number}`, field, message: `takes port ${number} of its node` } as const];
      }),
    ),
    ...[spec, ...containers.map((one) => one.spec)].flatMap((one, at) => {
      if (fieldOf(one, "securityContext", "windowsOptions", "hostProcess") !== true) return [];
      const field = `${at === 0 ? path : containers[at - 1]?.path}.securityContext.windowsOptions.hostProcess`;
      return [{ mark, key: field, field, message: "runs as a process of its node" } as const];
    }),
  ];
}

function volumeOfHost({ object: { group, kind }, value }: ReviewObject): readonly Feature[] {
  if (group !== "" || kind !== "PersistentVolume") return [];
  return (["hostPath", "local"] as const).flatMap((key) => {
    const path = fieldOf(value, "spec", key, "path");
    if (path === undefined) return [];
    const message = `is the folder ${shown(path)} of a node`;
    return [{ mark: "HostAccess", key: `${key} ${shown(path)}`, field: `spec.${key}.path`, message }];
  });
}

function privilegedFeatures({ path, spec, containers }: PodSpec): readonly Feature[] {
  return [
    ...containers.flatMap(ofContainer),
    ...unconfined(spec, path),
    ...containers.flatMap((one) => unconfined(one.spec, one.path)),
  ];
}

function ofContainer({ path, name, spec }: Container): readonly Feature[] {
  const context = fieldOf(spec, "securityContext");
  const below = (key: string) => `${path}.securityContext.${key}`;
  const mark = "PrivilegedContainer";
  const added = textsOf(fieldOf(context, "capabilities", "add"));
  return [
    ...(fieldOf(context, "privileged") === true
      ? [{ mark, key: below("privileged"), field: below("privileged"), message: `${name} runs privileged` } as const]
      : []),
    ...added.flatMap((capability) => {
      const plain = capability.replace(/^CAP_/, "").toUpperCase();
      if (BASELINE.has(plain)) return [];
      const field = below("capabilities.add");
      return [
        { mark, key: `${field} ${plain}`, field, message: `${name} has the capability ${shown(plain)}` } as const,
      ];
    }),
    ...(fieldOf(context, "procMount") === "Unmasked"
      ? [{ mark, key: below("procMount"), field: below("procMount"), message: `${name} sees all of /proc` } as const]
      : []),
  ];
}

function unconfined(spec: unknown, path: string): readonly Feature[] {
  return (["seccompProfile", "appArmorProfile"] as const).flatMap((profile) => {
    if (fieldOf(spec, "securityContext", profile, "type") !== "Unconfined") return [];
    const field = fieldBelow(path, `securityContext`);
    const message = `runs without a ${profile === "seccompProfile" ? "seccomp" : "AppArmor"} profile`;
    return [
      { mark: "PrivilegedContainer", key: `${field} ${profile}`, field: `${field}.${profile}.type`, message } as const,
    ];
  });
}
