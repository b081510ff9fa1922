import { type Static, Type } from "typebox";
import { durationBetween, oneOf, text, time } from "../schema/schema.ts";
import { labelSelector } from "./label-selector.ts";

const MAX_STEPS = 32;
export const MAX_SHOWN_FAILED = 20;

const duration = (field: string, description: string) =>
  text(
    description,
    32,
    durationBetween("1s", "8760h", `${field} must be a duration between 1s and 8760h, such as 24h`),
  );

const pause = Type.Object(
  {
    duration: Type.Optional(
      duration("pause.duration", "How long, as a Go duration from 1s to 8760h. Without it: until a person resumes."),
    ),
  },
  { description: "The rollout pauses once the targets of this step are published, before the next step begins." },
);

/** @param what it says: when something begins */
export const schedule = (what: string) =>
  text(`${what}, as cron has it: minute, hour, day of month, month, day of week.`, 128, {
    pattern: "^[0-9A-Za-z*,/#?-]+( +[0-9A-Za-z*,/#?-]+){4}$",
  });

export const timeZone = text(
  "The time zone of the schedule, a name of the IANA such as Europe/Berlin; UTC by default.",
  64,
  { pattern: "^[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)*$" },
);

const window = Type.Object(
  {
    schedule: schedule("When the window opens"),
    duration: duration("window.duration", "How long it is open, as a Go duration from 1s to 8760h."),
    timeZone: Type.Optional(timeZone),
  },
  { description: "This step begins only while the window is open. What has begun goes on after it." },
);

const step = Type.Object(
  {
    count: Type.Optional(
      Type.Integer({
        description: "So many targets, in the order of spec.targets, of those that no earlier step has.",
        minimum: 1,
        maximum: 2000,
        format: "int32",
      }),
    ),
    percent: Type.Optional(
      Type.Integer({
        description: "As count, in per cent of all targets, rounded up.",
        minimum: 1,
        maximum: 100,
        format: "int32",
      }),
    ),
    selector: Type.Optional({
      ...labelSelector,
      description: "The targets with these labels, of those that no earlier step has. Empty: all.",
    } as typeof labelSelector),
    pause: Type.Optional(pause),
    window: Type.Optional(window),
    maxFailures: Type.Optional(
      Type.Integer({
        description: "So many targets of this step may fail, and the next step begins all the same.",
        minimum: 0,
        maximum: 2000,
        default: 0,
        format: "int32",
      }),
    ),
    maxFailurePercent: Type.Optional(
      Type.Integer({
        description: "As maxFailures, in per cent of the targets of this step, rounded down. The larger one counts.",
        minimum: 0,
        maximum: 100,
        format: "int32",
      }),
    ),
  },
  oneOf("count", "percent", "selector"),
);

export const rollout = Type.Object(
  {
    steps: Type.Array(step, {
      description:
        "A target belongs to the first step that takes it, and to the last one if none does. A step begins when all " +
        "targets of the earlier ones are published.",
      minItems: 1,
      maxItems: MAX_STEPS,
    }),
  },
  {
    description:
      "What changes goes out in waves, one a step: a template, values of targets, or a revision of the upstream. " +
      "Without it, it goes out to all targets at once.",
  },
);

export const ROLLOUT_STATES = [
  "Progressing",
  "Paused",
  "WaitingForWindow",
  "Stopped",
  "Aborted",
  "RolledBack",
  "Completed",
] as const;

const count = (description: string) => Type.Integer({ description, format: "int32" });

export const rolloutStatus = Type.Object(
  {
    id: text("A new one for each change that goes out. Decisions name it.", 32),
    state: Type.Enum([...ROLLOUT_STATES], {
      description:
        "Paused: before the next wave, for a while or until a person resumes. WaitingForWindow: until the window of " +
        "the next wave opens. Stopped: too many targets fail. Aborted, RolledBack: a person has decided that.",
    }),
    wave: count("The wave that went out last; 0 before the first."),
    waves: count("Number of waves."),
    firstWave: count("The first wave that this change goes out with: for earlier ones it changes nothing."),
    targets: count("Number of targets."),
    published: count(
      "Number of targets of which the change is published; RolledBack: of which the former state is published again.",
    ),
    progress: text("As `12/50 published, wave 2 of 5`.", 256),
    message: text("What the rollout waits for, and what to do.", 1024),
    failed: Type.Optional(
      Type.Array(text("The name of a PackageVariant.", 253), {
        description: "The targets that fail; of very many, the first.",
        maxItems: MAX_SHOWN_FAILED,
      }),
    ),
    startTime: time("When the rollout began."),
    pauseStartTime: Type.Optional(time("When everything was published that the next wave waits for.")),
    resume: text("The value of the annotation config.pkg.pkgserver.dev/rollout that lets the rollout go on.", 128),
    specs: text("A hash of what the targets are to have.", 64),
    template: text("A hash of spec.template.", 64),
    steps: text("A hash of spec.rollout.steps.", 64),
  },
  { description: "How far the present change is. Absent without spec.rollout." },
);

export type Rollout = Static<typeof rollout>;
export type RolloutStep = Rollout["steps"][number];
export type RolloutWindow = Static<typeof window>;
export type RolloutStatus = Static<typeof rolloutStatus>;
export type RolloutState = RolloutStatus["state"];
