import type { Command } from "../command.ts";
import { approveCommand } from "./deciding/approve.ts";
import { deleteCommand, undeleteCommand } from "./deciding/delete.ts";
import { proposeCommand } from "./deciding/propose.ts";
import { rejectCommand, withdrawCommand } from "./deciding/to-draft.ts";
import { fleetAbortCommand, fleetResumeCommand, fleetRollbackCommand } from "./fleet/decide.ts";
import { fleetListCommand, fleetStatusCommand } from "./fleet/look.ts";
import { fleetPlanCommand } from "./fleet/plan.ts";
import { completionCommand } from "./helping/completion.ts";
import { doctorCommand } from "./helping/doctor.ts";
import { versionCommand } from "./helping/version.ts";
import { fmtCommand } from "./local/fmt.ts";
import { renderCommand } from "./local/render.ts";
import { validateCommand } from "./local/validate.ts";
import { auditCommand } from "./looking/audit.ts";
import { catCommand } from "./looking/cat.ts";
import { depsCommand } from "./looking/deps.ts";
import { diffCommand } from "./looking/diff.ts";
import { eventsCommand } from "./looking/events.ts";
import { getCommand } from "./looking/get.ts";
import { historyCommand } from "./looking/history.ts";
import { lsCommand } from "./looking/ls.ts";
import { showCommand } from "./looking/show.ts";
import { treeCommand } from "./looking/tree.ts";
import { waitCommand } from "./looking/wait.ts";
import { cloneCommand } from "./making/clone.ts";
import { draftCommand } from "./making/draft.ts";
import { editCommand } from "./making/edit.ts";
import { initCommand } from "./making/init.ts";
import { pullCommand } from "./making/pull.ts";
import { pushCommand } from "./making/push.ts";
import { rebaseCommand } from "./making/rebase.ts";
import { resolveCommand } from "./making/resolve.ts";
import { rollbackCommand } from "./making/rollback.ts";
import { setCommand } from "./making/set.ts";
import { upgradeCommand } from "./making/upgrade.ts";
import { rpkgCloneCommand, rpkgCreateCommand } from "./other-words/rpkg-create.ts";
import { rpkgPushCommand } from "./other-words/rpkg-push.ts";
import { rpkgProposeDeleteCommand, rpkgUpdateStatusCommand } from "./other-words/rpkg-updatestatus.ts";
import { repoAddCommand } from "./repositories/add.ts";
import { repoRemoveCommand, repoResumeCommand, repoSuspendCommand, repoSyncCommand } from "./repositories/change.ts";
import { repoListCommand, repoShowCommand } from "./repositories/look.ts";
import { secretCreateCommand } from "./repositories/secret-create.ts";

/** All commands, in the order of the help. */
export const COMMANDS: readonly Command[] = [
  getCommand,
  showCommand,
  lsCommand,
  catCommand,
  diffCommand,
  treeCommand,
  depsCommand,
  historyCommand,
  auditCommand,
  eventsCommand,
  waitCommand,
  initCommand,
  cloneCommand,
  draftCommand,
  upgradeCommand,
  rebaseCommand,
  resolveCommand,
  rollbackCommand,
  pullCommand,
  pushCommand,
  editCommand,
  setCommand,
  renderCommand,
  validateCommand,
  fmtCommand,
  proposeCommand,
  withdrawCommand,
  approveCommand,
  rejectCommand,
  deleteCommand,
  undeleteCommand,
  fleetListCommand,
  fleetStatusCommand,
  fleetPlanCommand,
  fleetResumeCommand,
  fleetAbortCommand,
  fleetRollbackCommand,
  repoAddCommand,
  repoListCommand,
  repoShowCommand,
  repoSyncCommand,
  repoSuspendCommand,
  repoResumeCommand,
  repoRemoveCommand,
  secretCreateCommand,
  doctorCommand,
  completionCommand,
  versionCommand,
  rpkgCreateCommand,
  rpkgCloneCommand,
  rpkgPushCommand,
  rpkgUpdateStatusCommand,
  rpkgProposeDeleteCommand,
];
