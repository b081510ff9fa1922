import type { YAMLMap, YAMLSeq } from "yaml";

export type Collection = YAMLMap | YAMLSeq;
