/**
 * Metrics of running rotations that dashboard and alerts are written for and that the worker does not
 * serve yet. A test fails when one of them is served and still stands here.
 */
export const awaitedMetrics: readonly string[] = [
  'trust_rotation_blocked_seconds_total',
  'trust_rotation_gate_progress_ratio',
  'trust_rotation_last_success_timestamp_seconds',
  'trust_rotation_phase',
  'trust_rotation_phase_duration_seconds',
  'trust_rotation_proxies',
  'trust_rotation_restarts_total',
  'trust_rotation_survey_age_seconds',
  'trust_rotation_survey_duration_seconds',
];
