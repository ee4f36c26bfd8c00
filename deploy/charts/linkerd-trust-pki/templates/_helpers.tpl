{{- define "linkerd-trust-pki.metadata" -}}
{{- /* Takes root, name, and optionally namespace, labels: the inside of an object's metadata. */ -}}
{{- $annotations := dict -}}
{{- if .root.Values.keepOnUninstall -}}
{{- $_ := set $annotations "helm.sh/resource-policy" "keep" -}}
{{- end -}}
{{- $annotations = merge $annotations .root.Values.annotations -}}
{{- $labels := dict "app.kubernetes.io/part-of" "linkerd-trust-pki" "app.kubernetes.io/managed-by" .root.Release.Service -}}
name: {{ .name | quote }}
{{- with .namespace }}
namespace: {{ . | quote }}
{{- end }}
labels:
  {{- toYaml (merge $labels (default dict .labels) .root.Values.labels) | nindent 2 }}
{{- with $annotations }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- define "linkerd-trust-pki.anchorCommonName" -}}
{{ .Values.anchor.commonName | default (printf "root.linkerd.%s" .Values.trustDomain) }}
{{- end }}

{{- define "linkerd-trust-pki.issuerCommonName" -}}
{{- $name := .Values.issuer.commonName | default (printf "identity.linkerd.%s" .Values.trustDomain) -}}
{{- if and (eq .Values.anchor.source "CertManager") (eq $name (include "linkerd-trust-pki.anchorCommonName" .)) -}}
{{- fail "issuer.commonName must differ from the anchor's: with one subject for both, chains are looked up in circles" -}}
{{- end -}}
{{ $name }}
{{- end }}
