import 'reflect-metadata';
import type { KeyObject } from 'node:crypto';
import * as x509 from '@peculiar/x509';
import type { CertificateRequest, CertificateSpec, IssuerRef } from '../cert-manager-objects.ts';
import { parseDuration } from './durations.ts';
import { signatureAlgorithm, toCryptoKeys } from './keys.ts';
import { usageExtensions } from './signing.ts';

/** The subject in Go's order of attributes. */
function subjectOf(spec: CertificateSpec): x509.Name {
  const { organizations = [], organizationalUnits = [] } = spec.subject ?? {};
  return new x509.Name([
    ...(organizations.length > 0 ? [{ O: organizations }] : []),
    ...(organizationalUnits.length > 0 ? [{ OU: organizationalUnits }] : []),
    ...(spec.commonName === undefined ? [] : [{ CN: [spec.commonName] }]),
  ]);
}

function namesOf(spec: CertificateSpec): x509.JsonGeneralNames {
  return [
    ...(spec.dnsNames ?? []).map((value) => ({ type: 'dns' as const, value })),
    ...(spec.ipAddresses ?? []).map((value) => ({ type: 'ip' as const, value })),
    ...(spec.uris ?? []).map((value) => ({ type: 'url' as const, value })),
  ];
}

/** The PKCS#10 request for a Certificate, base64 of PEM as in `spec.request`. */
export async function createSigningRequest(spec: CertificateSpec, key: KeyObject): Promise<string> {
  const names = namesOf(spec);
  const csr = await x509.Pkcs10CertificateRequestGenerator.create({
    name: subjectOf(spec),
    keys: await toCryptoKeys(key),
    signingAlgorithm: signatureAlgorithm(key),
    extensions: [
      ...usageExtensions({ isCA: spec.isCA ?? false, usages: spec.usages }),
      ...(names.length > 0 ? [new x509.SubjectAlternativeNameExtension(names)] : []),
    ],
  });
  return Buffer.from(csr.toString('pem')).toString('base64');
}

/** Parses `spec.request`. Throws when it is no PKCS#10 request. */
export function parseSigningRequest(request: string): x509.Pkcs10CertificateRequest {
  return new x509.Pkcs10CertificateRequest(Buffer.from(request, 'base64').toString());
}

/** The public key a request is for: DER, base64. */
export function requestedKey({ spec }: CertificateRequest): string {
  return Buffer.from(parseSigningRequest(spec.request).publicKey.rawData).toString('base64');
}

/** The names of a certificate or request, sorted so that equal sets are equal texts. */
export function alternativeNames(extensions: x509.Extension[]): { type: string; value: string }[] {
  const extension = extensions.find((item) => item instanceof x509.SubjectAlternativeNameExtension);
  const names = extension?.names.items.map(({ type, value }) => ({ type, value })) ?? [];
  return names.sort((a, b) => (a.value < b.value ? -1 : 1));
}

function describeIssuer({ name, kind, group }: IssuerRef): string {
  return [name, kind ?? 'Issuer', group ?? 'cert-manager.io'].join('/');
}

function sameSet(a: string[] = [], b: string[] = []): boolean {
  return [...a].sort().join() === [...b].sort().join();
}

/** The spec fields in which a request differs from what its Certificate now asks for; a change of these re-issues. */
export function requestMismatches(spec: CertificateSpec, request: CertificateRequest): string[] {
  const csr = parseSigningRequest(request.spec.request);
  const wanted = namesOf(spec).sort((a, b) => (a.value < b.value ? -1 : 1));
  const { duration, isCA, usages, issuerRef } = request.spec;
  const sameDuration =
    spec.duration === undefined ||
    duration === undefined ||
    parseDuration(spec.duration) === parseDuration(duration);
  const checks: [string, boolean][] = [
    ['spec.subject', csr.subjectName.toString() === subjectOf(spec).toString()],
    ['spec.dnsNames', JSON.stringify(alternativeNames(csr.extensions)) === JSON.stringify(wanted)],
    ['spec.isCA', (isCA ?? false) === (spec.isCA ?? false)],
    ['spec.usages', sameSet(usages, spec.usages)],
    ['spec.duration', sameDuration],
    ['spec.issuerRef', describeIssuer(issuerRef) === describeIssuer(spec.issuerRef)],
  ];
  return checks.filter(([, same]) => !same).map(([field]) => field);
}
