import { processPackage } from "../core/processing/process-package.ts";
import { answerCalls } from "../runtime/answer-calls.ts";

answerCalls(processPackage);
