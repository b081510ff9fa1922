import type { KubeObject, Resource } from "../../api/meta.ts";
import type { KindDefinition } from "../../api/schema/kind.ts";
import { type PackageRevision, packageRevisionKind } from "../../api/v1alpha1/package-revision.ts";
import {
  type PackageRevisionResources,
  packageRevisionResourcesKind,
} from "../../api/v1alpha1/package-revision-resources.ts";
import { type Repository, repositoryKind } from "../../api/v1alpha1/repository.ts";

export const repositories = resourceOf<Repository>(repositoryKind);
export const packageRevisions = resourceOf<PackageRevision>(packageRevisionKind);
export const packageContents = resourceOf<PackageRevisionResources>(packageRevisionResourcesKind);

export interface Secret extends KubeObject {
  readonly type?: string;
  /** Values in base64. */
  readonly data?: Readonly<Record<string, string>>;
}
export const secrets: Resource<Secret> = core("secrets", "Secret", true);

export interface ConfigMap extends KubeObject {
  readonly data?: Readonly<Record<string, string>>;
}
export const configMaps: Resource<ConfigMap> = core("configmaps", "ConfigMap", true);

export const namespaces: Resource = core("namespaces", "Namespace", false);
export const customResourceDefinitions: Resource = {
  group: "apiextensions.k8s.io",
  version: "v1",
  plural: "customresourcedefinitions",
  kind: "CustomResourceDefinition",
  namespaced: false,
};

function resourceOf<T extends KubeObject>(kind: KindDefinition): Resource<T> {
  const { group, version, plural } = kind;
  return { group, version, plural, kind: kind.kind, namespaced: true };
}

function core(plural: string, kind: string, namespaced: boolean): Resource<never> {
  return { group: "", version: "v1", plural, kind, namespaced };
}
