"""A real chat model so small that it is made in a second. Its weights are random: what it writes is noise.

It serves demonstrations and tests: the same code loads it that loads a published model, and its accuracy is
chance, which has to be said wherever it is shown.

    python -m workers.backends.tiny_model FOLDER
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import evaluation
from workers.backends.generation.loading import be_quiet

SEED = 20261117
VOCABULARY = 1_000
TEXTS = Path(evaluation.__file__).parent / "specs" / "sample" / "items.jsonl"
SPECIAL = ("<pad>", "<|begin|>", "<|end|>", "<|system|>", "<|user|>", "<|assistant|>")
TEMPLATE = (
    "<|begin|>{% for message in messages %}"
    "<|{{ message['role'] }}|>{{ message['content'] }}<|end|>"
    "{% endfor %}{% if add_generation_prompt %}<|assistant|>{% endif %}"
)
CARD = """---
license: cc0-1.0
---
A language model with random weights. What it writes is noise, and its accuracy is chance.
"""


def make(folder: Path) -> Path:
    """Write the model into the folder as save_pretrained does; the same bytes each time on one machine."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    be_quiet()
    tokenizer = byte_level_tokenizer(SPECIAL)
    tokenizer.chat_template = TEMPLATE
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(SEED)
        model = LlamaForCausalLM(LlamaConfig(**shape(tokenizer)))
    save(folder, model, tokenizer)
    return folder


def shape(tokenizer: Any) -> dict[str, Any]:
    """Of a small Llama; heads of 32 are the least that vLLM serves on a CPU."""
    return {
        "vocab_size": len(tokenizer), "hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 2,
        "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 32, "max_position_embeddings": 2048,
        "pad_token_id": tokenizer.pad_token_id, "bos_token_id": tokenizer.bos_token_id,
        "eos_token_id": tokenizer.eos_token_id,
    }  # fmt: skip


def byte_level_tokenizer(special: tuple[str, ...]) -> Any:
    """A byte-level BPE learnt from the sample benchmark: it loses no character of any language.

    The first three special tokens are padding, beginning and end.
    """
    from tokenizers import ByteLevelBPETokenizer
    from transformers import PreTrainedTokenizerFast

    learnt = ByteLevelBPETokenizer()
    learnt.train_from_iterator(
        sample_texts(), vocab_size=VOCABULARY, special_tokens=list(special), show_progress=False
    )
    pad, begin, end = special[:3]
    return PreTrainedTokenizerFast(
        tokenizer_object=learnt._tokenizer, pad_token=pad, bos_token=begin, eos_token=end,
        additional_special_tokens=list(special[3:]), clean_up_tokenization_spaces=False,
    )  # fmt: skip


def sample_texts() -> Iterator[str]:
    with TEXTS.open(encoding="utf-8") as lines:
        for line in lines:
            yield json.dumps(json.loads(line)["input"], ensure_ascii=False)


def save(folder: Path, model: Any, tokenizer: Any) -> None:
    """Weights as safetensors, tokenizer and a card that says what the answers are worth."""
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    (folder / "README.md").write_text(CARD, encoding="utf-8")


if __name__ == "__main__":
    sys.stdout.write(f"{make(Path(sys.argv[1]))}: a model of noise\n")
