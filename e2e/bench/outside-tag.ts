import { repositories } from "../../src/controllers/shared/kinds.ts";
import { alternate, clock, median, timed } from "./measure.ts";
import { Observer } from "./observer.ts";
import { DEPLOYMENTS, objectNameOf } from "./package.ts";
import { setInterval } from "./resync.ts";
import { pushTagExternally } from "./seed.ts";
import { compare, isMet, type Row } from "./table.ts";
import type { BenchEnv } from "./testenv.ts";

const SAMPLES = 10;
const INTERVAL_SAMPLES = 3;
const INTERVAL_SECONDS = 4;

/**
 * (h) An external push of a tag and its commit, until the revision is listed as published with its contents. With a
 * requested sync, the floor lists, fetches, reads and creates the objects (see `FloorSync.discover`); without a
 * request, the floor is the whole interval.
 */
export async function measureOutsideTag(env: BenchEnv): Promise<readonly Row[]> {
  const { system, measured, floor, held } = env;
  const server = system.git.repositories;
  const observer = await Observer.start(system.clients.admin, repositories, measured.namespace);
  const whenListed = async (name: string) => {
    const times = await Promise.all([
      measured.revisions.waitFor(objectNameOf(name, "v1"), "published", (one) => one.status?.lifecycle === "published"),
      measured.contents.waitFor(objectNameOf(name, "v1"), "there", () => true),
    ]);
    return Math.max(...times);
  };
  const requested = await alternate(
    SAMPLES,
    async (index) => {
      await pushTagExternally(server, measured.repository, `outside-${index}`);
      const started = clock();
      await measured.users.requestSync(DEPLOYMENTS);
      return (await whenListed(`outside-${index}`)) - started;
    },
    async (index) => {
      const known = new Set((await floor.git.list()).keys());
      await pushTagExternally(server, floor.repository, `outside-${index}`);
      return await timed(async () => {
        await floor.sync.discover(floor.git, known, await floor.users.requestSync(DEPLOYMENTS));
      });
    },
  );
  await setInterval(env, observer, `${INTERVAL_SECONDS}s`);
  const waited: number[] = [];
  for (let index = 0; index < INTERVAL_SAMPLES; index++) {
    await pushTagExternally(server, measured.repository, `interval-${index}`);
    const started = clock();
    waited.push(((await whenListed(`interval-${index}`)) - started) / 1000);
  }
  await setInterval(env, observer, "1h");
  observer.close();
  const worst = INTERVAL_SECONDS + median(requested.measured) / 1000;
  const [most, what] = [Math.max(...waited), `outside tag, at an interval of ${INTERVAL_SECONDS} s, the longest`];
  return [
    compare({ scenario: "h", what: `outside tag, asked to sync, ${held} held`, unit: "ms" }, requested, 1.5),
    {
      scenario: "h",
      what,
      unit: "s",
      measured: most,
      wanted: `<= ${worst.toFixed(1)} s`,
      met: isMet(most <= worst * 1.1),
    },
  ];
}
