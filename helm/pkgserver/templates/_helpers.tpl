{{- define "pkgserver.selectorLabels" -}}
app.kubernetes.io/name: pkgserver
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "pkgserver.labels" -}}
{{ include "pkgserver.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

{{/*
Policies and roles name the operator's ServiceAccount and the Secret of its key: the release's namespace and the chart's
value replace the default ones. The ServiceAccount gets its annotations.
*/}}
{{- define "pkgserver.files" -}}
{{- $account := "kind: ServiceAccount\nmetadata:\n" }}
{{- $annotated := $account }}
{{- with .root.Values.serviceAccount.annotations }}
{{- $annotated = printf "%s  annotations: %s\n" $account (toJson .) }}
{{- end }}
{{- range .paths }}
---
{{ $.root.Files.Get . | replace "pkgserver-system" $.root.Release.Namespace | replace "pkgserver-signing-key" $.root.Values.signing.secretName | replace $account $annotated }}
{{- end }}
{{- end }}

{{/*
The settings of functions, in the format of the operator; empty without any.
*/}}
{{- define "pkgserver.functions" -}}
{{- $settings := dict }}
{{- with .Values.rendering.functions }}{{- $_ := set $settings "functions" . }}{{- end }}
{{- with .Values.rendering.runner }}{{- $_ := set $settings "runner" . }}{{- end }}
{{- if $settings }}{{- toYaml $settings }}{{- end }}
{{- end }}
