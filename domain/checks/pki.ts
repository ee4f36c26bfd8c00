import type { CertificateFacts } from '../certificate.ts';
import { noCertificateBesideOwner } from '../imports.ts';
import { intermediateName, renewIntermediate } from '../intermediate.ts';
import { writesBundle } from '../objects.ts';
import { importsAnchor } from '../sources.ts';
import { appliedKeysCheck } from './applied-keys.ts';
import type { Check, CheckCategory, Found, Problem } from './check.ts';
import { check, checkFound, error, firstOf, skipped, warning } from './check.ts';
import { judgeExpiry } from './expiry.ts';
import type { CertificateSettings, CheckFacts, SecretFacts } from './facts.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
/** The default of Linkerd's chart (`identity.issuer.issuanceLifetime`), until the mesh tells its own. */
const documentedLeafLifetimeMs = dayMs;

/** The objects that Linkerd's guide sets up, and what their settings lead to. */
export function pkiChecks(facts: CheckFacts): CheckCategory {
  const { pki } = facts;
  return {
    name: 'linkerd-trust: anchor and identity issuer',
    checks: [
      anchorWriterCheck(facts),
      readyCheck(
        'issuer-certificate-ready',
        'the identity issuer Certificate is Ready',
        pki.issuer,
      ),
      ...settingChecks(facts),
      ...certificateChecks(facts),
      durationCheck(facts),
      renewalRaceCheck(facts),
      anchorExpiryCheck(facts),
      signerCheck(facts),
      previousAnchorCheck(facts),
      appliedKeysCheck(facts),
    ],
  };
}

function readyCheck(
  id: 'anchor-certificate-ready' | 'issuer-certificate-ready',
  description: string,
  found: Found<CertificateSettings>,
): Check {
  return checkFound({ id, description }, found, ({ name, ready, readyDetail, issuing }) =>
    ready
      ? undefined
      : {
          ...error(
            `Certificate ${name} is not Ready (${readyDetail}); look at "cmctl status certificate"`,
          ),
          ...(issuing ? { mayPass: true as const } : {}),
        },
  );
}

/** What writes the Secret of the anchor: its Certificate, or nothing at all. */
function anchorWriterCheck(facts: CheckFacts): Check {
  const { anchor } = facts.pki;
  const id = 'anchor-certificate-ready';
  const description = 'the trust anchor Certificate is Ready';
  if (!importsAnchor(facts)) return readyCheck(id, description, anchor);
  if (!anchor.found) return skipped(id, description, 'its owner hands anchors in');
  return check(
    id,
    description,
    error(
      `Certificate ${anchor.value.name} would write over an anchor that its owner hands in; ${noCertificateBesideOwner}`,
    ),
  );
}

/** Judges the Certificates that there are: nothing makes an imported anchor. */
function checkCertificates(
  about: Parameters<typeof checkFound>[0],
  facts: CheckFacts,
  judge: (settings: CertificateSettings) => Problem | undefined,
): Check {
  const { anchor, issuer } = facts.pki;
  if (importsAnchor(facts)) return checkFound(about, issuer, judge);
  return checkBoth(about, [anchor, issuer], (one, other) => firstOf(judge(one), judge(other)));
}

/** Judges two things that were found; the first that was not is the problem. */
function checkBoth<One, Other>(
  about: Parameters<typeof checkFound>[0],
  [one, other]: readonly [Found<One>, Found<Other>],
  judge: (one: One, other: Other) => Problem | undefined,
): Check {
  if (!one.found) return checkFound(about, one, () => undefined);
  return checkFound(about, other, (value) => judge(one.value, value));
}

function settingChecks(facts: CheckFacts): Check[] {
  return [
    checkCertificates(
      { id: 'rotation-policy-always', description: 'a renewal makes a new key' },
      facts,
      keptKey,
    ),
    checkCertificates(
      { id: 'ca-flags', description: 'anchor and issuer are asked for as CAs' },
      facts,
      noCa,
    ),
  ];
}

function keptKey({ name, rotationPolicy }: CertificateSettings): Problem | undefined {
  const cure = `set spec.privateKey.rotationPolicy: Always on Certificate ${name}`;
  if (rotationPolicy === 'Always') return undefined;
  return rotationPolicy === undefined
    ? warning(
        `Certificate ${name} does not say, and cert-manager before 1.18 keeps the key; ${cure}`,
      )
    : error(
        `Certificate ${name} keeps its key (${rotationPolicy}), so a renewal rotates nothing; ${cure}`,
      );
}

function noCa({ name, isCa }: CertificateSettings): Problem | undefined {
  return isCa
    ? undefined
    : error(`Certificate ${name} lacks spec.isCA: true, so it can sign nothing`);
}

function certificateChecks(facts: CheckFacts): Check[] {
  const { anchorSecret, issuerSecret } = facts.pki;
  const algorithms = { id: 'key-algorithms', description: 'keys are ECDSA P-256' } as const;
  const inUse = checkBoth(algorithms, [anchorSecret, issuerSecret], (one, other) =>
    firstOf(
      foreignKey('the identity issuer', other.certificate),
      foreignKey('the trust anchor', one.certificate),
      one.intermediate && foreignKey(intermediateName, one.intermediate),
    ),
  );
  const asked = checkCertificates(algorithms, facts, foreignKeyAhead);
  return [
    inUse.verdict === 'success' ? asked : inUse,
    checkBoth(
      { id: 'subjects-distinct', description: 'anchor and issuer bear different names' },
      [anchorSecret, issuerSecret],
      (one, other) => sameSubject(one, other),
    ),
  ];
}

function foreignKey(what: string, { keyAlgorithm }: CertificateFacts): Problem | undefined {
  if (keyAlgorithm === 'ECDSA P-256') return undefined;
  return error(
    `${what} has a key of ${keyAlgorithm}, with which Linkerd's proxies or identity cannot work throughout; set spec.privateKey to algorithm ECDSA, size 256, and renew it`,
  );
}

function foreignKeyAhead({
  name,
  keyAlgorithm,
  keySize,
}: CertificateSettings): Problem | undefined {
  if (keyAlgorithm === 'ECDSA' && (keySize ?? 256) === 256) return undefined;
  return error(
    `the next renewal of Certificate ${name} makes a key of ${keyAlgorithm ?? 'RSA'}${keySize === undefined ? '' : ` ${String(keySize)}`}; set spec.privateKey to algorithm ECDSA, size 256`,
  );
}

function sameSubject(anchor: SecretFacts, issuer: SecretFacts): Problem | undefined {
  const { subject } = anchor.certificate;
  if (subject !== issuer.certificate.subject) return undefined;
  return error(
    `both are named ${subject}, which breaks the search for a path; give the identity issuer another spec.commonName`,
  );
}

function durationCheck({ pki, mesh, atMs }: CheckFacts): Check {
  const about = { id: 'durations-fit', description: 'lifetimes fit each other' } as const;
  const leafLifetimeMs = mesh.found ? mesh.value.leafLifetimeMs : documentedLeafLifetimeMs;
  return checkBoth(
    about,
    [pki.issuer, pki.anchorSecret],
    (issuer, { certificate: anchor, intermediate }) =>
      firstOf(
        issuer.durationMs >= Date.parse(anchor.notAfter) - atMs
          ? error(
              `an identity issuer made now (${hours(issuer.durationMs)}) would outlive the trust anchor, which ends ${anchor.notAfter}; rotate the anchor`,
            )
          : undefined,
        intermediate !== undefined && issuer.durationMs >= Date.parse(intermediate.notAfter) - atMs
          ? error(
              `an identity issuer made now (${hours(issuer.durationMs)}) would outlive the intermediate CA that signs it, which ends ${intermediate.notAfter}; ${renewIntermediate}`,
            )
          : undefined,
        (issuer.renewBeforeMs ?? issuer.durationMs / 3) < leafLifetimeMs
          ? warning(
              `the identity issuer is renewed ${hours(issuer.renewBeforeMs ?? issuer.durationMs / 3)} before its end, less than the life of a leaf (${hours(leafLifetimeMs)}), so leaves are cut short; lengthen spec.renewBefore`,
            )
          : undefined,
      ),
  );
}

/**
 * In the guide's layout the anchor is renewed in place, in the very Secret that the ClusterIssuer signs
 * with: the next automatic renewal of the issuer then comes out under an anchor that no proxy holds.
 */
function renewalRaceCheck(facts: CheckFacts): Check {
  const { pki, objects, atMs, components } = facts;
  const about = {
    id: 'anchor-renewal-race',
    description: 'the trust anchor does not renew itself unseen',
  } as const;
  if (importsAnchor(facts)) {
    return skipped(about.id, about.description, 'its owner hands anchors in');
  }
  return checkBoth(about, [pki.anchor, pki.signer], (anchor, signer) => {
    const isPinned = signer.secretName !== objects.trustAnchor;
    if (anchor.renewalDisabled || isPinned || anchor.renewalTime === undefined) return undefined;
    const canDisable = components.found && components.value.certManager?.canDisableRenewal === true;
    const cure = canDisable
      ? 'rotate before then, and set spec.renewal.policy: Disabled'
      : 'rotate before then, or shorten spec.renewBefore';
    const text = `cert-manager renews it by itself on ${anchor.renewalTime}; the next automatic renewal of the identity issuer is then signed by an anchor that no proxy holds; ${cure}`;
    const urgentMs = Math.min(7 * dayMs, anchor.durationMs / 10);
    return Date.parse(anchor.renewalTime) - atMs < urgentMs ? error(text) : warning(text);
  });
}

function anchorExpiryCheck({ pki, atMs }: CheckFacts): Check {
  return checkFound(
    { id: 'anchor-expiry', description: 'the trust anchor lives long enough' },
    pki.anchorSecret,
    ({ certificate, intermediate }) =>
      firstOf(
        judgeExpiry('the trust anchor', certificate, { atMs, cure: 'rotate it' }),
        intermediate &&
          judgeExpiry(intermediateName, intermediate, {
            atMs,
            cure: renewIntermediate,
          }),
      ),
  );
}

function signerCheck({ pki, objects }: CheckFacts): Check {
  const about = {
    id: 'signer-ready',
    description: 'the ClusterIssuer signs with the anchor',
  } as const;
  const known = [objects.trustAnchor, objects.previousAnchor, objects.bridge];
  return checkBoth(about, [pki.signer, pki.issuer], (signer, issuer) =>
    firstOf(
      issuer.issuerKind === 'ClusterIssuer' && issuer.issuerName === objects.clusterIssuer
        ? undefined
        : error(
            `Certificate ${issuer.name} is signed by ${issuer.issuerKind} ${issuer.issuerName}; let it name ClusterIssuer ${objects.clusterIssuer}, or give the name that it has here`,
          ),
      signer.secretName !== undefined && known.includes(signer.secretName)
        ? undefined
        : error(
            `ClusterIssuer ${objects.clusterIssuer} signs with ${signer.secretName === undefined ? 'something else than a Secret' : `Secret ${signer.secretName}`}; let spec.ca.secretName be ${objects.trustAnchor}`,
          ),
      signer.ready
        ? undefined
        : {
            ...error(`ClusterIssuer ${objects.clusterIssuer} is not Ready (${signer.detail})`),
            mayPass: true,
          },
    ),
  );
}

function previousAnchorCheck({ pki, objects }: CheckFacts): Check {
  const about = {
    id: 'previous-anchor',
    description: 'the copy of the anchor in use is there',
  } as const;
  const name = `${objects.trustNamespace}/${objects.previousAnchor}`;
  return checkBoth(about, [pki.anchorSecret, pki.previousAnchor], (anchor, previous) => {
    if (previous === undefined) {
      // Then it is no source of anything, and the next rotation makes it.
      if (writesBundle(objects)) return undefined;
      return error(
        `Secret ${name} does not exist, so a Bundle that names it distributes nothing new; copy Secret ${objects.trustAnchor} as Linkerd's guide says`,
      );
    }
    if (previous.certificate.fingerprint === anchor.certificate.fingerprint) return undefined;
    return warning(
      `Secret ${name} holds another anchor: a rotation is under way or was left half done; look at linkerd-trust status and linkerd-trust plan`,
    );
  });
}

function hours(ms: number): string {
  return ms < hourMs
    ? `${String(Math.round(ms / 1_000))} s`
    : `${String(Math.round(ms / hourMs))} h`;
}
