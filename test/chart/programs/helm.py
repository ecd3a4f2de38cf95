"""Helm as a library: a job in JSON on each line of standard input, its result on a line of standard output."""
import json
import sys

import helm_python as helm


def render(job):
    with helm.Chart.load(job["chart"]) as chart:
        values = job.get("values", {})
        # What helm install does first.
        chart.validate_schema(chart.merge_values(values))
        return chart.render(values, name="kprobe", namespace=job.get("namespace", "default"))


def lint(job):
    report = helm.lint(job["chart"], job.get("values", {}), strict=True, namespace="default")
    return [f"{each['path']}: {each['error']}" for each in report["messages"] if each["severity"] > 1] + report["errors"]


def done(job):
    try:
        return {"ok": (lint if job.get("lint") else render)(job)}
    except helm.HelmError as error:
        return {"error": str(error)}


for line in sys.stdin:
    print(json.dumps(done(json.loads(line))), flush=True)
