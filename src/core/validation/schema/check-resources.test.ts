import { describe, expect, it } from "vitest";
import { check, found, widget } from "./testing/check.ts";

const DEPLOYMENT = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: web
        image: nginx
        resources: {limits: {cpu: 1, memory: 1Gi}}
        livenessProbe: {httpGet: {port: 80}}
`;

describe("checkResources", () => {
  it("accepts an object as the API server does: numbers for quantities, null for what is absent", () => {
    const text = `${DEPLOYMENT}      volumes: null\nstatus: {}\n`;
    expect(check({ "a.yaml": text })).toEqual({ found: [], checked: 1, withoutSchema: new Map() });
  });

  it("takes null in a list of a built-in kind for an empty value, as Go does", () => {
    const withArgs = DEPLOYMENT.replace("image: nginx", "image: nginx\n        args: [null]");
    expect(found(withArgs)).toEqual([]);
    const withContainer = DEPLOYMENT.replace(
      "      containers:\n",
      "      initContainers: [null]\n      containers:\n",
    );
    expect(found(withContainer)).toEqual([expect.stringMatching(/initContainers\[0\].name: is missing$/)]);
  });

  it.each([
    ["a wrong type", "replicas: three", "a.yaml:15:3 error spec.replicas: must be integer, and is string"],
    ["a list in place of a map", "strategy: []", "a.yaml:15:3 error spec.strategy: must be object, and is array"],
    [
      "a value that is none of the allowed",
      "strategy: {type: Big}",
      /type: must be one of "Recreate", "RollingUpdate"$/,
    ],
    ["a field that nothing knows", "replica: 3", "a.yaml:15:3 warning spec.replica: unknown field"],
    ["a number that is not whole", "replicas: 1.5", "a.yaml:15:3 error spec.replicas: must be integer, and is number"],
  ])("finds %s", (_, line, message) => {
    const all = found(`${DEPLOYMENT}  ${line}\n`);
    expect(all).toHaveLength(1);
    expect(all[0]).toMatch(message);
  });

  it("names the item of a list, and what is missing in it", () => {
    const text = DEPLOYMENT.replace("- name: web\n        image", "- image");
    expect(found(text)).toEqual(["a.yaml:11:9 error spec.template.spec.containers[0].name: is missing"]);
  });

  it.each(["{}", "{name: ''}", "{name: null}", "{labels: {}}", "null"])(
    "finds an object without a name: %s",
    (metadata) => {
      const map = (kind: string) => `apiVersion: v1\nkind: ${kind}\nmetadata: ${metadata}\n`;
      expect(found(map("ConfigMap"))).toEqual([
        expect.stringMatching(/^a.yaml:3:\d+ error metadata.name: is missing$/),
      ]);
      expect(found(map("ConfigMap").replace(/metadata.*/, "metadata: {generateName: a-}"))).toEqual([]);
      const review = "apiVersion: authentication.k8s.io/v1\nkind: TokenReview\nspec: {token: a}\n";
      expect(found(review)).toEqual([]);
    },
  );

  it("checks each document, and each item of a list", () => {
    const list =
      "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: ConfigMap, metadata: {name: a}, datas: {}}\n";
    const map = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: b}\ndata: {a: 1}\n";
    expect(found(`${list}---\n${map}`)).toEqual([
      "a.yaml:4:58 warning datas: unknown field",
      "a.yaml:9:8 error data.a: must be string, and is integer",
    ]);
  });

  it("finds the place of what an alias or a merge key brings in", () => {
    const text =
      "apiVersion: v1\nkind: ConfigMap\nmetadata: &m {name: a, labels: {a: 1}}\n---\n" +
      "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: &n 5, generateName: *n}\ndata:\n  <<: {a: 1}\n";
    expect(found(text)).toEqual([
      "a.yaml:3:33 error metadata.labels.a: must be string, and is integer",
      "a.yaml:7:12 error metadata.name: must be string, and is integer",
      "a.yaml:7:24 error metadata.generateName: must be string, and is integer",
      "a.yaml:8:1 error data.a: must be string, and is integer",
    ]);
  });

  it("reads numbers as Kubernetes does: a MAC address or a time is text", () => {
    const map = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: b}\ndata:\n";
    expect(found(`${map}  mac: 00:11:22:33:44:55\n  time: 12:30:45\n  float: 1:30.5\n`)).toEqual([]);
    expect(found(`${map}  a: 0x1F\n  b: yes\n  c: 1e3\n`)).toHaveLength(3);
  });

  it("says which kinds have no schema, but not of the configuration of tools", () => {
    const local = `${widget({}, { annotations: { "config.kubernetes.io/local-config": "true" } })}\n`;
    const kptfile = "apiVersion: kpt.dev/v1\nkind: Kptfile\nmetadata: {name: a}\n";
    const { withoutSchema, checked } = check({ "a.yaml": widget({}), "b.yaml": local, Kptfile: kptfile });
    expect([checked, [...withoutSchema]]).toEqual([0, [["example.com/v1/Widget", 1]]]);
  });

  it.each([
    [
      "extensions/v1beta1",
      "Ingress",
      "Kubernetes 1.22 has removed Ingress from extensions/v1beta1: use networking.k8s.io/v1",
    ],
    ["apps/v1beta2", "Deployment", "Kubernetes 1.16 has removed Deployment from apps/v1beta2: use apps/v1"],
    ["policy/v1beta1", "PodSecurityPolicy", /removed PodSecurityPolicy from policy\/v1beta1: there is no replacement/],
    ["apps/v1", "Deploymnet", /Kubernetes 1\.[0-9]+ has no Deploymnet in apps\/v1$/],
    ["v1", "Widget", /has no Widget in v1$/],
    [
      "certificates.k8s.io/v1beta1",
      "ClusterTrustBundle",
      /warning Kubernetes 1\.[0-9]+ does not serve ClusterTrustBundle in certificates\.k8s\.io\/v1beta1 by default/,
    ],
    ["v2", "Pod", /error Kubernetes 1.* has no Pod in v2$/],
  ])("says what became of %s %s", (apiVersion, kind, message) => {
    const all = found(`apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: {name: a}\n`);
    expect(all).toHaveLength(1);
    expect(all[0]).toMatch(message);
  });

  it("says what an older or a newer release has", () => {
    const text = (apiVersion: string, kind: string) =>
      `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: {name: a}\n`;
    const files = { "a.yaml": text("batch/v1", "CronJob"), "b.yaml": text("batch/v1beta1", "CronJob") };
    const at = (release: string) => check(files, release).found.filter((one) => !one.includes("spec: is missing"));
    expect(at("1.20")).toEqual(["a.yaml:1:1 error Kubernetes 1.20 has no CronJob in batch/v1: it comes with 1.21"]);
    expect(at("1.24")).toEqual(["b.yaml:1:1 warning Kubernetes 1.25 removes CronJob from batch/v1beta1: use batch/v1"]);
    expect(at("1.31")).toEqual([
      "b.yaml:1:1 error Kubernetes 1.25 has removed CronJob from batch/v1beta1: use batch/v1",
    ]);
  });

  it("leaves kinds alone that a CustomResourceDefinition of another package may define", () => {
    expect(found("apiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: {name: a}\n")).toEqual([]);
  });

  it("leaves out what is no YAML, no object, or not YAML by name", () => {
    const files = { "a.yaml": "a: [\n", "b.yaml": "a: 1\n", "c.txt": "kind: [", "d.yaml": "[]\n", "e.yaml": "" };
    expect(check(files)).toEqual({ found: [], checked: 0, withoutSchema: new Map() });
  });

  it("quotes no value, and no key of a Secret", () => {
    const all = found(
      "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\nstringData: {hunter2: 7}\ndata: {hunter3: '§'}\n",
    );
    expect(all).toEqual([
      "a.yaml:4:14 error stringData.*: must be string, and is integer",
      "a.yaml:5:8 error data.*: must be base64",
    ]);
  });

  it("lists at most 50 problems of a file", () => {
    const fields = Array.from({ length: 80 }, (_, index) => `f${index}: 1`).join("\n");
    expect(found(`apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n${fields}\n`)).toHaveLength(50);
  });
});
