import type { KubeObject } from "../../api/meta.ts";
import type { CallOptions } from "../../core/ports/resources-client.ts";
import type { RestTransportOptions } from "./transport.ts";

export interface KubeClientOptions extends RestTransportOptions {
  /** The manager of written fields in managedFields; `pkgserver` if left out. */
  readonly fieldManager?: string;
}

export interface ListOptions extends CallOptions {
  /** All namespaces if left out. */
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
}

export interface PageOptions extends ListOptions {
  /** The most objects to return; no limit if left out. */
  readonly limit?: number;
  readonly continue?: string;
  readonly resourceVersion?: string;
}

export interface ListPage<T> {
  readonly items: readonly T[];
  readonly resourceVersion: string;
  /** The token of the next page; undefined on the last page. */
  readonly continue: string | undefined;
  /** Objects on later pages; undefined if the server does not count them. */
  readonly remaining: number | undefined;
}

export interface WatchOptions extends ListOptions {
  readonly resourceVersion?: string | undefined;
  /** Sends the present objects first, as ADDED events, then a bookmark that ends them (a streaming list). */
  readonly sendInitialEvents?: boolean;
  /** Each event has a {@link Table} of one row instead of the object. */
  readonly asTable?: boolean;
  /** The server ends the watch after this time. */
  readonly timeoutSeconds?: number;
}

/** A list as the API server prints it: what `kubectl get` shows. */
export interface Table {
  readonly columnDefinitions: readonly TableColumn[];
  readonly rows: readonly TableRow[];
  readonly metadata: { readonly resourceVersion?: string; readonly continue?: string };
}

export interface TableColumn {
  readonly name: string;
  /** 0: always shown; above: with `-o wide` only. */
  readonly priority: number;
}

export interface TableRow {
  readonly cells: readonly unknown[];
  /** The whole object, which `Table` requests ask for. */
  readonly object: KubeObject;
}
