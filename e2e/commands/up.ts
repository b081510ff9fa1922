import { reportErrors } from "./command-error.ts";
import { bringUpSystem } from "./demo-system.ts";

/** `make up`: the system of the demo without its steps. */
reportErrors();
const [dir = ".run", catalog = ""] = process.argv.slice(2);
const print = (line: string): void => void process.stdout.write(`${line}\n`);
const { state, programs } = await bringUpSystem(dir, catalog, print);
const { kubeconfigs } = state.controlPlane;
const { user, password } = state.git.credentials;
print(
  `git: export GIT_URL=${state.git.server} GIT_PASSWORD=${password} (catalog.git and deployments.git, user ${user})`,
);
print(`kubectl, kubectl pkg: export PATH=${programs.join(":")}:$PATH`);
for (const name of ["admin", "alice", "bob"] as const) print(`${name}: export KUBECONFIG=${kubeconfigs[name]}`);
print(`stop: make demo-stop${dir === ".run" ? "" : ` RUN=${dir}`}`);
