import type { Resource } from "../../api/meta.ts";
import type { Input } from "../command.ts";
import type { Context } from "../context.ts";
import { printList } from "../output/print-list.ts";
import type { LIST_OPTIONS } from "./list-options.ts";

/** What a command does that lists all objects of a kind. */
export function listKind(resource: Resource) {
  return async (
    context: Context,
    { options: { allNamespaces, selector, output, watch } }: Pick<Input<typeof LIST_OPTIONS, never>, "options">,
  ): Promise<void> => {
    const { client, namespace } = await context.cluster();
    const list = { namespace: allNamespaces ? undefined : namespace, labelSelector: selector };
    const table = await client.listTable(resource, list);
    const more = { withNamespace: allNamespaces, single: false, isShown: () => true };
    await printList(context, resource, table, { output, watch, list, ...more });
  };
}
