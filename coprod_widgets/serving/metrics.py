"""What is counted while a class is served, under the names that Prometheus shows."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

REGISTRY = CollectorRegistry()
QUICK = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

KERNELS = Gauge("coprod_kernels", "Kernels that live now", registry=REGISTRY)
WAITING = Gauge("coprod_waiting", "Visitors in the line now", registry=REGISTRY)
ADMITTED = Counter("coprod_admissions", "Visitors let in", registry=REGISTRY)
LOST = Counter("coprod_lost_renders", "Visits without a form, after every try", registry=REGISTRY)
RENDERED = Histogram("coprod_render_seconds", "From being let in to the form", registry=REGISTRY, buckets=QUICK)
SAVED = Histogram("coprod_save_seconds", "From a save's message to its answer", registry=REGISTRY, buckets=QUICK)
