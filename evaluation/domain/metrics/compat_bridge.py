"""The scoring rules of BRIDGE (Wu et al. 2025), for comparison with its leaderboard.

Rules were read in the benchmark's published code (BRIDGE, commit 8380300) and rewritten: how answers are
read in `compat_bridge_parsing`, the reported figure in `compat_bridge_bootstrap`, which says why
Consilium's own rules differ. An answer that cannot be read is replaced: by a label drawn at random from
the task's, by no records, by an empty text. A system that never answers a yes/no task thus earns about one
half; by Consilium's own rules it earns nothing. Values are 0 to 1, the published ones × 100.

Labels, prefixes, fields and references are compared in lower case with ASCII marks. An option common to
all is analysis_first, true where the prompt asks for an analysis before the result.
"""

from __future__ import annotations

from evaluation.domain.metrics.compat_bridge_labels import Classification, MultiLabel
from evaluation.domain.metrics.compat_bridge_records import Extraction
from evaluation.domain.metrics.compat_bridge_text import Generation

CLASSIFICATION = Classification("bridge.classification")
MULTILABEL = MultiLabel("bridge.multilabel")
EXTRACTION = Extraction("bridge.extraction")
GENERATION = Generation("bridge.generation")
