{{- define "trust-rotation-operator.name" -}}
{{ .Values.nameOverride | default .Chart.Name | trunc 52 | trimSuffix "-" }}
{{- end }}

{{- define "trust-rotation-operator.fullname" -}}
{{- $name := include "trust-rotation-operator.name" . -}}
{{- $full := ternary .Release.Name (printf "%s-%s" .Release.Name $name) (contains $name .Release.Name) -}}
{{ .Values.fullnameOverride | default $full | trunc 52 | trimSuffix "-" }}
{{- end }}

{{- define "trust-rotation-operator.serviceAccountName" -}}
{{ .Values.serviceAccount.name | default (ternary (include "trust-rotation-operator.fullname" .) "default" .Values.serviceAccount.create) }}
{{- end }}

{{- define "trust-rotation-operator.selectorLabels" -}}
app.kubernetes.io/name: {{ include "trust-rotation-operator.name" . | quote }}
app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- end }}

{{- define "trust-rotation-operator.labels" -}}
{{ include "trust-rotation-operator.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service | quote }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | quote }}
{{- end }}

{{- define "trust-rotation-operator.image" -}}
{{- if .Values.image.digest -}}
{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end -}}
{{- end }}

{{- define "trust-rotation-operator.devServerName" -}}
{{- /* At most 52: a StatefulSet's pods bear its name with a hash of ten and a dash as a label. */ -}}
{{ include "trust-rotation-operator.fullname" . | trunc 43 | trimSuffix "-" }}-temporal
{{- end }}

{{- define "trust-rotation-operator.temporalEnvironment" -}}
{{- /* The standard TEMPORAL_* environment of the SDK. */ -}}
{{- with .Values.temporal }}
- name: TEMPORAL_ADDRESS
  value: {{ ternary (printf "%s:7233" (include "trust-rotation-operator.devServerName" $)) .address $.Values.devServer.enabled | quote }}
- name: TEMPORAL_NAMESPACE
  value: {{ ternary "default" .namespace $.Values.devServer.enabled | quote }}
{{- with .webUi }}
- name: TEMPORAL_UI_URL
  value: {{ . | quote }}
{{- end }}
{{- if not $.Values.devServer.enabled }}
{{- with .apiKey }}
{{- if .secretName }}
- name: TEMPORAL_API_KEY
  valueFrom:
    secretKeyRef:
      name: {{ .secretName | quote }}
      key: {{ .key | quote }}
{{- end }}
{{- end }}
{{- if include "trust-rotation-operator.usesTls" $ }}
- name: TEMPORAL_TLS
  value: 'true'
{{- end }}
{{- with .tls.serverName }}
- name: TEMPORAL_TLS_SERVER_NAME
  value: {{ . | quote }}
{{- end }}
{{- if .tls.serverCa.secretName }}
- name: TEMPORAL_TLS_SERVER_CA_CERT_PATH
  value: /etc/temporal/server-ca/{{ .tls.serverCa.key }}
{{- end }}
{{- if .tls.clientCertificate.secretName }}
- name: TEMPORAL_TLS_CLIENT_CERT_PATH
  value: /etc/temporal/client/tls.crt
- name: TEMPORAL_TLS_CLIENT_KEY_PATH
  value: /etc/temporal/client/tls.key
{{- end }}
{{- end }}
{{- end }}
{{- end }}

{{- define "trust-rotation-operator.usesTls" -}}
{{- with .Values.temporal -}}
{{- if or .tls.enabled .tls.serverName .tls.serverCa.secretName .tls.clientCertificate.secretName .apiKey.secretName -}}
true
{{- end -}}
{{- end -}}
{{- end }}
