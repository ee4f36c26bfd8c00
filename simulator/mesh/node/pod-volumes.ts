import type { KubeApi } from '../kube/kube-api.ts';
import { Container, Label } from '../linkerd-names.ts';
import type { VolumeMount } from './mounted-files.ts';
import type { ObjectReader, ObjectRef } from './object-reader.ts';
import type { PodObject, VolumeObject } from './pod-object.ts';
import { longRunningContainers } from './pod-object.ts';
import { projectedToken } from './service-account-token.ts';

/** The volumes of the containers that are played. The others here read no file, so none is mounted for them. */
export function playedMounts(pod: PodObject, api: KubeApi, reader: ObjectReader): VolumeMount[] {
  const isControlPlane = pod.metadata.labels[Label.Component] !== undefined;
  return longRunningContainers(pod)
    .filter(({ name }) => isControlPlane || name === Container.Proxy)
    .flatMap(({ volumeMounts }) => volumeMounts)
    .flatMap(({ name, mountPath }): VolumeMount[] => {
      const volume = pod.spec.volumes.find((candidate) => candidate.name === name);
      const load = volume && loaderOf(volume, pod, { api, reader });
      return load === undefined ? [] : [{ mountPath: mountPath.replace(/\/$/, ''), load }];
    });
}

function loaderOf(
  volume: VolumeObject,
  pod: PodObject,
  { api, reader }: { readonly api: KubeApi; readonly reader: ObjectReader },
): VolumeMount['load'] | undefined {
  const { namespace } = pod.metadata;
  const objectOf = (ref: Omit<ObjectRef, 'namespace'>): VolumeMount['load'] => {
    return (maxAgeMs) => reader.read({ namespace, ...ref }, maxAgeMs);
  };
  if (volume.configMap) return objectOf({ kind: 'ConfigMap', name: volume.configMap.name });
  if (volume.secret) return objectOf({ kind: 'Secret', name: volume.secret.secretName });
  // Of the projections, a lone token is what Linkerd mounts; the one for the Kubernetes API has more in it.
  const [source, another] = volume.projected?.sources ?? [];
  const projection = another === undefined ? source?.serviceAccountToken : undefined;
  if (projection === undefined) return undefined;
  const token = projectedToken(api, pod, projection);
  return async () => new Map([[projection.path, await token()]]);
}
