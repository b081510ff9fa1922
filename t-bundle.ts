import { bundleOperator } from "./e2e/faults/crash/program.ts";

const t = Date.now();
await bundleOperator("/tmp/w/crash-cc/b");
console.log(Date.now() - t);
