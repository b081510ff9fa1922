import type { Command } from "../command.ts";
import { versionCommand } from "./helping/version.ts";
import { catCommand } from "./looking/cat.ts";
import { getCommand } from "./looking/get.ts";
import { lsCommand } from "./looking/ls.ts";
import { showCommand } from "./looking/show.ts";

/** All commands, in the order of the help. */
export const COMMANDS: readonly Command[] = [getCommand, showCommand, lsCommand, catCommand, versionCommand];
