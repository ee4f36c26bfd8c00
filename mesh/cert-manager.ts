import { z } from 'zod';
import type { Kube } from './kubernetes/kube.ts';
import type { ObjectRef } from './kubernetes/resources.ts';
import { resources } from './kubernetes/resources.ts';

const properties = z.object({ properties: z.record(z.string(), z.unknown()).optional() });

const crdObject = z.object({
  metadata: z.object({ labels: z.record(z.string(), z.string()).optional() }),
  spec: z.object({
    versions: z.array(
      z.object({
        name: z.string(),
        schema: z.object({ openAPIV3Schema: properties }).optional(),
      }),
    ),
  }),
});

export interface InstalledComponents {
  /** `undefined`: not installed. */
  readonly certManager?: {
    /** As the chart labels it; other installations leave it out. */
    readonly version?: string;
    /** Whether Certificates have `spec.renewal` (from 1.21): automatic renewal can be switched off. */
    readonly canDisableRenewal: boolean;
  };
  readonly trustManager?: { readonly version?: string };
}

/** Looks at the custom resource definitions: a feature is judged by the schema, not by a version. */
export async function readInstalledComponents(kube: Kube): Promise<InstalledComponents> {
  const [certificates, bundles] = await Promise.all([
    kube.get(crdRef('certificates.cert-manager.io'), crdObject),
    kube.get(crdRef('bundles.trust.cert-manager.io'), crdObject),
  ]);
  return {
    ...(certificates === undefined
      ? {}
      : {
          certManager: {
            ...versionOf(certificates),
            canDisableRenewal: hasSpecRenewal(certificates),
          },
        }),
    ...(bundles === undefined ? {} : { trustManager: versionOf(bundles) }),
  };
}

/** Whether this cert-manager knows `spec.renewal.policy: Disabled`. */
export async function canDisableRenewal(kube: Kube): Promise<boolean> {
  const crd = await kube.get(crdRef('certificates.cert-manager.io'), crdObject);
  return crd !== undefined && hasSpecRenewal(crd);
}

function hasSpecRenewal(crd: z.infer<typeof crdObject>): boolean {
  const v1 = crd.spec.versions.find(({ name }) => name === 'v1');
  const spec = properties.safeParse(v1?.schema?.openAPIV3Schema.properties?.['spec']);
  return spec.success && spec.data.properties?.['renewal'] !== undefined;
}

function versionOf(crd: z.infer<typeof crdObject>): { readonly version?: string } {
  const version = crd.metadata.labels?.['app.kubernetes.io/version'];
  return version === undefined ? {} : { version };
}

function crdRef(name: string): ObjectRef {
  return { type: resources.customResourceDefinitions, name };
}
