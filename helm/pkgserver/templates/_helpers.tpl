{{- define "pkgserver.selectorLabels" -}}
app.kubernetes.io/name: pkgserver
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "pkgserver.labels" -}}
{{ include "pkgserver.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

{{/* Plain files, for the namespace of this release: policies and roles name the operator's ServiceAccount. */}}
{{- define "pkgserver.files" -}}
{{- range .paths }}
---
{{ $.root.Files.Get . | replace "pkgserver-system" $.root.Release.Namespace }}
{{- end }}
{{- end }}
