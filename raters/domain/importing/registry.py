"""The readers of published ratings, by the folder they come in."""

from __future__ import annotations

from raters.domain.importing import (
    clinsumm,
    coding_matrix,
    llmfao,
    medquad,
    medval,
    mslr_facets,
    mslr_pairwise,
    mts_dialog,
    pandalm,
    pubmedqa,
)
from raters.domain.importing.study import Reader

READERS: dict[str, Reader] = {
    "clinsumm_reader_study": clinsumm.read,
    "coding_matrix": coding_matrix.read,
    "llmfao_votes": llmfao.read,
    "medquad_judged": medquad.read,
    "medval_csv": medval.read,
    "mslr_human_eval": mslr_facets.read,
    "mslr_human_eval_pairwise": mslr_pairwise.read,
    "mslr_human_eval_pilot": mslr_facets.read_pilot,
    "mts_dialog": mts_dialog.read,
    "pandalm_votes": pandalm.read,
    "pubmedqa": pubmedqa.read,
}
