import { FILE_CHECKS } from "../core/validation/checks/registry.ts";
import { type CheckResult, type FileCheckCall, runFileCheck } from "../core/validation/file-check.ts";
import { answerCalls } from "../runtime/answer-calls.ts";

answerCalls((call: FileCheckCall): CheckResult => runFileCheck(FILE_CHECKS, call));
