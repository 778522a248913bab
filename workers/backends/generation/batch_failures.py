"""Why a request failed in the middle of a computation, and what to do about it."""

from __future__ import annotations

from evaluation.domain.asking import Failure
from workers.backends.generation.chat_prompts import UnfitRequestError
from workers.backends.generation.length_batches import OUT_OF_MEMORY, Work
from workers.backends.generation.loading import is_out_of_memory, said


def why_failed(error: BaseException, work: Work) -> Failure:
    """The failure of one request that was alone in its batch."""
    if isinstance(error, UnfitRequestError):
        return Failure(error.code, error.message)
    if is_out_of_memory(error):
        return Failure(
            OUT_OF_MEMORY,
            f"A prompt of {len(work.ids):,} tokens, {work.tokens:,} with its answer, does not fit into "
            "memory even "
            "alone. Lower max_new_tokens, shorten the prompt, choose dtype bfloat16, or use a machine "
            "with more "
            "memory.",
        )
    return Failure(
        "engine_failed",
        f"The model failed on this request ({said(error)}). Try it with one item on the command line; if "
        "it fails "
        "there too, the model's files or its architecture are at fault.",
    )
