import type { Found, ObjectPair, RiskRule } from "../risk.ts";
import { type Container, podSpecsOf } from "./pod-specs.ts";
import { fieldOf, shown } from "./values.ts";

export interface Image {
  readonly registry: string;
  /** Without registry, tag and digest. */
  readonly repository: string;
  readonly isPinned: boolean;
}

/** As containerd reads it; `web` is `docker.io/library/web`. */
export function parseImage(text: string): Image {
  const untagged = nameIn(text);
  const slash = untagged.indexOf("/");
  const first = slash === -1 ? "" : untagged.slice(0, slash);
  const isRegistry = /[.:]/.test(first) || first === "localhost";
  const registry = isRegistry ? first.replace(/^(?:index|registry-1)\.docker\.io$/, "docker.io") : "docker.io";
  const rest = isRegistry ? untagged.slice(slash + 1) : untagged;
  const repository = registry === "docker.io" && !rest.includes("/") ? `library/${rest}` : rest;
  return { registry, repository, isPinned: text.includes("@") };
}

/**
 * Containers that run something else: an image of another name or registry, or one that is no longer pinned. Another
 * tag or digest of the same image is an upgrade, and no risk by itself. A new container counts if no image of the
 * package came from its registry before.
 */
export const images: RiskRule = ({ before, after }, { knownRegistries }) => {
  const now = after === undefined ? [] : imagesOf(after.value);
  if (now.length === 0) return [];
  const was = new Map(before && imagesOf(before.value).map((one) => [one.path, one] as const));
  const fresh = new Set<string>();
  return now.flatMap(({ path, image }): readonly Found[] => {
    const field = `${path}.image`;
    const old = was.get(path);
    const next = parseImage(image);
    if (old !== undefined) return compareImages(old.image, image).map((one) => ({ ...one, field }));
    const known = knownRegistries();
    if (known === undefined || known.has(next.registry) || fresh.has(next.registry)) return [];
    fresh.add(next.registry);
    const message = `takes an image from ${shown(next.registry)}, of which the package had none`;
    return [{ mark: "RegistryChanged", field, message }];
  });
};

/** As `parseImage` reads it without a doubt. */
const PLAIN_IMAGE = /^[a-z0-9][a-z0-9._:/-]*(?::[A-Za-z0-9_][A-Za-z0-9._-]*)?(?:@sha256:[0-9a-f]{64})?$/;

/**
 * True for another tag or digest of the same image, which stays pinned if it was. The name must be written as before:
 * what registry a short one stands for is a setting of each node.
 */
export function isOtherVersion(before: string, after: string): boolean {
  const isSameName = nameIn(before) === nameIn(after) && compareImages(before, after).length === 0;
  return isSameName && PLAIN_IMAGE.test(before) && PLAIN_IMAGE.test(after);
}

/** The text before tag and digest. The tag comes after the last slash: a registry may have a port. */
function nameIn(image: string): string {
  return image.replace(/@.*$/s, "").replace(/:[^/:]*$/, "");
}

/** How many containers of an object have another image than before; undefined if one has that of another name. */
export function countNewVersions({ before, after }: ObjectPair): number | undefined {
  if (before === undefined || after === undefined) return undefined;
  const was = new Map(imagesOf(before.value).map((one) => [one.path, one.image] as const));
  const changed = imagesOf(after.value).filter(({ path, image }) => was.get(path) !== image);
  return changed.every(({ path, image }) => isOtherVersion(was.get(path) ?? "", image)) ? changed.length : undefined;
}

function compareImages(before: string, after: string): readonly Pick<Found, "mark" | "message">[] {
  const [was, now] = [parseImage(before), parseImage(after)];
  if (was.registry !== now.registry) {
    const message = `takes its image from ${shown(now.registry)}, no longer from ${shown(was.registry)}`;
    return [{ mark: "RegistryChanged", message }];
  }
  if (was.repository !== now.repository) {
    return [
      { mark: "ImageChanged", message: `runs ${shown(now.repository)} in the place of ${shown(was.repository)}` },
    ];
  }
  if (!was.isPinned || now.isPinned) return [];
  return [{ mark: "ImageChanged", message: `runs ${shown(now.repository)} without a digest` }];
}

function imagesOf(value: unknown): readonly (Pick<Container, "path"> & { readonly image: string })[] {
  return podSpecsOf(value).flatMap(({ containers }) =>
    containers.flatMap(({ path, spec }) => {
      const image = fieldOf(spec, "image");
      return typeof image === "string" && image !== "" ? [{ path, image }] : [];
    }),
  );
}

/** The registries that a YAML text names, found by its lines: faster than to read it. */
export function registriesIn(text: string): readonly string[] {
  return [...text.matchAll(/\bimage["']?:[ \t]*["']?([\w.:/@-]{1,300})/g)].map(([, image = ""]) => {
    return parseImage(image).registry;
  });
}
