/** A step of the operator that has failed, and what it said. */
export interface FailedStep {
  readonly step: StepName;
  /** What was tried, what happened and the next step. */
  readonly error: string;
}

/** What the operator does for the resource, each with the reason that a condition and an Event give. */
const steps = {
  approval: { reason: 'ApprovalFailed', failed: 'an approval could not be passed on' },
  steering: {
    reason: 'SteeringFailed',
    failed: 'the rotation that runs could not be told what the spec says',
  },
  survey: { reason: 'SurveyFailed', failed: 'the objects of trust could not be looked at' },
  'issuer-renewal': {
    reason: 'IssuerNotRead',
    failed: 'renewals of the identity issuer could not be looked at',
  },
  schedule: {
    reason: 'ScheduleFailed',
    failed: 'the Schedule of expiry checks is not as the spec says',
  },
  start: { reason: 'StartFailed', failed: 'a rotation could not be started' },
} as const;

export type StepName = keyof typeof steps;

export function failureReason({ step }: FailedStep): string {
  return steps[step].reason;
}

/** Whether a condition with this reason tells of such a step. */
export function isFailureReason(reason: string): boolean {
  return Object.values(steps).some((step) => step.reason === reason);
}

/** One sentence for people, and the error. */
export function failureText({ step, error }: FailedStep): string {
  return `${steps[step].failed}, which is tried again: ${error}`;
}
