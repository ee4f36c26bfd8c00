/**
 * Environment variables without those that are empty, which count as not set: pipelines and manifests hand
 * over what nobody has filled in as an empty text.
 */
export function filledVariables(env: NodeJS.ProcessEnv): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) =>
      value === undefined || value === '' ? [] : [[name, value] as const],
    ),
  );
}
