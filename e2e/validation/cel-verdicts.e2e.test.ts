import { randomBytes } from "node:crypto";
import { describe, expect } from "vitest";
import type { KubeObject, Resource } from "../../src/api/meta.ts";
import { parseObjects } from "../../src/core/validation/objects/parse-objects.ts";
import { compilePolicies } from "../../src/core/validation/policy/compile-policy.ts";
import { evaluatePolicies } from "../../src/core/validation/policy/evaluate-policies.ts";
import type { KubeClient } from "../../src/kube/client/client.ts";
import { ApiError, ignoreNotFound } from "../../src/kube/client/errors.ts";
import { clusterTest } from "../../src/kube/testing/cluster.ts";
import { waitUntil } from "../harness/wait.ts";

const admission = { group: "admissionregistration.k8s.io", version: "v1", namespaced: false } as const;
const policies: Resource<KubeObject & { readonly spec: object }> = {
  ...admission,
  plural: "validatingadmissionpolicies",
  kind: "ValidatingAdmissionPolicy",
};
const bindings: typeof policies = {
  ...admission,
  plural: "validatingadmissionpolicybindings",
  kind: "ValidatingAdmissionPolicyBinding",
};

const CONTAINERS = "object.spec.template.spec.containers";
const DEPLOYMENT = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "web", labels: { app: "web", "example.com/tier": "front" }, annotations: { note: "ä😀b" } },
  spec: {
    replicas: 3,
    selector: { matchLabels: { app: "web" } },
    template: {
      metadata: { labels: { app: "web" } },
      spec: {
        containers: [
          {
            name: "web",
            image: "host:5000/nginx:1.25",
            resources: { limits: { cpu: "500m", memory: "1.5Gi" } },
            ports: [{ containerPort: 80 }, { containerPort: 8080, name: "alt" }],
          },
          { name: "side", image: "busybox", args: ["a", "b", "c"] },
        ],
      },
    },
  },
};

/** Each gives a string, a number or a boolean. */
const EXPRESSIONS = [
  "object.spec.replicas + 1",
  "object.spec.replicas / 2",
  "object.spec.replicas % 2",
  "-object.spec.replicas",
  "double(object.spec.replicas) / 2.0",
  "object.spec.replicas == 3 && object.kind != 'Pod'",
  "object.spec.replicas > 2 ? 'many' : 'few'",
  "object.spec.replicas in [1, 2, 3]",
  "'app' in object.metadata.labels",
  "object.metadata.labels['example.com/tier']",
  "has(object.metadata.labels.app) && !has(object.metadata.labels.nope)",
  "has(object.spec.selector.nope)",
  "size(object.spec.selector)",
  "object.metadata.annotations.note.size()",
  "object.metadata.annotations.note.charAt(1)",
  "object.metadata.annotations.note.indexOf('b')",
  "object.metadata.annotations.note.substring(1, 2) + object.metadata.annotations.note.substring(1)",
  "object.metadata.annotations.note.indexOf('b', 1) + object.metadata.annotations.note.indexOf('b', 2)",
  "object.metadata.annotations.note.lastIndexOf('b') + object.metadata.annotations.note.lastIndexOf('x')",
  "'a-b-a'.lastIndexOf('a', 3) + 'a-b-a'.lastIndexOf('a', 4) + 'abc'.indexOf('', 2) + 'abc'.indexOf('c', 3)",
  "'abc'.substring(3) + 'abc'.charAt(3) + 'x'",
  "object.metadata.annotations.note.split('').join('.')",
  "object.metadata.annotations.note.replace('', '-')",
  "object.metadata.annotations.note.find('.b')",
  "size([1, 2, 3].map(x, x * 2).filter(x, x > 2))",
  "'a,b,,c'.split(',').size()",
  "[1, 2, 2].isSorted()",
  "object.metadata.labels.all(k, k.size() > 0)",
  "object.metadata.labels.exists(k, object.metadata.labels[k] == 'front')",
  "uint(3) == 3u",
  "7.0 / 2.0 > 3.0 && 7 / 2 == 3 && -7 / 2 == -3 && -7 % 2 == -1",
  "'b' > 'a' && 'a' < 'aa'",
  "[1, 2] + [3] == [1, 2, 3]",
  "size('ä😀b')",
  "'aB'.lowerAscii() == 'ab' && 'Ä'.lowerAscii() == 'Ä'",
  "bytes('ä').size()",
  "string(b'abc')",
  "has(object.metadata.labels) ? object.metadata.labels.app : ''",
  "object.metadata.name.upperAscii() + 'X'.lowerAscii()",
  "' a b '.trim()",
  "'a-b-c'.split('-').join('+')",
  "'a-b-c'.split('-', 2)[1]",
  "'a-b-c'.replace('-', '')",
  "'a-b-c'.replace('-', '+', 1)",
  "'a-b-c'.lastIndexOf('-')",
  "'abc'.startsWith('ab') && 'abc'.endsWith('bc') && 'abc'.contains('b')",
  `${CONTAINERS}.all(c, c.image.contains('/'))`,
  `${CONTAINERS}.exists(c, c.name == 'side')`,
  `${CONTAINERS}.exists_one(c, has(c.args))`,
  `${CONTAINERS}.map(c, c.name).join(',')`,
  `${CONTAINERS}.filter(c, has(c.args)).map(c, c.name).join(',')`,
  `${CONTAINERS}.map(c, has(c.args), c.args[0]).join(',')`,
  `${CONTAINERS}[0].ports.map(p, string(p.containerPort)).join(',')`,
  `${CONTAINERS}.map(c, c.image.matches('@sha256:|:[^/:]+$')).exists(x, !x)`,
  "'host:5000/nginx:1.25'.find('[0-9]+')",
  "'a1b22'.findAll('[0-9]+').join(',')",
  "'A'.matches('(?i)a')",
  "object.?spec.?replicas.orValue(1)",
  "object.?spec.?nope.?more.orValue('none')",
  "object.metadata.?labels[?'nope'].orValue('none')",
  "object.metadata.?labels[?'app'].hasValue()",
  `${CONTAINERS}[1].?resources.?limits.?memory.orValue('0')`,
  "optional.none().or(optional.of('a')).value()",
  `quantity(${CONTAINERS}[0].resources.limits.memory).isLessThan(quantity('2Gi'))`,
  `quantity(${CONTAINERS}[0].resources.limits.cpu).compareTo(quantity('0.5'))`,
  "quantity('2Gi').asInteger()",
  "quantity('50k').add(quantity('20k')).asApproximateFloat()",
  "quantity('1000m') == quantity('1')",
  "isQuantity('1Xi')",
  "sign(quantity('100m')) + sign(quantity('1').sub(quantity('2')))",
  "[1, 2, 3].sum()",
  "[3, 1, 2].min() + [3, 1, 2].max()",
  "[dyn(1), dyn('a')][1]",
  "{'a': 1, 'b': 2}.map(k, k).size()",
  "int('42') + int(1.9)",
  "string(1.0) + string(0.5)",
  "type(object.spec.replicas) == int",
  "duration('1h') > duration('59m')",
  "timestamp('2024-01-31T00:00:00Z').getMonth()",
  "timestamp('2024-01-01T00:00:00Z') + duration('1h') == timestamp('2024-01-01T01:00:00Z')",
  "true || object.nope == 1",
  "object.nope == 1 || true",
  "false && object.nope == 1",
  "[1, 2].all(x, object.nope == x || true)",
  "{'a': {'b': [1, 2]}} == {'a': {'b': [1, 2]}}",
  "dyn(1) == dyn(1.0)",
  "b'abc' == bytes('abc')",
  "r'\\d' + \"\\u0041\" + '\\x41'",
] as const;

/** Of the objects that a policy is about: its expression's index. */
const LABEL = "pkgserver.test/expression";
const NO_VALUE = "no value";

/** What the API server says to an object that the policy of an expression refuses: its value. */
async function askServer(client: KubeClient, namespace: string, index: number): Promise<string> {
  const metadata = { ...DEPLOYMENT.metadata, labels: { ...DEPLOYMENT.metadata.labels, [LABEL]: String(index) } };
  const body = JSON.stringify({ ...DEPLOYMENT, metadata });
  const path = `/apis/apps/v1/namespaces/${namespace}/deployments`;
  const request = { method: "POST", path, query: { dryRun: "All" }, body, contentType: "application/json" } as const;
  return await waitUntil(`the policy of ${EXPRESSIONS[index]} is enforced`, async () => {
    try {
      await client.send(request);
      return undefined;
    } catch (error) {
      if (error instanceof ApiError && error.code === 422) return error.message.replace(/^.* denied request: /s, "");
      throw error;
    }
  });
}

/** A policy for each expression, which refuses with its value. */
const it = clusterTest.extend("ask", { scope: "file" }, async ({ client, namespace }, { onCleanup }) => {
  const prefix = `cel-${randomBytes(5).toString("hex")}`;
  const names = EXPRESSIONS.map((_, index) => `${prefix}-${index}.pkgserver.test`);
  const rule = { apiGroups: ["apps"], apiVersions: ["v1"], operations: ["CREATE"], resources: ["deployments"] };
  const namespaceSelector = { matchLabels: { "kubernetes.io/metadata.name": namespace } };
  onCleanup(async () => {
    for (const resource of [bindings, policies]) {
      await Promise.all(names.map(async (name) => await ignoreNotFound(client.delete(resource, { name }))));
    }
  });
  await Promise.all(
    names.map(async (name, index) => {
      const matchConstraints = {
        resourceRules: [rule],
        namespaceSelector,
        objectSelector: { matchLabels: { [LABEL]: String(index) } },
      };
      const messageExpression = `string(${EXPRESSIONS[index]})`;
      const validations = [{ expression: "false", messageExpression, message: NO_VALUE }];
      await client.create(policies, { metadata: { name }, spec: { matchConstraints, validations } });
      await client.create(bindings, { metadata: { name }, spec: { policyName: name, validationActions: ["Deny"] } });
    }),
  );
  return async (index: number) => await askServer(client, namespace, index);
});

function evaluate(expression: string): string {
  const { objects } = parseObjects([["a.yaml", new TextEncoder().encode(JSON.stringify(DEPLOYMENT))]]);
  const policy = { name: "p", expression: "false", messageExpression: `string(${expression})`, message: NO_VALUE };
  const { compiled, problems } = compilePolicies([policy]);
  const [message = problems[0]?.message] = evaluatePolicies(compiled, objects).map((one) => one.message);
  return message?.replace("policy p: ", "") ?? "";
}

describe.concurrent("an expression in a policy has the value that it has for the API server:", () => {
  it.for(EXPRESSIONS.map((expression, index) => ({ expression, index })))(
    "$expression",
    async ({ expression, index }, { ask }) => {
      expect(evaluate(expression)).toBe(await ask(index));
    },
  );
});
