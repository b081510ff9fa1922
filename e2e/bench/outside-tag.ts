import { repositories } from "../../src/controllers/shared/kinds.ts";
import { alternate, clock, median, timed } from "./measure.ts";
import { Observer } from "./observer.ts";
import { DEPLOYMENTS, objectNameOf } from "./package.ts";
import { setInterval } from "./resync.ts";
import { tagFromOutside } from "./seed.ts";
import { compare, isMet, type Row } from "./table.ts";
import type { BenchEnv } from "./testenv.ts";

const SAMPLES = 10;
const AT_INTERVAL = 3;
const INTERVAL_SECONDS = 4;
const PEERS = "Porch an hour (2.3 s when forced); pkgserver 60 s";

/**
 * (h) A tag and its commit, pushed by somebody else, until the revision is listed as published and has its contents.
 * When asked to sync, the floor lists, fetches, reads and makes the objects (see `FloorSync.discover`); without being
 * asked, it takes the whole interval at worst.
 */
export async function measureOutsideTag(env: BenchEnv): Promise<readonly Row[]> {
  const { system, measured, floor, held } = env;
  const server = system.git.repositories;
  const seen = await Observer.start(system.clients.admin, repositories, measured.namespace);
  const whenListed = async (name: string) => {
    const times = await Promise.all([
      measured.revisions.waitFor(objectNameOf(name, "v1"), "published", (one) => one.status?.lifecycle === "published"),
      measured.contents.waitFor(objectNameOf(name, "v1"), "there", () => true),
    ]);
    return Math.max(...times);
  };
  const asked = await alternate(
    SAMPLES,
    async (index) => {
      await tagFromOutside(server, measured.repository, `outside-${index}`);
      const began = clock();
      await measured.users.askForSync(DEPLOYMENTS);
      return (await whenListed(`outside-${index}`)) - began;
    },
    async (index) => {
      const known = new Set((await floor.git.list()).keys());
      await tagFromOutside(server, floor.repository, `outside-${index}`);
      return await timed(async () => {
        await floor.sync.discover(floor.git, known, await floor.users.askForSync(DEPLOYMENTS));
      });
    },
  );
  await setInterval(env, seen, `${INTERVAL_SECONDS}s`);
  const waited: number[] = [];
  for (let index = 0; index < AT_INTERVAL; index++) {
    await tagFromOutside(server, measured.repository, `interval-${index}`);
    const began = clock();
    waited.push(((await whenListed(`interval-${index}`)) - began) / 1000);
  }
  await setInterval(env, seen, "1h");
  seen.close();
  const worst = INTERVAL_SECONDS + median(asked.measured) / 1000;
  const [most, what] = [Math.max(...waited), `outside tag, at an interval of ${INTERVAL_SECONDS} s, the longest`];
  return [
    compare({ scenario: "h", what: `outside tag, asked to sync, ${held} held`, unit: "ms", peers: PEERS }, asked, 1.5),
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
