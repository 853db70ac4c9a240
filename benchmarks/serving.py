"""Settings of a portal that also has the bare view of `benchmarks.bare`."""

from portal.settings.dev import *

ROOT_URLCONF = "benchmarks.bare"
