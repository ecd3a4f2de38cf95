{{/* kprobe's own namespaces. Their names are fixed: what a run makes stands in them. */}}
{{- define "kprobe.namespaces" -}}
- kprobe
{{- if .Values.hostVantages }}
- kprobe-host
{{- end }}
{{- end }}

{{/* All in which probes may stand. */}}
{{- define "kprobe.grounds" -}}
{{- $own := include "kprobe.namespaces" . | fromYamlArray -}}
{{- concat $own .Values.twins | uniq | toYaml }}
{{- end }}

{{/* Who gets the rights: those named; a sweep's account, and where nobody is named. */}}
{{- define "kprobe.subjects" -}}
{{- $own := dict "kind" "ServiceAccount" "namespace" "kprobe" "name" "kprobe" -}}
{{- $subjects := list -}}
{{- range .Values.subjects -}}
{{- if eq .kind "ServiceAccount" -}}
{{- $subjects = append $subjects (dict "kind" .kind "namespace" (required "a subject of kind ServiceAccount needs its namespace" .namespace) "name" .name) -}}
{{- else -}}
{{- $subjects = append $subjects (dict "kind" .kind "name" .name "apiGroup" "rbac.authorization.k8s.io") -}}
{{- end -}}
{{- end -}}
{{- if and (or (not .Values.subjects) .Values.sweep.schedule) (not (has $own $subjects)) -}}
{{- $subjects = append $subjects $own -}}
{{- end -}}
{{- toYaml $subjects }}
{{- end }}

{{- define "kprobe.hasOwnAccount" -}}
{{- has (dict "kind" "ServiceAccount" "namespace" "kprobe" "name" "kprobe") (include "kprobe.subjects" . | fromYamlArray) }}
{{- end }}

{{/* Kinds of ValidatingAdmissionPolicy: by version, because `helm template` without a cluster knows versions and no kinds. */}}
{{- define "kprobe.hasGuard" -}}
{{- or (semverCompare ">=1.30-0" .Capabilities.KubeVersion.Version) (.Capabilities.APIVersions.Has "admissionregistration.k8s.io/v1/ValidatingAdmissionPolicy") }}
{{- end }}

{{- define "kprobe.image" -}}
{{- $image := .Values.image -}}
{{- if $image.digest -}}
{{ $image.repository }}@{{ $image.digest }}
{{- else -}}
{{ $image.repository }}:{{ $image.tag | default .Chart.AppVersion }}
{{- end }}
{{- end }}

{{/* The sweep file as text: as it was written (--set-file sweep.file=sweep.yaml), or of values. */}}
{{- define "kprobe.sweepFile" -}}
{{- if kindIs "string" .Values.sweep.file }}{{ .Values.sweep.file }}{{ else }}{{ toYaml .Values.sweep.file }}{{ end }}
{{- end }}

{{/* The sweep file's fields. */}}
{{- define "kprobe.sweep" -}}
{{- $file := include "kprobe.sweepFile" . | fromYaml -}}
{{- with $file.Error }}{{ fail (printf "sweep.file is no YAML: %s" .) }}{{ end -}}
{{- toYaml $file }}
{{- end }}

{{- define "kprobe.keepsHistory" -}}
{{- $asked := (include "kprobe.sweep" . | fromYaml).history -}}
{{- and (not (empty .Values.sweep.schedule)) .Values.sweep.history.enabled (ne (toString $asked) "none") }}
{{- end }}

{{/* What the sweep file gives one sweep, in seconds; a bare number is seconds. */}}
{{- define "kprobe.timeoutSeconds" -}}
{{- $asked := dig "budget" "timeout" "5m" (include "kprobe.sweep" . | fromYaml) | toString | replace " " "" -}}
{{- $asked = ternary (printf "%ss" $asked) $asked (regexMatch "^[0-9.]+$" $asked) -}}
{{- $start := toDate "2006-01-02" "2000-01-01" -}}
{{- sub ($start | mustDateModify (printf "+%s" $asked) | unixEpoch) ($start | unixEpoch) }}
{{- end }}

{{/* Refuses what would fail later, or stand open. */}}
{{- define "kprobe.check" -}}
{{- if and .Values.inside (not .Values.twins) }}
{{- fail "inside needs to know in which namespaces: name them in twins" }}
{{- end }}
{{- if and .Values.podMonitor.enabled (not .Values.podMonitor.selector) }}
{{- fail "podMonitor.enabled needs podMonitor.selector: labels of the Pushgateway's pods" }}
{{- end }}
{{- if .Values.sweep.schedule }}
{{- if not .Values.image.repository }}
{{- fail "sweep.schedule needs image.repository, an image of kprobe's own: docker build -t REGISTRY/kprobe . && docker push REGISTRY/kprobe" }}
{{- end }}
{{- if regexMatch "(^|/)node$" .Values.image.repository }}
{{- fail (printf "image.repository %s has no kprobe in it: sweeps need kprobe's own" .Values.image.repository) }}
{{- end }}
{{- if not (include "kprobe.sweep" . | fromYaml).targets }}
{{- fail "sweep.schedule needs sweep.file with targets: kprobe sweep --init writes one, --set-file sweep.file=sweep.yaml hands it over" }}
{{- end }}
{{- end }}
{{- include "kprobe.checkNamespace" . }}
{{- end }}

{{/*
Whoever may create pods in a namespace without a Pod Security level may be root on its nodes, and the rights of this chart are to
create pods in the namespace kprobe.
*/}}
{{- define "kprobe.checkNamespace" -}}
{{- $label := "pod-security.kubernetes.io/enforce" -}}
{{- $byHand := printf "kubectl create namespace kprobe; kubectl label namespace kprobe %s=restricted" $label -}}
{{- if .Values.namespace.create }}
{{- if eq .Release.Namespace "kprobe" }}
{{- fail (printf "the chart makes the namespace kprobe, with its Pod Security level, so the release cannot be kept in it. Name another (-n default), or make it yourself and add --set namespace.create=false: %s" $byHand) }}
{{- end }}
{{- else if lookup "v1" "Namespace" "" "default" }}
{{- $level := dig "metadata" "labels" $label "none" (lookup "v1" "Namespace" "" "kprobe") }}
{{- if ne $level "restricted" }}
{{- fail (printf "namespace.create=false: the namespace kprobe is not there with Pod Security level restricted (%s): %s" $level $byHand) }}
{{- end }}
{{- end }}
{{- end }}
